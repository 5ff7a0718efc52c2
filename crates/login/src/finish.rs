//! The end of a sign-in by either protocol: redirects the browser, ends its session in another workspace, and records a refusal.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;
use vestibule_core::{
    ids::WorkspaceId,
    sets::{CountKind, EventKind, SessionEndReason},
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Error, Tx,
    access::{secrets::Presented, sessions},
    trail::events::{
        self, Cause, Target,
        kinds::{SessionEnded, SignInRefused},
    },
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{redirect, request, return_to, session},
    observe::inspect,
};

use crate::{
    arrive,
    person::{Protocol, Started},
    refusal::Refusal,
};

/// Finds the workspace of a sign-in.
pub(crate) async fn workspace(state: &State, workspace_id: &WorkspaceId) -> Result<Workspace, Refusal> {
    let (workspace_id, region) = (workspace_id.clone(), state.config().region.name.clone());
    let workspace = state.read(move |conn| workspaces::find(conn, &workspace_id, &region)).await?;
    let workspace = workspace.ok_or(Refusal::Spent)?;
    match workspace.suspended_at {
        Some(_) => Err(Refusal::Suspended(workspace.name)),
        None => Ok(workspace),
    }
}

/// Runs the transaction of a sign-in. If another first sign-in of the same person was quicker, the unique constraints refuse this one, and
/// nothing was written: it runs once more, and finds the person.
pub(crate) async fn transaction<T, E>(
    state: &State,
    job: impl Fn(&mut Tx<'_>) -> Result<T, E> + Clone + Send + 'static,
    is_conflict: fn(&E) -> bool,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    match state.write_access(job.clone()).await {
        Err(error) if is_conflict(&error) => state.write_access(job).await,
        done => done,
    }
}

/// Answers with the cookie of the started session, and redirects to the return URL of the sign-in. `former` is the cookie that this browser
/// had before: its session in another workspace ends.
pub(crate) async fn signed_in(
    req: &HttpRequest,
    state: &State,
    workspace_id: &WorkspaceId,
    started: Started,
    (former, return_to): (Option<Presented>, String),
    now: Micros,
) -> Result<HttpResponse, Refusal> {
    let Started { cookie, ends_at, user_id, by } = started;
    let note = inspect::of(req);
    note.understood("recognised_by", || by.into());
    note.changed(|| json!({ "signed in": format!("Users/{user_id}"), "until": rfc3339(ends_at) }));
    tracing::info!(workspace = %workspace_id, "login.completed");
    state.counts().note(workspace_id, CountKind::SignedIn, now);
    if let Some(former) = former.filter(|former| former.workspace_id != *workspace_id) {
        end_former(req, state, former, now).await?;
    }
    let cookie = session::cookie(state, cookie, ends_at, now);
    Ok(to_return_to(state, return_to)?.cookie(cookie).finish())
}

/// Ends the session that this browser had in another workspace, because the new cookie replaces its cookie.
async fn end_former(req: &HttpRequest, state: &State, former: Presented, now: Micros) -> Result<(), Refusal> {
    let request_id = request::id(req);
    let left = state.write_access(move |conn| {
        let Some((session, user)) = sessions::find_live(conn, &former, now)? else { return Ok(()) };
        sessions::end(conn, &former, now)?;
        let cause = Cause::new(user.target(), request_id);
        let data = SessionEnded {
            sessions: std::slice::from_ref(&session.session_id),
            reason: SessionEndReason::SignedInElsewhere,
            issuer: None,
            jti: None,
        };
        events::record(conn, &user.workspace_id, &cause, user.target(), &data, now)?;
        Ok::<_, Error>(())
    });
    Ok(left.await?)
}

/// Handles an answer of the provider that is opened again, by going back or reloading: while the session that it started is live in this
/// browser, redirects to the return URL of that sign-in. Changes nothing.
pub(crate) async fn repeated(
    req: &HttpRequest,
    state: &State,
    login: Presented,
) -> Result<Option<HttpResponse>, Refusal> {
    let Some(signed_in) = session::find(state, req).await? else { return Ok(None) };
    if signed_in.user.workspace_id != login.workspace_id {
        return Ok(None);
    }
    let region = state.config().region.name.clone();
    let found = state.read(move |conn| {
        let led_to = sessions::led_to(conn, &signed_in.session, &login)?;
        Ok::<_, Error>((led_to, workspaces::find(conn, &login.workspace_id, &region)?))
    });
    let (Some(led_to), Some(workspace)) = found.await? else { return Ok(None) };
    // The workspace may have removed the origin since.
    let safe = return_to::safe(&state.config().region, &workspace.origins(), &led_to);
    let return_to = safe.unwrap_or_else(|| state.app_url("/account"));
    inspect::of(req).understood("opened_again", || "the session that it started is live".into());
    Ok(Some(to_return_to(state, return_to)?.finish()))
}

/// Redirects to the return URL of the sign-in.
fn to_return_to(state: &State, return_to: String) -> Result<HttpResponseBuilder, Refusal> {
    Ok(redirect::see_other(&arrive::url_after_sign_in(state, return_to)?))
}

/// Records a refusal and renders its page. Anybody can cause a refusal without a signature of the provider, so each reason of such a
/// refusal (in SAML, each check) is recorded at most once a minute. The request inspector has all of them.
pub(crate) async fn refuse(
    req: &HttpRequest,
    state: &State,
    (workspace_id, issuer): (&WorkspaceId, &str),
    (protocol, is_signed): (Protocol, bool),
    refusal: &Refusal,
) -> Result<HttpResponse, Refusal> {
    const REFUSED: &str = EventKind::SignInRefused.as_str();
    refusal.inspect(&inspect::of(req));
    state.counts().note(workspace_id, CountKind::SignInRefused, state.now());
    let reason = match refusal.bare() {
        Refusal::Saml { check, .. } => check,
        other => other.name(),
    };
    let may_record = is_signed || state.limits().may_record(workspace_id, REFUSED, reason);
    let reference = if may_record {
        record_refusal(req, state, (workspace_id, issuer), protocol, refusal).await?
    } else {
        request::id(req)
    };
    Ok(refusal.page(state, &reference))
}

/// Records a refusal without a subject, because no person is recognised yet. Returns the id of the event, the reference on the page.
async fn record_refusal(
    req: &HttpRequest,
    state: &State,
    (workspace_id, issuer): (&WorkspaceId, &str),
    protocol: Protocol,
    refusal: &Refusal,
) -> Result<String, Refusal> {
    let cause = request::cause(req, protocol.actor());
    let (reason, detail, issuer) = (refusal.name(), refusal.detail(), issuer.to_owned());
    let (workspace_id, now) = (workspace_id.clone(), state.now());
    Ok(state
        .write(move |conn| {
            let data = SignInRefused { reason, detail: &detail, issuer: &issuer, subject: None };
            events::record(conn, &workspace_id, &cause, Target::Connection, &data, now)
        })
        .await?)
}
