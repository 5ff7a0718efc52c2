//! The page `/integrations/okta/saml/{connection}`: its state, its certificates, what to enter at the provider, and its settings.

use actix_web::web;
use askama::Template;
use vestibule_admin::provider::saml_connection::addresses::{self, Addresses};
use vestibule_core::{
    ids::ConnectionId,
    providers::Provider,
    sets::ProviderKind,
    time::{Micros, SECOND},
};
use vestibule_saml::certificate::parse_pasted;
use vestibule_store::providers::{
    connection_domains,
    saml_certificates::SamlCertificate,
    saml_connections::{AttributeNames, SamlConnection},
};
use vestibule_web::pages::isolate;

use crate::{
    layout::{
        access::{Administrator, Reader},
        error::{PageError, PageResult},
        form::Form,
        moment::Moment,
        visitor::Visitor,
    },
    provider::{
        connection_page::{Connected, id_of, missing},
        saml::{
            change::read,
            fields::SamlFields,
            form::SamlForm,
            save::{Before, save},
        },
    },
};

/// Within this time a certificate ends soon: thirty days.
pub(super) const SOON: Micros = 30 * 86_400 * SECOND;

#[derive(Template)]
#[template(path = "saml.html")]
struct SamlPage<'a> {
    csrf: &'a str,
    may_change: bool,
    /// The page that lists the connections.
    back: &'static str,
    provider: &'static Provider,
    connection: SamlConnection,
    ours: Addresses,
    initiate: String,
    action: String,
    certificates: Vec<CertificateRow>,
    read_at: Option<Moment>,
    names: AttributeNames,
    /// The email domains whose people sign in through the connection.
    domains: Vec<String>,
    form: SamlForm,
    /// What a button did; empty: no button was used.
    told: &'static str,
    /// Why the action of a button was refused; empty: it was not.
    problem: String,
}

/// A certificate of the connection.
struct CertificateRow {
    fingerprint: String,
    subject: String,
    end: Moment,
    trusted: bool,
    ended: bool,
    ends_soon: bool,
}

impl SamlPage<'_> {
    /// Whether the provider has labels of its own.
    fn is_known(&self) -> bool {
        self.provider.kind != ProviderKind::Any
    }

    /// Whether the form is a step of the set-up.
    fn is_step(&self) -> bool {
        false
    }

    /// Whether the form has the fields of Okta's Universal Logout.
    fn has_okta_fields(&self) -> bool {
        let fields = &self.form.fields;
        self.provider.is_okta() || !fields.okta_org.is_empty() || !fields.app_instance_id.is_empty()
    }
}

impl CertificateRow {
    fn of(row: SamlCertificate, now: Micros) -> Self {
        let end = row.not_after.saturating_mul(SECOND);
        let parsed = parse_pasted(&row.certificate).unwrap_or_default();
        Self {
            subject: parsed.first().map(|one| one.subject()).unwrap_or_default(),
            end: Moment::of(end, now),
            trusted: row.trusted_at.is_some(),
            ended: end <= now,
            ends_soon: end > now && end - now < SOON,
            fingerprint: row.fingerprint,
        }
    }

    /// The beginning of the fingerprint, which distinguishes the certificates of a connection.
    fn short(&self) -> &str {
        self.fingerprint.get(..16).unwrap_or(&self.fingerprint)
    }
}

/// `GET /integrations/okta/saml/{connection}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    let query = reader.query().unwrap_or_default();
    let told = match (query.get("saved"), query.text("metadata")) {
        (Some(_), _) => "Saved.",
        (None, "same") => "The metadata was read. It lists the same certificates.",
        (None, "new") => "The metadata was read, and its certificates are now trusted.",
        (None, "waiting") => {
            "The metadata was read. A new certificate waits below for an administrator to trust it."
        }
        (None, "recent") => "The metadata was read less than a minute ago. Try again in a minute.",
        _ => "",
    };
    show(&reader, id_of::<SamlConnection>(&reader, &path)?, Shown { told, ..Shown::default() }).await
}

/// `POST /integrations/okta/saml/{connection}`: saves the settings.
pub async fn post(form: Form<Administrator, SamlFields>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    let id = id_of::<SamlConnection>(&administrator, &path)?;
    let before = find(&administrator, &id).await?;
    match save(&administrator, Some(&before), &fields).await? {
        Ok(_) => Ok(administrator.redirect(&format!("{}/{id}?saved=1", SamlConnection::PATH))),
        Err(problem) => {
            let form = Some(SamlForm::typed(fields, false, problem));
            show(&administrator, id, Shown { form, ..Shown::default() }).await
        }
    }
}

/// What the page shows besides the stored settings.
#[derive(Default)]
pub(super) struct Shown {
    /// The form as typed; `None`: as stored.
    pub form: Option<SamlForm>,
    /// What a button did.
    pub told: &'static str,
    /// Why the action of a button was refused; empty: it was not.
    pub problem: String,
}

async fn find(visitor: &Visitor, id: &ConnectionId) -> Result<Before, PageError> {
    let (workspace_id, id) = (visitor.workspace_id(), id.clone());
    visitor.read_on(missing::<SamlConnection>, move |conn| read(conn, &workspace_id, &id)).await
}

/// Renders the page.
pub(super) async fn show(visitor: &Visitor, id: ConnectionId, shown: Shown) -> PageResult {
    let (workspace_id, wanted) = (visitor.workspace_id(), id.clone());
    let (found, domains) = visitor
        .read_on(missing::<SamlConnection>, move |conn| {
            let domains = connection_domains::list_of(conn, &workspace_id, &wanted)?;
            Ok((read(conn, &workspace_id, &wanted)?, domains))
        })
        .await?;
    let Before { connection, certificates, names } = found;
    let (state, now) = (visitor.state(), visitor.state().now());
    let title = format!("{} · SAML connection", isolate(&connection.name));
    let content = SamlPage {
        csrf: visitor.csrf(),
        back: visitor.provider().the_page(),
        provider: connection.kind().facts(),
        domains,
        may_change: visitor.may_change(),
        ours: addresses::of(&state.config().region.api_url, &connection),
        initiate: state.api_url(&format!(
            "/api/okta/saml/login?team_id={}&connection={}",
            connection.workspace_id, connection.connection_id
        )),
        action: format!("{}/{id}", SamlConnection::PATH),
        certificates: certificates.into_iter().map(|row| CertificateRow::of(row, now)).collect(),
        read_at: connection.metadata_read_at.map(|at| Moment::of(at, now)),
        form: shown.form.unwrap_or_else(|| SamlForm::stored(&connection, &names)),
        told: shown.told,
        problem: shown.problem,
        names,
        connection,
    };
    let has_problem = content.form.problem.is_some() || !content.problem.is_empty();
    visitor.form_page(&title, has_problem, &content)
}
