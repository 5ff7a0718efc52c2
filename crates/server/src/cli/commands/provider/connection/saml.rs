//! `vestibule connection set --kind saml`.

use std::io::Read;

use anyhow::{Context, anyhow};
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    provider::{
        connection::address,
        saml_connection::{self, SamlProvider, SamlSettings, addresses},
    },
};
use vestibule_core::{
    ids::WorkspaceId,
    sets::{SamlBinding, UidField, Unsolicited},
};
use vestibule_saml::{certificate, metadata};
use vestibule_store::{
    Conn,
    providers::{
        connection_domains, saml_certificates,
        saml_connections::{self, AttributeNames, SamlConnection},
    },
};
use vestibule_web::{
    config::Config,
    outbound::{client::Outbound, saml_metadata},
};

use super::{Set, every, missing};
use crate::cli::commands::{self, Sentence, Switch, open, write};

/// Options of `--kind saml`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// SAML: the URL of the identity provider's metadata
    #[arg(long, value_name = "URL", conflicts_with_all = ["metadata_stdin", "idp_issuer", "sso_url", "certificate_stdin"])]
    metadata_url: Option<String>,
    /// SAML: read the identity provider's metadata from standard input
    #[arg(long, conflicts_with_all = ["idp_issuer", "sso_url", "certificate_stdin"])]
    metadata_stdin: bool,
    /// SAML: the identity provider's issuer (entity ID)
    #[arg(long, value_name = "ISSUER", requires_all = ["sso_url", "certificate_stdin"])]
    idp_issuer: Option<String>,
    /// SAML: the identity provider's single sign-on URL
    #[arg(long, value_name = "URL", requires_all = ["idp_issuer", "certificate_stdin"])]
    sso_url: Option<String>,
    /// SAML: the single logout URL; an empty text: none. Without it: the one in the metadata
    #[arg(long, value_name = "URL")]
    slo_url: Option<String>,
    /// SAML: read one or more certificates from standard input; they replace the stored ones
    #[arg(long, requires_all = ["idp_issuer", "sso_url"])]
    certificate_stdin: bool,
    /// SAML: responses that answer no request are refused (off), start a sign-in of our own (start) or sign in (accept)
    #[arg(long, value_name = "CHOICE", value_parser = clap::builder::PossibleValuesParser::new(Unsolicited::TEXTS))]
    unsolicited: Option<String>,
    /// SAML: the URL of the Okta org whose Universal Logout ends access here; an empty text: none
    #[arg(long, value_name = "URL", requires = "app_instance_id")]
    okta_org: Option<String>,
    /// SAML: Okta's id of the app (0oa…), for Universal Logout
    #[arg(long, value_name = "ID", requires = "okta_org")]
    app_instance_id: Option<String>,
    /// SAML: whether a new certificate in the metadata is trusted at once (on), or waits for an administrator (off)
    #[arg(long, value_name = "SWITCH")]
    trust_metadata: Option<Switch>,
    /// SAML: whether requests are signed with the key of our metadata; default: if the provider requires it
    #[arg(long, value_name = "SWITCH")]
    sign_requests: Option<Switch>,
    /// SAML: our entity ID for this connection; an empty text: the URL of our metadata
    #[arg(long, value_name = "ID")]
    entity_id: Option<String>,
    /// SAML: the attribute with the login name, if it is not the NameID; an empty text: the NameID
    #[arg(long, value_name = "ATTRIBUTE")]
    user_name_attribute: Option<String>,
    /// SAML: the attribute with the email address; an empty text: its usual names
    #[arg(long, value_name = "ATTRIBUTE")]
    email_attribute: Option<String>,
    /// SAML: the attribute with the full name; an empty text: its usual names
    #[arg(long, value_name = "ATTRIBUTE")]
    name_attribute: Option<String>,
    /// SAML: the attribute with the first name; an empty text: its usual names
    #[arg(long, value_name = "ATTRIBUTE")]
    given_name_attribute: Option<String>,
    /// SAML: the attribute with the last name; an empty text: its usual names
    #[arg(long, value_name = "ATTRIBUTE")]
    family_name_attribute: Option<String>,
    /// SAML: the attribute that names people's groups
    #[arg(long, value_name = "ATTRIBUTE")]
    groups_attribute: Option<String>,
    /// SAML: the attribute that names people's roles; each counts as a group with the prefix role:
    #[arg(long, value_name = "ATTRIBUTE")]
    roles_attribute: Option<String>,
    /// SAML: the attribute that matches people to users whom SCIM provisioned
    #[arg(long, value_name = "ATTRIBUTE")]
    uid_attribute: Option<String>,
    /// SAML: the SCIM field that the UID attribute names
    #[arg(long, value_name = "FIELD", requires = "uid_attribute", value_parser = ["external_id", "user_name"])]
    uid_is: Option<String>,
    /// SAML: the custom attribute that the UID attribute names; see vestibule attribute
    #[arg(long, value_name = "NAME", requires = "uid_attribute", conflicts_with = "uid_is")]
    uid_custom_attribute: Option<String>,
}

