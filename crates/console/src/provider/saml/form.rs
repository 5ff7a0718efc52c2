//! The form of a SAML connection as pages show it: empty, as stored, or as last typed. Pure.

use vestibule_admin::Refusal;
use vestibule_core::sets::{UidField, Unsolicited};
use vestibule_store::{
    Error,
    providers::saml_connections::{AttributeNames, SamlConnection},
};

use crate::provider::saml::fields::{SamlFields, SourceChoice};

/// What is wrong with a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Problem {
    /// Name of the field; empty: it belongs to no field.
    field: &'static str,
    /// The sentence, without its full stop.
    pub sentence: String,
}

impl Problem {
    /// A field is wrong; `predicate` follows its label.
    pub(super) fn of(field: &'static str, predicate: &str) -> Self {
        Self { field, sentence: format!("{} {predicate}", label(field)) }
    }
}

impl TryFrom<Refusal> for Problem {
    type Error = Error;

    fn try_from(refusal: Refusal) -> Result<Self, Error> {
        match refusal {
            Refusal::Field(field, predicate) | Refusal::Element(field, _, predicate) => {
                Ok(Self::of(field, &predicate))
            }
            Refusal::Conflict(sentence) => Ok(Self { field: "", sentence }),
            Refusal::Store(error) => Err(error),
        }
    }
}

/// The label of a field on the page.
fn label(field: &str) -> &str {
    match field {
        "name" => "Name",
        "metadata_url" => "Metadata URL",
        "metadata" => "Metadata",
        "issuer" => "Issuer",
        "sso_url" => "Sign-in URL",
        "slo_url" => "Sign-out URL",
        "certificate" => "Certificate",
        "entity_id" => "Our entity ID",
        "attributes" => "The name of an attribute",
        "uid_is" => "The field that the UID names",
        "uid_custom" => "The custom attribute that the UID names",
        "okta_org" => "Okta domain",
        "app_instance_id" => "App ID",
        "unsolicited" => "What happens when the provider starts the sign-in",
        other => other,
    }
}

/// The form.
#[derive(Debug, Clone)]
pub(super) struct SamlForm {
    pub fields: SamlFields,
    /// Whether the form creates a connection.
    pub is_new: bool,
    pub problem: Option<Problem>,
}

impl SamlForm {
    /// The form of a new connection.
    pub(super) fn empty() -> Self {
        let fields = SamlFields {
            name: String::new(),
            source: SourceChoice::Url,
            metadata_url: String::new(),
            trusts_metadata: true,
            metadata: String::new(),
            issuer: String::new(),
            sso_url: String::new(),
            slo_url: String::new(),
            signs_requests: false,
            certificate: String::new(),
            enabled: true,
            jit: false,
            unsolicited: Some(Unsolicited::Start),
            user_name: String::new(),
            email: String::new(),
            full_name: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            groups: String::new(),
            roles: String::new(),
            uid: String::new(),
            uid_custom: String::new(),
            uid_is: UidField::ExternalId,
            okta_org: String::new(),
            app_instance_id: String::new(),
            entity_id: String::new(),
        };
        Self { fields, is_new: true, problem: None }
    }

    /// The form with the settings of a connection.
    pub(super) fn stored(connection: &SamlConnection, names: &AttributeNames) -> Self {
        let fields = SamlFields {
            name: connection.name.clone(),
            source: SourceChoice::Keep,
            metadata_url: connection.metadata_url.clone(),
            trusts_metadata: connection.trusts_metadata,
            metadata: String::new(),
            issuer: connection.issuer.clone(),
            sso_url: connection.sso_url.clone(),
            slo_url: connection.slo_url.clone(),
            signs_requests: connection.signs_requests,
            certificate: String::new(),
            enabled: connection.enabled,
            jit: connection.jit,
            unsolicited: Some(connection.unsolicited),
            user_name: names.user_name.clone().unwrap_or_default(),
            email: names.email.clone().unwrap_or_default(),
            full_name: names.name.clone().unwrap_or_default(),
            given_name: names.given_name.clone().unwrap_or_default(),
            family_name: names.family_name.clone().unwrap_or_default(),
            groups: names.groups.clone().unwrap_or_default(),
            roles: names.roles.clone().unwrap_or_default(),
            uid: names.uid.clone().unwrap_or_default(),
            uid_custom: names.uid_custom.clone().unwrap_or_default(),
            uid_is: names.uid_is.unwrap_or(UidField::ExternalId),
            okta_org: connection.okta_org.clone(),
            app_instance_id: connection.app_instance_id.clone(),
            entity_id: connection.entity_id.clone(),
        };
        Self { fields, is_new: false, problem: None }
    }

