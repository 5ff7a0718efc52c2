//! `/settings`: the e-mail domains of the workspace, proved by a TXT record, and what it asks of sign-ins (`policies`). People
//! are recognised and made by name only under a proved domain, so only an administrator comes here.

pub mod policies;
pub mod provisioning;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{
    self as admin,
    domains::{
        Finding,
        name::normalise,
        record,
        renewal::{self, DnsAnswer},
    },
    refusal,
};
use vestibule_core::time;
use vestibule_store::{
    Error,
    providers::{
        domain_claims::{self, DomainClaim},
        domains::{self, Domain},
    },
};
use vestibule_web::{State, http::request, pages};

use crate::{
    account::sessions::Moment,
    layout::auth::{self, Visitor},
    settings::{policies::Policies, provisioning::Terms},
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    csrf: &'a str,
    may_change: bool,
    verified: Vec<VerifiedRow>,
    claims: Vec<ClaimRow>,
    form: Form,
    policies: Policies,
    terms: Terms,
    hours: i64,
    idle: i64,
}

/// The forms as last typed, and what is wrong with them.
#[derive(Default)]
pub(crate) struct Form {
    pub domain: String,
    pub problem: String,
    pub policies: Option<Policies>,
    pub sign_in_problem: String,
    pub terms: Option<Terms>,
    pub terms_problem: String,
    pub saved: bool,
}

/// A domain of the workspace, and the record that has to be there.
struct VerifiedRow {
    domain: String,
    by_dns: bool,
    name: String,
    /// Empty: not known.
    value: String,
    /// Since when the record is gone, and when the domain lapses.
    missing: Option<(String, String)>,
    lapsed: bool,
}

/// A claimed domain with the record to place.
struct ClaimRow {
    domain: String,
    name: String,
    value: String,
    finding: String,
    checked: Option<String>,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => {
            let form = Form { saved: req.query_string() == "saved=1", ..Form::default() };
            show(&req, &state, &visitor, form).await
        }
        Err(answer) => answer,
    }
}

/// `POST /settings/domains`: claims a domain, asks DNS about one, or lets one go.
pub async fn domains(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let typed = form.text("domain");
    let domain = match normalise(typed) {
        Ok(domain) => domain,
        Err(problem) => return show(&req, &state, &visitor, Form::of_domain(typed, problem)).await,
    };
    let done = match form.text("do") {
        "claim" => claim(&req, &state, &visitor, domain).await,
        "check" => check(&req, &state, &visitor, domain).await,
        "remove" => remove(&req, &state, &visitor, domain).await,
        _ => Ok(Err("the form doesn't say what to do".to_owned())),
    };
    match done {
        Ok(Ok(())) => auth::redirect(state.app_url("/settings#domains")),
        Ok(Err(problem)) => show(&req, &state, &visitor, Form::of_domain(typed, problem)).await,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

impl Form {
    fn of_domain(typed: &str, problem: String) -> Self {
        Self { domain: typed.to_owned(), problem, ..Self::default() }
    }
}

/// Done, or a sentence for the administrator; or the database failed.
type Done = Result<Result<(), String>, Error>;

async fn claim(req: &HttpRequest, state: &State, visitor: &Visitor, domain: String) -> Done {
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(req, state.now()));
    let claimed =
        state.write(move |conn| admin::domains::claim(conn, &actor, &workspace_id, &domain).map(drop));
    refusal::sentence(claimed.await)
}

async fn check(req: &HttpRequest, state: &State, visitor: &Visitor, domain: String) -> Done {
    let (workspace_id, wanted) = (visitor.workspace.workspace_id.clone(), domain.clone());
    let found = state.read(move |conn| {
        let claim = domain_claims::find(conn, &workspace_id, &wanted)?;
        Ok::<_, Error>((claim, domains::find(conn, &workspace_id, &wanted)?))
    });
    let claim = match found.await? {
        (Some(claim), _) => claim,
        (None, Some(row)) if row.verified_by == domains::DNS => return renew(req, state, visitor, row).await,
        (None, _) => return Ok(Err(format!("{domain} is not waiting to be verified"))),
    };
    let finding = admin::domains::ask(state.config().sign_in.dns_server, &claim).await;
    let (actor, found) = (visitor.actor(req, state.now()), finding.clone());
    match state.write(move |conn| admin::domains::settle(conn, &actor, &claim, &found)).await {
        Ok(_) if finding == Finding::Proved => Ok(Ok(())),
        // The finding stands beside the claim.
        Ok(_) | Err(Error::NotFound) => Ok(Ok(())),
        Err(Error::Conflict(_)) => Ok(Err(format!("{domain} belongs to another workspace already"))),
        Err(error) => Err(error),
    }
}

/// Asks DNS again about a domain that a record proved.
async fn renew(req: &HttpRequest, state: &State, visitor: &Visitor, row: Domain) -> Done {
    let answer = renewal::ask(state.config().sign_in.dns_server, &row.domain).await;
    if let DnsAnswer::Unknown(why) = &answer {
        return Ok(Err(format!("DNS could not be asked about {} just now: {why}", row.domain)));
    }
    let (grace, actor) = (renewal::grace(state), visitor.actor(req, state.now()));
    let renewed = state
        .write(move |conn| renewal::renew(conn, &actor, (&row.workspace_id, &row.domain), &answer, grace));
    renewed.await?;
    Ok(Ok(()))
}

async fn remove(req: &HttpRequest, state: &State, visitor: &Visitor, domain: String) -> Done {
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(req, state.now()));
    state.write(move |conn| admin::domains::remove(conn, &actor, &workspace_id, &domain)).await?;
    Ok(Ok(()))
}

pub(crate) async fn show(req: &HttpRequest, state: &State, visitor: &Visitor, form: Form) -> HttpResponse {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let workspace = visitor.workspace.clone();
    let read = state.read(move |conn| {
        Ok::<_, Error>((
            Terms::of(conn, &workspace)?,
            domains::list_all(conn, &workspace_id)?,
            domain_claims::list(conn, &workspace_id)?,
        ))
    });
    let (terms, verified, claims) = match read.await {
        Ok(read) => read,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let refused =
        !form.problem.is_empty() || !form.sign_in_problem.is_empty() || !form.terms_problem.is_empty();
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = SettingsPage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        verified: verified.into_iter().map(|row| verified_row(row, renewal::grace(state), now)).collect(),
        claims: claims.into_iter().map(|claim| row(claim, now)).collect(),
        policies: form.policies.clone().unwrap_or_else(|| Policies::of(&visitor.workspace)),
        terms: form.terms.clone().unwrap_or(terms),
        form,
        hours: state.config().sign_in.session_hours,
        idle: state.config().sign_in.idle_minutes,
    };
    pages::render(state, status, "Settings", &visitor.around(), &content)
}

fn verified_row(row: Domain, grace: i64, now: i64) -> VerifiedRow {
    let value = match row.challenge.as_str() {
        "" => String::new(),
        challenge => record::value_of(challenge),
    };
    VerifiedRow {
        name: record::name(&row.domain),
        value,
        by_dns: row.verified_by == domains::DNS,
        missing: row
            .missing_since
            .map(|since| (time::relative(since, now), Moment::of(since + grace, now).day().to_owned())),
        lapsed: row.lapsed_at.is_some(),
        domain: row.domain,
    }
}

fn row(claim: DomainClaim, now: i64) -> ClaimRow {
    ClaimRow {
        name: record::name(&claim.domain),
        value: record::value(&claim),
        finding: claim.finding,
        checked: claim.checked_at.map(|at| time::relative(at, now)),
        domain: claim.domain,
    }
}
