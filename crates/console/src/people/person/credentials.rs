//! `/people/{id}/sessions|apps|tokens/…`: ends one session, app or API token of a person.

use actix_web::web;
use vestibule_admin::{
    Actor,
    access::{api_tokens, grants, sessions},
};
use vestibule_core::ids::{GrantId, SessionId};
use vestibule_store::{
    Error, Tx,
    access::sessions::SessionFilter,
    people::users::{self, User},
};

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form},
    people::person::nobody::{nobody, user_id_of},
};

/// `POST /people/{id}/sessions/{session}/end`: ends one of their sessions.
pub async fn end_session(form: Form<Administrator, ()>, path: web::Path<(String, String)>) -> PageResult {
    let (user_id, session_id) = path.into_inner();
    end(&form.visitor, &user_id, move |conn, actor, user| {
        let Some(session_id) = SessionId::parse(&session_id) else { return Ok(()) };
        sessions::end(conn, actor, user, SessionFilter::One(&session_id)).map(drop)
    })
    .await
}

/// `POST /people/{id}/apps/{grant}/end`: ends the permission of an app to act for them.
pub async fn end_app(form: Form<Administrator, ()>, path: web::Path<(String, String)>) -> PageResult {
    let (user_id, grant_id) = path.into_inner();
    end(&form.visitor, &user_id, move |conn, actor, user| {
        let Some(grant_id) = GrantId::parse(&grant_id) else { return Ok(()) };
        grants::end_of_user(conn, actor, user, &grant_id).map(drop)
    })
    .await
}

/// `POST /people/{id}/tokens/{token}/revoke`: revokes one of their API tokens.
pub async fn revoke_token(form: Form<Administrator, ()>, path: web::Path<(String, String)>) -> PageResult {
    let (user_id, token_id) = path.into_inner();
    end(&form.visitor, &user_id, move |conn, actor, user| {
        api_tokens::revoke(conn, actor, user, &token_id).map(drop)
    })
    .await
}

/// Runs the job on a person of the administrator's workspace, then redirects to the person's page.
async fn end(
    administrator: &Administrator,
    user_id: &str,
    job: impl FnOnce(&mut Tx<'_>, &Actor, &User) -> Result<(), Error> + Send + 'static,
) -> PageResult {
    let user_id = user_id_of(administrator, user_id)?;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let page = format!("/people/{user_id}?ended=1");
    administrator
        .write_on(nobody, move |conn| {
            let user = users::get(conn, &workspace_id, &user_id)?;
            job(conn, &actor, &user)
        })
        .await?;
    Ok(administrator.redirect(&page))
}