    /// The form as typed, with its problem.
    pub(super) fn typed(mut fields: SamlFields, is_new: bool, problem: Problem) -> Self {
        // A private key must not appear on a page.
        if fields.certificate.contains("PRIVATE KEY") {
            fields.certificate.clear();
        }
        Self { fields, is_new, problem: Some(problem) }
    }

    /// Whether this field is the one that is wrong.
    pub(super) fn is_wrong(&self, field: &str) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.field == field)
    }

    pub(super) fn is_source(&self, name: &str) -> bool {
        self.fields.source.name() == name
    }

    /// Whether the rarely used settings are unfolded.
    pub(super) fn is_more_open(&self) -> bool {
        let fields = &self.fields;
        let filled = [
            &fields.user_name,
            &fields.email,
            &fields.full_name,
            &fields.given_name,
            &fields.family_name,
            &fields.groups,
            &fields.roles,
            &fields.uid,
            &fields.slo_url,
            &fields.okta_org,
            &fields.app_instance_id,
            &fields.entity_id,
        ];
        filled.iter().any(|text| !text.is_empty())
            || fields.signs_requests
            || fields.unsolicited != Some(Unsolicited::Start)
    }

    /// What may happen with responses that answer no request: value, words, and whether it is chosen.
    pub(super) fn unsolicited(&self) -> [(&'static str, &'static str, bool); 3] {
        [Unsolicited::Start, Unsolicited::Accept, Unsolicited::Off].map(|choice| {
            let words = match choice {
                Unsolicited::Start => "Start a sign-in here, and trust only that one",
                Unsolicited::Accept => "Sign the person in",
                Unsolicited::Off => "Refuse it",
            };
            (choice.as_str(), words, self.fields.unsolicited == Some(choice))
        })
    }

    /// The SCIM fields that the UID may name: value, words, and whether it is chosen.
    pub(super) fn uid_fields(&self) -> [(&'static str, &'static str, bool); 3] {
        UidField::ALL.map(|field| {
            let words = match field {
                UidField::ExternalId => "externalId",
                UidField::UserName => "userName",
                UidField::Custom => "custom attribute",
            };
            (field.as_str(), words, self.fields.uid_is == field)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_label_of_its_field() {
        let refusal = Refusal::Field("sso_url", "must begin with https://".to_owned());
        let problem = Problem::try_from(refusal).unwrap();
        assert_eq!(problem.sentence, "Sign-in URL must begin with https://");
        let form = SamlForm { problem: Some(problem), ..SamlForm::empty() };
        assert!(form.is_wrong("sso_url") && !form.is_wrong("issuer"));
    }

    #[test]
    fn a_private_key_is_not_shown_again() {
        for (typed, shown) in [("-----BEGIN PRIVATE KEY-----\nMII", ""), ("MIIC", "MIIC")] {
            let fields = SamlFields { certificate: typed.to_owned(), ..SamlForm::empty().fields };
            assert_eq!(SamlForm::typed(fields, true, Problem::default()).fields.certificate, shown);
        }
    }

    #[test]
    fn a_failure_of_the_store_is_no_problem_of_the_form() {
        assert!(Problem::try_from(Refusal::Store(Error::NotFound)).is_err());
    }
}
