//! `/tokens/clients/{client}/secrets`: secrets of the workspace's own SCIM clients. A client of the deployment is the operator's:
//! nothing here changes it.

use actix_web::web;
use vestibule_admin as admin;
use vestibule_core::{
    ids::{ClientId, WorkspaceId},
    sets::{ClientAuth, ClientKind},
};
use vestibule_store::{
    Conn, Error,
    oauth::{
        client_secrets,
        clients::{self, Client},
    },
};
use vestibule_web::pages::isolate;

use crate::{
    credentials::tokens::{
        ended::{ended, missing},
        page::{Answer, IssuedSecret, show},
    },
    layout::{
        access::Administrator, confirm::Confirm, error::PageResult, form::Form, moment::Moment,
        request::id_of,
    },
};

/// `POST /tokens/clients/{client}/secrets`: issues another secret and shows it once; the first stays valid.
pub async fn add_secret(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let issued = administrator.state().write(move |conn| {
        let Some(client) = find(conn, &workspace_id, &path)? else { return Ok(None) };
        let (_, secret) = admin::access::clients::add_secret(conn, &actor, &client)?;
        Ok(Some((client.name, secret)))
    });
    let (name, secret) = match issued.await {
        Ok(issued) => issued.ok_or_else(|| missing(&administrator))?,
        Err(Error::Conflict(_)) => {
            let problem = "there are two secrets already; end the old one first".to_owned();
            return show(&administrator, Answer::Problem(problem)).await;
        }
        Err(error) => return Err(administrator.failed(&error)),
    };
    let issued = IssuedSecret {
        title: format!("A new secret of “{}”", isolate(&name)),
        secret,
        advice: format!(
            "Copy it now: it is not shown again. Replace the old one in {} with it; both work until you end the old one below.",
            administrator.provider().name
        ),
        limit: "",
    };
    show(&administrator, Answer::Issued(issued)).await
}

/// `GET /tokens/clients/{client}/secrets/{secret}/end`: asks first.
pub async fn ask_end_secret(administrator: Administrator, path: web::Path<(String, String)>) -> PageResult {
    let (workspace_id, (client_id, secret_id)) = (administrator.workspace_id(), path.into_inner());
    let found = administrator
        .read(move |conn| {
            let Some(client) = find(conn, &workspace_id, &client_id)? else { return Ok(None) };
            let secrets = client_secrets::list(conn, &client)?;
            Ok(Some((client, secrets)))
        })
        .await?;
    let (client, secrets) = found.ok_or_else(|| missing(&administrator))?;
    let secret = secrets.iter().find(|secret| secret.secret_id == secret_id);
    let secret = secret.ok_or_else(|| missing(&administrator))?;
    let others = match secrets.len() {
        1 => format!(
            "It is the only one: {} can no longer refresh its access, and provisioning stops within the hour. Add another first.",
            administrator.provider().name
        ),
        _ => "A client that still uses it can no longer refresh its access. The other secret still works."
            .to_owned(),
    };
    let created = Moment::of(secret.created_at, administrator.state().now());
    let confirm = Confirm {
        title: format!("End a secret of “{}”?", isolate(&client.name)),
        lines: vec![format!("Created {}.", created.relative), others, "It can't be undone.".to_owned()],
        action: format!("/tokens/clients/{}/secrets/{}/end", client.client_id, secret.secret_id),
        button: "End this secret",
        back: "/tokens".to_owned(),
    };
    confirm.page(&administrator)
}

/// `POST /tokens/clients/{client}/secrets/{secret}/end`: ends it.
pub async fn end_secret(form: Form<Administrator, ()>, path: web::Path<(String, String)>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let (client_id, secret_id) = path.into_inner();
    let was_there = administrator
        .write(move |conn| {
            let Some(client) = find(conn, &workspace_id, &client_id)? else { return Ok(false) };
            admin::access::clients::end_secret(conn, &actor, &client, &id_of(&secret_id))
        })
        .await?;
    ended(&administrator, was_there)
}

/// The SCIM client of this workspace with this id, if it has secrets.
fn find(conn: &mut Conn, workspace_id: &WorkspaceId, client_id: &str) -> Result<Option<Client>, Error> {
    // Other characters are in no id, and PostgreSQL refuses some of them.
    if !client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(None);
    }
    let found = clients::find(conn, &ClientId::sent(client_id))?;
    Ok(found.filter(|client| {
        client.workspace_id == *workspace_id
            && client.kind == ClientKind::Scim
            && client.auth_method == ClientAuth::Secret
    }))
}
