//! `POST /integrations/okta/connections/{connection}/domains`: the email domains whose people sign in through a connection. Both kinds of
//! connections have this form on their page.

use actix_web::web;
use vestibule_admin::provider::connection_domains;
use vestibule_core::ids::ConnectionId;
use vestibule_store::providers::connections;
use vestibule_web::{http::input::Parameters, pages::Refused};

use crate::layout::{
    access::Administrator,
    error::{PageError, PageResult},
    form::{Fields, Form},
    visitor::Visitor,
};

/// The domains as typed.
pub struct Domains(Vec<String>);

impl Fields for Domains {
    fn read(form: &Parameters) -> Self {
        let typed = form.text("domains").split(|letter: char| letter.is_whitespace() || letter == ',');
        Self(typed.filter(|domain| !domain.is_empty()).map(str::to_owned).collect())
    }
}

/// Saves the domains and redirects to the connection's page.
pub async fn post(form: Form<Administrator, Domains>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: Domains(domains) } = form;
    let id = ConnectionId::parse(&path).ok_or_else(|| missing(&administrator))?;
    let (workspace_id, actor, wanted) = (administrator.workspace_id(), administrator.actor(), id.clone());
    let saved = administrator
        .change_on(missing, move |conn| {
            connection_domains::set(conn, &actor, &workspace_id, &wanted, &domains)?;
            Ok(connections::find(conn, &workspace_id, &wanted)?.is_some())
        })
        .await?;
    match saved {
        Ok(is_oidc) => {
            let kind = if is_oidc { "oidc" } else { "saml" };
            Ok(administrator.redirect(&format!("/integrations/okta/{kind}/{id}?saved=1")))
        }
        Err(problem) => Err(administrator.refuse(
            Refused::new(
                actix_web::http::StatusCode::UNPROCESSABLE_ENTITY,
                "Nothing was changed",
                format!("The {problem}."),
            )
            .advise("Go back and correct the domains.")
            .refer(administrator.id()),
        )),
    }
}

fn missing(visitor: &Visitor) -> PageError {
    visitor
        .missing("This connection is not here", &format!("Look for it on {}.", visitor.provider().the_page()))
}
