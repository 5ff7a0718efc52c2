//! `/integrations/okta/oidc/{connection}/delete`: deletes an OpenID Connect connection. A page asks first.

use actix_web::web;
use vestibule_admin::provider::connection;
use vestibule_web::pages::isolate;

use crate::{
    layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form},
    provider::oidc::{
        change::{PATH, change, id_of, missing, read},
        connection::{Shown, show},
    },
};

/// `GET /integrations/okta/oidc/{connection}/delete`
pub async fn ask(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let id = id_of(&administrator, &path)?;
    let (workspace_id, wanted) = (administrator.workspace_id(), id.clone());
    let (found, _) = administrator.read_on(missing, move |conn| read(conn, &workspace_id, &wanted)).await?;
    let confirm = Confirm {
        title: "Delete this OpenID Connect connection?".to_owned(),
        lines: vec![
            found.name,
            format!("Nobody can sign in through {} any more, and its Universal Logout ends nobody's access.", isolate(&found.issuer)),
            "Its client secret is deleted. People who are signed in stay signed in, and their links to this provider stay: if you add the same provider again, it recognizes them.".to_owned(),
            "To stop it for a while, switch it off instead.".to_owned(),
        ],
        action: format!("{PATH}/{id}/delete"),
        button: "Delete this connection",
        back: format!("{PATH}/{id}"),
    };
    confirm.page(&administrator)
}

/// `POST /integrations/okta/oidc/{connection}/delete`
pub async fn delete(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let administrator = form.visitor;
    let id = id_of(&administrator, &path)?;
    let deleted = change(&administrator, id.clone(), |conn, actor, connection| {
        connection::delete(conn, actor, &connection.workspace_id, &connection.connection_id)
    });
    match deleted.await? {
        Ok(()) => Ok(administrator.redirect("/integrations/okta?oidc_deleted=1#saml")),
        Err(problem) => show(&administrator, id, Shown { problem, ..Shown::default() }).await,
    }
}