impl Options {
    /// The first option that was given.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--metadata-url", self.metadata_url.is_some()),
            ("--metadata-stdin", self.metadata_stdin),
            ("--idp-issuer", self.idp_issuer.is_some()),
            ("--sso-url", self.sso_url.is_some()),
            ("--slo-url", self.slo_url.is_some()),
            ("--certificate-stdin", self.certificate_stdin),
            ("--unsolicited", self.unsolicited.is_some()),
            ("--okta-org", self.okta_org.is_some()),
            ("--app-instance-id", self.app_instance_id.is_some()),
            ("--trust-metadata", self.trust_metadata.is_some()),
            ("--sign-requests", self.sign_requests.is_some()),
            ("--entity-id", self.entity_id.is_some()),
            ("--user-name-attribute", self.user_name_attribute.is_some()),
            ("--email-attribute", self.email_attribute.is_some()),
            ("--name-attribute", self.name_attribute.is_some()),
            ("--given-name-attribute", self.given_name_attribute.is_some()),
            ("--family-name-attribute", self.family_name_attribute.is_some()),
            ("--groups-attribute", self.groups_attribute.is_some()),
            ("--roles-attribute", self.roles_attribute.is_some()),
            ("--uid-attribute", self.uid_attribute.is_some()),
            ("--uid-is", self.uid_is.is_some()),
            ("--uid-custom-attribute", self.uid_custom_attribute.is_some()),
        ];
        given.into_iter().find_map(|(name, given)| given.then_some(name))
    }
}

/// Creates or changes a SAML connection.
pub(super) fn set(config: &Config, set: &Set) -> anyhow::Result<Value> {
    set.refuse_oidc_options()?;
    let options = &set.saml;
    let name = set.name.clone().ok_or_else(|| missing("--name"))?;
    let settings = SamlSettings {
        name: name.clone(),
        new_id: None,
        provider: provider(config, options)?,
        metadata_url: match (&options.metadata_url, options.metadata_stdin || options.certificate_stdin) {
            (Some(url), _) => Some(url.clone()),
            (None, true) => Some(String::new()),
            (None, false) => None,
        },
        trusts_metadata: options.trust_metadata.map(Switch::is_on),
        slo_url: options.slo_url.clone(),
        entity_id: options.entity_id.clone(),
        signs_requests: options.sign_requests.map(Switch::is_on),
        enabled: set.enabled.map(Switch::is_on),
        jit: set.jit.map(Switch::is_on),
        unsolicited: options.unsolicited.as_deref().map(str::parse).transpose()?,
        make_default: set.default,
        attributes: None,
        okta_org: options.okta_org.as_deref().map(|typed| org(config, typed)).transpose()?,
        app_instance_id: options.app_instance_id.clone(),
    };
    let (database, now) = open(config)?;
    write(&database, |conn| {
        let workspace_id = commands::workspace(conn, config, &set.workspace)?.workspace_id;
        let attributes = attributes(conn, &workspace_id, &name, options)?;
        let settings = SamlSettings { attributes, ..settings };
        let saved = saml_connection::save(
            conn,
            &Actor::cli(now),
            &workspace_id,
            settings,
            config.okta.allow_insecure_issuers,
        )?;
        every::set_domains(conn, &Actor::cli(now), &workspace_id, &saved.connection_id, &set.for_domain)?;
        described(conn, config, &saved)
    })
}

/// The provider that the options describe; `None` without such options.
fn provider(config: &Config, options: &Options) -> anyhow::Result<Option<SamlProvider>> {
    let xml = match &options.metadata_url {
        Some(url) => Some(fetch(config, url)?),
        None if options.metadata_stdin => Some(standard_input("the metadata")?.into_bytes()),
        None => None,
    };
    if let Some(xml) = xml {
        let read = metadata::parse(&xml)?;
        return SamlProvider::of_metadata(read).map(Some).map_err(|sentence| anyhow!(sentence));
    }
    let (Some(issuer), Some(sso_url)) = (&options.idp_issuer, &options.sso_url) else { return Ok(None) };
    Ok(Some(SamlProvider {
        issuer: issuer.clone(),
        sso_url: sso_url.clone(),
        sso_binding: SamlBinding::Redirect,
        slo: None,
        wants_signed_requests: false,
        certificates: certificate::parse_pasted(&standard_input("the certificate")?)?,
    }))
}

