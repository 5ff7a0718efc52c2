//! Saves a SAML connection from the form: reads the provider first, then changes everything in one transaction.

use vestibule_admin::{
    Actor,
    provider::{
        connection::address,
        saml_connection::{self, SamlSettings, source::Source},
    },
};
use vestibule_core::{ids::WorkspaceId, sets::UidField};
use vestibule_store::{
    Error,
    providers::{
        saml_certificates::SamlCertificate,
        saml_connections::{AttributeNames, SamlConnection},
    },
};
use vestibule_web::State;

use crate::{
    layout::{access::Administrator, error::PageError},
    provider::{
        connection_page::missing,
        saml::{
            fields::{SamlFields, SourceChoice},
            form::Problem,
        },
    },
};

/// A connection before the change, with its certificates and attributes.
pub(super) struct Before {
    pub connection: SamlConnection,
    pub certificates: Vec<SamlCertificate>,
    pub names: AttributeNames,
}

/// Creates a connection, or changes `before`. The inner error is the problem for the page of the form.
pub(super) async fn save(
    administrator: &Administrator,
    before: Option<&Before>,
    fields: &SamlFields,
) -> Result<Result<SamlConnection, Problem>, PageError> {
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    save_as(administrator.state(), workspace_id, actor, before, fields).await.map_err(|error| match error {
        Error::NotFound => missing::<SamlConnection>(administrator),
        error => administrator.failed(&error),
    })
}

/// The same, for any actor.
pub(super) async fn save_as(
    state: &State,
    workspace_id: WorkspaceId,
    actor: Actor,
    before: Option<&Before>,
    fields: &SamlFields,
) -> Result<Result<SamlConnection, Problem>, Error> {
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    let (source, mut settings) = match settings(fields, before, allow_insecure) {
        Ok(read) => read,
        Err(problem) => return Ok(Err(problem)),
    };
    if let Some(source) = source {
        settings.metadata_url = Some(source.metadata_url().to_owned());
        match source.read(state).await {
            Ok(provider) => settings.provider = Some(provider),
            Err(refusal) => return Problem::try_from(refusal).map(Err),
        }
    }
    let changed = before.map(|before| before.connection.connection_id.clone());
    let saved = state
        .write(move |conn| match &changed {
            Some(id) => saml_connection::change(conn, &actor, (&workspace_id, id), settings, allow_insecure),
            None => saml_connection::create(conn, &actor, &workspace_id, settings, allow_insecure),
        })
        .await;
    match saved {
        Ok(saved) => Ok(Ok(saved)),
        Err(refusal) => Problem::try_from(refusal).map(Err),
    }
}

/// The source and the settings that the form asks for. Pure.
fn settings(
    fields: &SamlFields,
    before: Option<&Before>,
    allow_insecure: bool,
) -> Result<(Option<Source>, SamlSettings), Problem> {
    let unsolicited = fields.unsolicited;
    let unsolicited =
        unsolicited.ok_or_else(|| Problem::of("unsolicited", "must be one of those in the list"))?;
    let okta_org = match fields.okta_org.as_str() {
        "" => String::new(),
        typed => address::of_typed(typed, allow_insecure)
            .map_err(|sentence| Problem::of("okta_org", &format!("can't be used: {sentence}")))?,
    };
    let settings = SamlSettings {
        name: fields.name.clone(),
        new_id: None,
        provider: None,
        metadata_url: None,
        trusts_metadata: Some(fields.trusts_metadata),
        entity_id: Some(fields.entity_id.clone()),
        // A field that the form does not change stays unset, so that the metadata decides.
        slo_url: (fields.slo_url != before.map_or("", |before| before.connection.slo_url.as_str()))
            .then(|| fields.slo_url.clone()),
        signs_requests: (fields.signs_requests
            != before.is_some_and(|before| before.connection.signs_requests))
        .then_some(fields.signs_requests),
        // An existing connection has a button for it.
        enabled: before.is_none().then_some(fields.enabled),
        jit: Some(fields.jit),
        unsolicited: Some(unsolicited),
        make_default: false,
        attributes: attributes(fields, before),
        okta_org: Some(okta_org),
        app_instance_id: Some(fields.app_instance_id.clone()),
    };
    Ok((source(fields, before)?, settings))
}

