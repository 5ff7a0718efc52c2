//! `/workspaces/{workspace}/domains`: email domains under which people are recognised by name, proved by DNS or verified by the operator.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::{ids::WorkspaceId, sets::OperatorScope, time::rfc3339};
use vestibule_store::{
    Conn,
    providers::{domain_claims, domains},
};
use vestibule_web::State;

use crate::{
    http::{
        answer::{Answer, Outcome},
        endpoint::{self, Call, Caller},
        problem::Problem,
    },
    types::provider::domains::{Domain, NewDomain},
};

/// `GET /workspaces/{workspace}/domains`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let items = list_all(conn, &workspace_id)?;
        paging.respond(caller, items)
    })
    .await
}

/// `POST /workspaces/{workspace}/domains`: claims one; returns the TXT record that proves it.
pub async fn claim(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let new: NewDomain = caller.body()?;
        let domain = admin::provider::domains::name::normalise(&new.domain)
            .map_err(|sentence| Problem::field("domain", sentence))?;
        let claim = admin::provider::domains::claim(conn, &caller.actor, &workspace_id, &domain)?;
        Answer::created(Domain::from(&claim))
    })
    .await
}

/// `POST /workspaces/{workspace}/domains/{domain}/check`: asks DNS for the record of a claimed domain.
pub async fn check(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, check_record).await
}

async fn check_record(call: &Call, state: &State) -> Outcome {
    let find = |conn: &mut Conn, caller: &Caller<'_>| {
        caller.query(&[])?;
        caller.no_body()?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let claim = domain_claims::find(conn, &workspace_id, &domain_in_path(caller)?)?;
        claim.ok_or(Problem::NotFound)
    };
    let claim = match call.read(OperatorScope::Write, find).await {
        Ok(claim) => claim,
        // A claim that was proved meanwhile is gone; a repeated request still gets its first answer.
        Err(Problem::NotFound) => return call.change(|_, _| Err(Problem::NotFound)).await,
        Err(problem) => return Err(problem),
    };
    let finding = admin::provider::domains::ask(state.config().sign_in.dns_server, &claim).await;
    call.change(move |conn, caller| {
        admin::provider::domains::apply(conn, &caller.actor, &claim, &finding)?;
        answer_with(conn, &claim.workspace_id, &claim.domain)
    })
    .await
}

/// `POST /workspaces/{workspace}/domains/{domain}/vouch`: verified at once, without a record.
pub async fn vouch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let domain = domain_in_path(caller)?;
        admin::provider::domains::vouch(conn, &caller.actor, &workspace_id, &domain)?;
        answer_with(conn, &workspace_id, &domain)
    })
    .await
}

/// `DELETE /workspaces/{workspace}/domains/{domain}`
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        if !admin::provider::domains::remove(conn, &caller.actor, &workspace_id, &domain_in_path(caller)?)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

/// The domain in the path. A text that is no domain names none.
fn domain_in_path(caller: &Caller<'_>) -> Result<String, Problem> {
    admin::provider::domains::name::normalise(caller.segment("domain")).map_err(|_| Problem::NotFound)
}

/// Answers with one domain as it is now.
fn answer_with(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Outcome {
    let found = list_all(conn, workspace_id)?.into_iter().find(|(name, _)| name == domain);
    found.map_or(Err(Problem::NotFound), |(_, domain)| Answer::ok(domain))
}

/// The verified domains, then those that are only claimed, each by its name.
fn list_all(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<(String, Domain)>, Problem> {
    let verified = domains::list_all(conn, workspace_id)?.into_iter().map(|row| {
        let domain = Domain {
            domain: row.domain.clone(),
            verified: row.lapsed_at.is_none(),
            by: Some(row.verified_by.to_string()),
            record: None,
            checked_at: None,
            finding: String::new(),
            missing_since: row.missing_since.map(rfc3339),
        };
        (row.domain, domain)
    });
    let mut items: Vec<_> = verified.collect();
    let claims = domain_claims::list(conn, workspace_id)?;
    items.extend(claims.iter().map(|claim| (claim.domain.clone(), Domain::from(claim))));
    Ok(items)
}