fn fetch(config: &Config, url: &str) -> anyhow::Result<Vec<u8>> {
    let outbound = Outbound::new(config.okta.allow_insecure_issuers)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(saml_metadata::fetch(&outbound, url)).map_err(|sentence| anyhow!(sentence))
}

fn standard_input(what: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {what} from standard input"))?;
    Ok(text)
}

/// The URL of an Okta org as typed, or an empty text.
fn org(config: &Config, typed: &str) -> anyhow::Result<String> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    let checked = address::of_typed(typed, config.okta.allow_insecure_issuers);
    checked.map_err(|sentence| anyhow!("--okta-org: {sentence}"))
}

/// The attribute names of the connection with this name, changed by the options; `None` when no option changes them.
fn attributes(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    name: &str,
    options: &Options,
) -> Result<Option<AttributeNames>, Sentence> {
    let given = [
        &options.user_name_attribute,
        &options.email_attribute,
        &options.name_attribute,
        &options.given_name_attribute,
        &options.family_name_attribute,
        &options.groups_attribute,
        &options.roles_attribute,
        &options.uid_attribute,
    ];
    if given.iter().all(|option| option.is_none()) {
        return Ok(None);
    }
    let all = saml_connections::list(conn, workspace_id)?;
    let mut names = match all.iter().find(|connection| connection.name == name.trim()) {
        Some(connection) => connection.attribute_names()?,
        None => AttributeNames::default(),
    };
    let given = |option: &String| Some(option.clone()).filter(|name| !name.is_empty());
    for (name, option) in [
        (&mut names.user_name, &options.user_name_attribute),
        (&mut names.email, &options.email_attribute),
        (&mut names.name, &options.name_attribute),
        (&mut names.given_name, &options.given_name_attribute),
        (&mut names.family_name, &options.family_name_attribute),
        (&mut names.groups, &options.groups_attribute),
        (&mut names.roles, &options.roles_attribute),
    ] {
        if let Some(option) = option {
            *name = given(option);
        }
    }
    if let Some(uid) = &options.uid_attribute {
        names.uid = given(uid);
        let field = options.uid_is.as_deref().map(str::parse).transpose().map_err(anyhow::Error::from)?;
        let custom = options.uid_custom_attribute.clone().filter(|_| names.uid.is_some());
        names.uid_is = field.or(custom.as_ref().map(|_| UidField::Custom)).filter(|_| names.uid.is_some());
        names.uid_custom = custom;
    }
    Ok(Some(names))
}

/// The JSON that the commands print for a connection.
pub(super) fn described(
    conn: &mut Conn,
    config: &Config,
    connection: &SamlConnection,
) -> Result<Value, Sentence> {
    let domains = connection_domains::list_of(conn, &connection.workspace_id, &connection.connection_id)?;
    let certificates = saml_certificates::list(conn, connection)?;
    let trusted = certificates.iter().filter(|one| one.trusted_at.is_some());
    let fingerprints: Vec<&str> = trusted.map(|one| one.fingerprint.as_str()).collect();
    let waiting = certificates.iter().filter(|one| one.trusted_at.is_none());
    let waiting: Vec<&str> = waiting.map(|one| one.fingerprint.as_str()).collect();
    let ours = addresses::of(&config.region.api_url, connection);
    Ok(json!({
        "kind": "saml",
        "connection_id": connection.connection_id,
        "name": connection.name,
        "is_default": connection.is_default,
        "provider": connection.kind(),
        "enabled": connection.enabled,
        "jit": connection.jit,
        "unsolicited": connection.unsolicited,
        "signs_requests": connection.signs_requests,
        "issuer": connection.issuer,
        "sso_url": connection.sso_url,
        "slo_url": connection.slo_url,
        "certificates": fingerprints,
        "certificates_waiting": waiting,
        "idp_metadata_url": connection.metadata_url,
        "domains": domains,
        "acs_url": ours.acs_url,
        "sp_slo_url": ours.slo_url,
        "entity_id": ours.entity_id,
        "metadata_url": ours.metadata_url,
    }))
}