/// The source of the provider's settings; `None`: the settings stay.
fn source(fields: &SamlFields, before: Option<&Before>) -> Result<Option<Source>, Problem> {
    let missing = |field, text: &str| match text.trim() {
        "" => Err(Problem::of(field, "is missing")),
        _ => Ok(()),
    };
    match fields.source {
        SourceChoice::Keep if before.is_some() => Ok(None),
        // A form without a choice counts as one with a metadata URL, the first choice.
        SourceChoice::Keep | SourceChoice::Url => {
            missing("metadata_url", &fields.metadata_url)?;
            Ok(Some(Source::MetadataUrl(fields.metadata_url.clone())))
        }
        SourceChoice::Document => {
            missing("metadata", &fields.metadata)?;
            Ok(Some(Source::Metadata(fields.metadata.clone())))
        }
        SourceChoice::ByHand => {
            missing("issuer", &fields.issuer)?;
            missing("sso_url", &fields.sso_url)?;
            let certificates = match (fields.certificate.trim(), before) {
                ("", Some(before)) => trusted(&before.certificates),
                _ => fields.certificate.clone(),
            };
            missing("certificate", &certificates)?;
            let (issuer, sso_url) = (fields.issuer.clone(), fields.sso_url.clone());
            Ok(Some(Source::ByHand { issuer, sso_url, certificates }))
        }
    }
}

/// The certificates that are trusted, as PEM.
fn trusted(certificates: &[SamlCertificate]) -> String {
    let trusted = certificates.iter().filter(|one| one.trusted_at.is_some());
    trusted
        .map(|one| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", one.certificate))
        .collect()
}

/// The attributes to read, if the form changes them.
fn attributes(fields: &SamlFields, before: Option<&Before>) -> Option<AttributeNames> {
    let stored = before.map(|before| before.names.clone()).unwrap_or_default();
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let uid = given(&fields.uid);
    let field_before = stored.uid_is.unwrap_or(UidField::ExternalId);
    let uid_is = match &uid {
        Some(_) if fields.uid_is != field_before => Some(fields.uid_is),
        Some(_) => stored.uid_is,
        None => None,
    };
    let uid_custom = given(&fields.uid_custom).filter(|_| uid_is == Some(UidField::Custom));
    let names = AttributeNames {
        user_name: given(&fields.user_name),
        email: given(&fields.email),
        name: given(&fields.full_name),
        given_name: given(&fields.given_name),
        family_name: given(&fields.family_name),
        groups: given(&fields.groups),
        roles: given(&fields.roles),
        uid,
        uid_is,
        uid_custom,
    };
    (names != stored).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::saml::form::SamlForm;

    #[test]
    fn a_new_connection_needs_a_source() {
        let fields = SamlForm::empty().fields;
        assert_eq!(source(&fields, None), Err(Problem::of("metadata_url", "is missing")));
        for (choice, field) in [(SourceChoice::Document, "metadata"), (SourceChoice::ByHand, "issuer")] {
            let fields = SamlFields { source: choice, ..fields.clone() };
            assert_eq!(source(&fields, None), Err(Problem::of(field, "is missing")));
        }
    }

    #[test]
    fn attributes_change_only_where_the_form_differs() {
        let mut fields = SamlForm::empty().fields;
        assert_eq!(attributes(&fields, None), None);
        fields.uid = "employeeNumber".to_owned();
        let names = attributes(&fields, None).unwrap();
        assert_eq!((names.uid.as_deref(), names.uid_is), (Some("employeeNumber"), None));
        fields.uid_is = UidField::UserName;
        assert_eq!(attributes(&fields, None).unwrap().uid_is, Some(UidField::UserName));
    }
}
