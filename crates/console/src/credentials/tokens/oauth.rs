//! The OAuth side of `/tokens`: a second secret of the workspace's own SCIM client, the end of one, and the end of what was
//! granted to Okta. The deployment's client is the operator's: nothing here touches it.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::sets::{ClientAuth, ClientKind};
use vestibule_store::{
    Conn, Error,
    oauth::{
        client_secrets,
        clients::{self, Client},
        grants,
    },
};
use vestibule_web::{State, http::request, pages};

use super::{Form, Made, ended, gone, show};
use crate::{
    account::sessions::Moment,
    layout::{auth, confirm::Confirm},
};

/// `POST /tokens/clients/{client}/secrets`: one beside the one that is there, shown once.
pub async fn add_secret(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let made = state.write(move |conn| {
        let Some(client) = own(conn, &workspace_id, &path)? else { return Ok(None) };
        let (_, secret) = admin::clients::add_secret(conn, &actor, &client)?;
        Ok(Some((client.name, secret)))
    });
    match made.await {
        Ok(Some((name, secret))) => {
            let advice = "Copy it now: it is not shown again. Put it in Okta in the place of the old one; both work until you end the old one below.";
            let title = format!("A new secret of “{}”", pages::isolate(&name));
            let made = Made { title, secret, advice, limit: "" };
            show(&req, &state, &visitor, Some(made), Form::fresh(), String::new()).await
        }
        Ok(None) => gone(&req, &state),
        Err(Error::Conflict(_)) => {
            let problem = "two secrets work already; end the old one first".to_owned();
            show(&req, &state, &visitor, None, Form::fresh(), problem).await
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `GET /tokens/clients/{client}/secrets/{secret}/end`: asks first.
pub async fn ask_end_secret(
    req: HttpRequest,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let visitor = match auth::administrator(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let (workspace_id, (client_id, secret_id)) = (visitor.workspace.workspace_id.clone(), path.into_inner());
    let found = state.read(move |conn| {
        let Some(client) = own(conn, &workspace_id, &client_id)? else { return Ok(None) };
        let secrets = client_secrets::list(conn, &client)?;
        Ok::<_, Error>(Some((client, secrets, secret_id)))
    });
    let (client, secrets, secret_id) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return gone(&req, &state),
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let Some(secret) = secrets.iter().find(|secret| secret.secret_id == secret_id) else {
        return gone(&req, &state);
    };
    let others = match secrets.len() {
        1 => {
            "It is the only one: Okta can't refresh its access any more, and provisioning stops within the hour. Make another first."
        }
        _ => "Whoever still proves itself by it can't refresh its access any more. The other secret goes on.",
    };
    let made = Moment::of(secret.created_at, state.now());
    let confirm = Confirm {
        csrf: &visitor.signed_in.csrf,
        title: format!("End a secret of “{}”?", pages::isolate(&client.name)),
        lines: vec![
            format!("The one made {}.", made.told),
            others.to_owned(),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/tokens/clients/{}/secrets/{}/end", client.client_id, secret.secret_id),
        button: "End this secret",
        back: "/tokens".to_owned(),
    };
    confirm.page(&state, &visitor)
}

/// `POST /tokens/clients/{client}/secrets/{secret}/end`: ends it.
pub async fn end_secret(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let (client_id, secret_id) = path.into_inner();
    let done = state.write(move |conn| {
        let Some(client) = own(conn, &workspace_id, &client_id)? else { return Ok(false) };
        admin::clients::end_secret(conn, &actor, &client, &auth::id_of(&secret_id))
    });
    ended(&req, &state, done.await)
}

/// `GET /tokens/grants/{grant}/end`: asks first.
pub async fn ask_end_grant(
    req: HttpRequest,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let visitor = match auth::administrator(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let workspace_id = visitor.workspace.workspace_id.clone();
    let found = state.read(move |conn| granted(conn, &workspace_id, &path));
    let (grant_id, client, at) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return gone(&req, &state),
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let confirm = Confirm {
        csrf: &visitor.signed_in.csrf,
        title: format!("End what “{client}” was granted?"),
        lines: vec![
            format!("Approved {}.", Moment::of(at, state.now()).told),
            "Every token under it ends at once: nobody is created, changed or deactivated any more, until an administrator connects \
             Okta again (in Okta: Provisioning › Integration › Re-authenticate). People stay as they are."
                .to_owned(),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/tokens/grants/{grant_id}/end"),
        button: "End this connection",
        back: "/tokens".to_owned(),
    };
    confirm.page(&state, &visitor)
}

/// `POST /tokens/grants/{grant}/end`: ends it, with every token under it.
pub async fn end_grant(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let done = state.write(move |conn| match granted(conn, &workspace_id, &path)? {
        Some((id, ..)) => admin::grants::end(conn, &actor, &workspace_id, &id),
        None => Ok(false),
    });
    ended(&req, &state, done.await)
}

/// A SCIM client of this workspace itself.
fn own(conn: &mut Conn, workspace_id: &str, client_id: &str) -> Result<Option<Client>, Error> {
    // Others would not be a database's text.
    if !client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(None);
    }
    let found = clients::find(conn, client_id)?;
    Ok(found.filter(|client| {
        client.workspace_id == workspace_id
            && client.kind == ClientKind::Scim
            && client.auth_method == ClientAuth::Secret
    }))
}

/// What was granted to a SCIM client here and lives: its id, the client's name, and when. A person's own is theirs to end.
fn granted(
    conn: &mut Conn,
    workspace_id: &str,
    grant_id: &str,
) -> Result<Option<(String, String, i64)>, Error> {
    let list = grants::list_of_scim(conn, workspace_id)?;
    let found = list.into_iter().find(|(grant, _)| grant.grant_id == grant_id);
    Ok(found.map(|(grant, client)| (grant.grant_id, client, grant.created_at)))
}
