//! The page `/people/{id}`.

use actix_web::web;
use askama::Template;
use vestibule_core::{ids::UserId, providers::Provider};

use crate::{
    layout::{access::Reader, error::PageResult, visitor::Visitor},
    people::person::{
        access::Since,
        nobody::user_id_of,
        read::Person,
        role_choice::{RoleChoice, role_choices},
    },
};

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    person: Person,
    role_choices: Vec<RoleChoice>,
    /// Whether something of the person was just ended.
    ended: bool,
    /// Whether the roles were just saved.
    saved: bool,
    /// Whether the `externalId` was just freed.
    freed: bool,
    problem: String,
}

/// `GET /people/{id}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    let user_id = user_id_of(&reader, &path)?;
    show(&reader, &user_id, String::new()).await
}

/// Renders the page, with the problem of a form if it had one.
pub(super) async fn show(visitor: &Visitor, user_id: &UserId, problem: String) -> PageResult {
    let person = Person::find(visitor, user_id).await?;
    let title = person.user.greeting().to_owned();
    let content = PersonPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        role_choices: role_choices(&person.all_roles, &person.effective, visitor.is_owner()),
        person,
        ended: visitor.query_is("ended=1"),
        saved: visitor.query_is("saved=1"),
        freed: visitor.query_is("freed=1"),
        problem,
    };
    visitor.form_page(&title, !content.problem.is_empty(), &content)
}
