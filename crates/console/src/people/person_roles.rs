//! `POST /people/{id}/roles`: the roles an administrator gives somebody by hand. What comes from Okta, through groups or by default is
//! not changed here; only an owner makes or unmakes one, and the last stays.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, refusal};
use vestibule_store::{
    Error,
    rights::roles::{Effective, OWNER, Role},
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
    let actor = visitor.actor(&req, state.now());
    let saved = state.write(move |conn| {
        admin::assignments::replace_manual_roles(conn, &actor, (&workspace_id, &who), &wanted)
    });
    match refusal::sentence(saved.await) {
        Ok(Ok(())) => auth::redirect(state.app_url(&format!("/people/{user_id}?saved=1"))),
        Ok(Err(problem)) => person::show(&req, &state, &user_id, problem).await,
        Err(Error::NotFound) => person::nobody(&req, &state),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
