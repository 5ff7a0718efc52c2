//! `/account/apps`: the apps that may act for the signed-in person without a browser, and ending that permission.

use actix_web::web;
use vestibule_admin::access::grants;
use vestibule_core::{
    ids::GrantId,
    time::{self, Micros},
};
use vestibule_store::{access::tokens::exchanged::Exchanged, oauth::grants::Grant};

use crate::layout::{access::SignedInPerson, error::PageResult, form::Form, short_list::ShortList};

/// A row of the list of apps.
pub(crate) struct AppRow {
    pub id: String,
    pub name: String,
    pub scope: String,
    /// The one server that the permission is for; empty: not limited to one.
    pub resource: String,
    pub given: String,
    pub given_exact: String,
    /// When an assertion of the person's provider was last accepted; `None` for an app that is no AI client.
    pub asserted: Option<String>,
    /// The agent that the assertion names; empty: none.
    pub agent: String,
    /// For a service that acts by token exchange: the app whose permission it uses.
    pub through: Option<String>,
}

impl AppRow {
    pub(crate) fn of((grant, name): (Grant, String), now: Micros) -> Self {
        Self {
            id: grant.grant_id.into_string(),
            name,
            scope: grant.scope,
            resource: grant.resource,
            given: time::relative(grant.created_at, now),
            given_exact: time::rfc3339(grant.created_at),
            asserted: grant.asserted_at.map(|at| time::relative(at, now)),
            agent: grant.agent.unwrap_or_default(),
            through: None,
        }
    }

    /// The row of a service that acts by token exchange. Its id is that of the service's newest token.
    pub(crate) fn of_exchange(exchanged: Exchanged, now: Micros) -> Self {
        let Exchanged { token, service, app } = exchanged;
        Self {
            id: token.token_id,
            name: service,
            scope: token.scope,
            resource: token.resource,
            given: time::relative(token.created_at, now),
            given_exact: time::rfc3339(token.created_at),
            asserted: None,
            agent: String::new(),
            through: Some(app),
        }
    }

    /// The rows of a person: grants first, then what services have from exchanges.
    pub(crate) fn all(
        grants: Vec<(Grant, String)>,
        exchanged: Vec<Exchanged>,
        now: Micros,
    ) -> ShortList<Self> {
        let rows = grants.into_iter().map(|grant| Self::of(grant, now));
        let exchanged = exchanged.into_iter().map(|one| Self::of_exchange(one, now));
        ShortList::of(rows.chain(exchanged).collect(), |row| row)
    }
}

/// `POST /account/apps/{id}/end`: ends the permission and every token under it, or what a service has from exchanges.
pub async fn end(form: Form<SignedInPerson, ()>, path: web::Path<String>) -> PageResult {
    let person = form.visitor;
    let (user, actor) = (person.signed_in.user.clone(), person.actor());
    if let Some(grant_id) = GrantId::parse(&path) {
        person.write(move |conn| grants::end_of_user(conn, &actor, &user, &grant_id)).await?;
    }
    Ok(person.redirect("/account"))
}
