//! `/settings`: the e-mail domains of the workspace, proved by a TXT record. People are recognised and made by name only
//! under a proved domain, so only an administrator comes here.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_store::{
    Error,
    domain_claims::{self, DomainClaim},
    domains,
};
use vestibule_web::{
    State,
    domain::{self, Finding},
    page, request, time,
};

use crate::door::{self, Visitor};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    csrf: &'a str,
    verified: Vec<(String, String)>,
    claims: Vec<ClaimRow>,
    typed: &'a str,
    problem: String,
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
    match door::administrator(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, "", String::new()).await,
        Err(answer) => answer,
    }
}

/// `POST /settings/domains`: claims a domain, asks DNS about one, or lets one go.
pub async fn domains(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let visitor = match door::administrator(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let form = match door::form(&req, payload, &state, &visitor).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let typed = form.text("domain");
    let domain = match domain::normalise(typed) {
        Ok(domain) => domain,
        Err(problem) => return show(&req, &state, &visitor, typed, problem).await,
    };
    let done = match form.text("do") {
        "claim" => claim(&state, &visitor, domain).await,
        "check" => check(&req, &state, &visitor, domain).await,
        "remove" => remove(&req, &state, &visitor, domain).await,
        _ => Ok(Err("the form doesn't say what to do".to_owned())),
    };
    match done {
        Ok(Ok(())) => door::redirect(state.app_url("/settings#domains")),
        Ok(Err(problem)) => show(&req, &state, &visitor, typed, problem).await,
        Err(error) => page::failed(&state, &request::id(&req), &error),
    }
}

/// Done, or a sentence for the administrator; or the database failed.
type Done = Result<Result<(), String>, Error>;

async fn claim(state: &State, visitor: &Visitor, domain: String) -> Done {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    state
        .write(move |conn| {
            if domains::is_verified(conn, &workspace_id, &domain)? {
                return Ok(Err(format!("{domain} is verified already")));
            }
            domain_claims::claim(conn, &workspace_id, &domain, now)?;
            Ok(Ok(()))
        })
        .await
}

async fn check(req: &HttpRequest, state: &State, visitor: &Visitor, domain: String) -> Done {
    let (workspace_id, wanted) = (visitor.workspace.workspace_id.clone(), domain.clone());
    let Some(claim) = state.read(move |conn| domain_claims::find(conn, &workspace_id, &wanted)).await? else {
        return Ok(Err(format!("{domain} is not waiting to be verified")));
    };
    let finding = domain::ask(state.config().sign_in.dns_server, &claim).await;
    let (cause, now) = (request::cause(req, visitor.signed_in.actor()), state.now());
    let told = finding.clone();
    match state.write(move |conn| domain::settle(conn, &claim, &told, &cause, now)).await {
        Ok(_) if finding == Finding::Proved => Ok(Ok(())),
        // The finding stands beside the claim.
        Ok(_) | Err(Error::NotFound) => Ok(Ok(())),
        Err(Error::Conflict(_)) => Ok(Err(format!("{domain} belongs to another workspace already"))),
        Err(error) => Err(error),
    }
}

async fn remove(req: &HttpRequest, state: &State, visitor: &Visitor, domain: String) -> Done {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let cause = request::cause(req, visitor.signed_in.actor());
    state.write(move |conn| domain::remove(conn, &workspace_id, &domain, &cause, now)).await?;
    Ok(Ok(()))
}

async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    typed: &str,
    problem: String,
) -> HttpResponse {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let read = state.read(move |conn| {
        Ok::<_, Error>((
            domains::list_with_proof(conn, &workspace_id)?,
            domain_claims::list(conn, &workspace_id)?,
        ))
    });
    let (verified, claims) = match read.await {
        Ok(read) => read,
        Err(error) => return page::failed(state, &request::id(req), &error),
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let claims = claims.into_iter().map(|claim| row(claim, now)).collect();
    let content = SettingsPage { csrf: &visitor.signed_in.csrf, verified, claims, typed, problem };
    page::render(state, status, "Settings", &visitor.around(), &content)
}

fn row(claim: DomainClaim, now: i64) -> ClaimRow {
    ClaimRow {
        name: domain::record_name(&claim.domain),
        value: domain::record_value(&claim),
        finding: claim.finding,
        checked: claim.checked_at.map(|at| time::relative(at, now)),
        domain: claim.domain,
    }
}
