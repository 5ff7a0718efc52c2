//! `POST /people/{id}/roles`: the roles an administrator gives somebody by hand. What comes from Okta, through groups or by default is
//! not changed here; only an owner makes or unmakes one, and the last stays.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    access_rules,
    workspaces::{self, Refusal},
};
use vestibule_store::{
    Conn, Error,
    people::users,
    rights::roles::{self, Effective, OWNER, Role},
};
use vestibule_web::{State, http::request, pages};

use crate::{layout::auth, people::person};

/// A role as the form offers it.
pub(crate) struct Choice {
    pub id: String,
    pub name: String,
    pub about: String,
    pub ticked: bool,
    pub barred: bool,
}

/// The roles to give by hand to who holds these.
pub(crate) fn choices(known: &[Role], effective: &Effective, by_owner: bool) -> Vec<Choice> {
    let by_hand = |role: &Role| {
        effective.roles.iter().any(|held| held.role_id == role.role_id && held.source.is_manual())
    };
    let choice = |role: &Role| Choice {
        ticked: by_hand(role),
        barred: role.role_id == OWNER && !by_owner,
        id: role.role_id.clone(),
        name: role.display_name.clone(),
        about: role.description.clone(),
    };
    known.iter().map(choice).collect()
}

/// Gives and takes.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, sent) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let ticked = sent.names().filter_map(|name| name.strip_prefix("role.")).map(str::to_owned);
    let (wanted, user_id): (Vec<String>, _) = (ticked.collect(), path.into_inner());
    let (workspace_id, who) = (visitor.workspace.workspace_id.clone(), user_id.clone());
    let (by_owner, cause, now) = (visitor.signed_in.is_owner(), visitor.cause(&req), state.now());
    let saved = state.write(move |conn| {
        let user = users::get_locked(conn, &workspace_id, &who)?;
        access_rules::kept_administered(conn, &workspace_id, |conn| {
            let before = by_hand(conn, &workspace_id, &who)?;
            access_rules::may_own(by_owner, &before, &wanted)?;
            let known = roles::list(conn, &workspace_id)?;
            if wanted.iter().any(|id| !known.iter().any(|role| role.role_id == *id)) {
                return Err(Refusal::Conflict("a role was deleted meanwhile; choose again".to_owned()));
            }
            // Nothing to tell where nothing changes.
            if before.len() == wanted.len() && before.iter().all(|id| wanted.contains(id)) {
                return Ok(());
            }
            Ok(workspaces::set_manual_roles(conn, &user, &wanted, &cause, now)?)
        })
    });
    match access_rules::sentence(saved.await) {
        Ok(Ok(())) => auth::redirect(state.app_url(&format!("/people/{user_id}?saved=1"))),
        Ok(Err(problem)) => person::show(&req, &state, &user_id, problem).await,
        Err(Error::NotFound) => person::nobody(&req, &state),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// The ids of the roles given by hand.
fn by_hand(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<String>, Error> {
    let held = roles::effective(conn, workspace_id, user_id)?.roles;
    Ok(held.into_iter().filter(|held| held.source.is_manual()).map(|held| held.role_id).collect())
}
