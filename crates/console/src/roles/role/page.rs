//! The page `/roles/{id}`: the role and the people who have it, a page at a time.

use actix_web::web;
use askama::Template;
use vestibule_admin::rights::roles::check_deletable;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    providers::Provider,
};
use vestibule_store::{
    Conn, Error,
    people::users::{self, UserSummary},
    rights::roles::{self, Effective, OWNER, Role, effective::effective, holders::HolderFilter},
};

use crate::{
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        pager, role_source,
        visitor::Visitor,
    },
    roles::catalog::{Catalog, RuleView},
};

#[derive(Template)]
#[template(path = "role.html")]
struct RolePage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    is_default: bool,
    /// Whether the visitor may switch whether Okta may assign the role.
    may_set_ceiling: bool,
    is_deletable: bool,
    role: Role,
    rules: Vec<RuleView>,
    /// People who have it, with the sources in words.
    people: Vec<(UserSummary, String)>,
    path: String,
    /// The id after which this page of people begins; empty: the first page.
    from: String,
    /// The id after which the next page begins; empty: this is the last.
    next: String,
    saved: bool,
    problem: String,
}

/// `GET /roles/{id}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    show(&reader, path.into_inner(), String::new()).await
}

/// Renders the page, with the problem of a form if it had one.
pub(super) async fn show(visitor: &Visitor, role_id: String, problem: String) -> PageResult {
    let query = visitor.query()?;
    let (workspace_id, after) = (visitor.workspace_id(), query.text("after").to_owned());
    let (from, provider) = (after.clone(), visitor.provider());
    let found = visitor
        .read(move |conn| {
            let Some(role) = find(conn, &workspace_id, &role_id)? else { return Ok(None) };
            let mut ids =
                HolderFilter::holders(conn, &role)?.page(conn, &workspace_id, &after, pager::COUNT + 1)?;
            let next = pager::next_of(&mut ids);
            let catalog = Catalog::read(conn, &workspace_id)?;
            Ok(Some((people(conn, &role, &ids, provider)?, next, catalog, role)))
        })
        .await?;
    let (people, next, catalog, role) = found.ok_or_else(|| missing(visitor))?;
    let title = role.display_name.clone();
    let content = RolePage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        may_set_ceiling: role.role_id != OWNER || visitor.is_owner(),
        is_default: role.role_id == visitor.workspace().default_role,
        is_deletable: check_deletable(visitor.workspace(), &role).is_ok(),
        rules: catalog.rules_giving(&role.role_id).map(|rule| catalog.view(rule)).collect(),
        people,
        path: format!("/roles/{}", role.role_id),
        from,
        next,
        saved: query.get("saved").is_some() && problem.is_empty(),
        problem,
        role,
    };
    visitor.form_page(&title, !content.problem.is_empty(), &content)
}

/// These people, each with the sources of the role in words.
fn people(
    conn: &mut Conn,
    role: &Role,
    ids: &[UserId],
    provider: &Provider,
) -> Result<Vec<(UserSummary, String)>, Error> {
    let workspace_id = &role.workspace_id;
    let mut own = roles::own(conn, workspace_id, ids)?;
    let mut grounds = roles::shared(conn, workspace_id)?;
    let mut people = Vec::new();
    for summary in users::summaries(conn, workspace_id, ids)? {
        grounds = grounds.of(own.remove(&summary.user_id).unwrap_or_default());
        let Effective { roles, .. } = effective(&grounds);
        let of_role = roles.iter().filter(|one| one.role_id == role.role_id);
        let sources: Vec<String> = of_role.map(|one| role_source::words(&one.source, provider)).collect();
        people.push((summary, sources.join(", ")));
    }
    Ok(people)
}

/// The role with exactly this id.
pub(super) fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    role_id: &str,
) -> Result<Option<Role>, Error> {
    Ok(roles::list(conn, workspace_id)?.into_iter().find(|role| role.role_id == role_id))
}

pub(super) fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("No role is at this address", "Look for the role on the page Roles.")
}
