//! What is done with users, inside the caller's transaction and after admission: knows documents and rows, not HTTP.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use vestibule_core::names::Named;
use vestibule_scim_engine::{
    budget::Budget,
    document::{check_growth, normalise_user, sync_schemas},
    names,
    patch::Prepared,
};
use vestibule_store::{
    Conn,
    people::users::{self, Around, User},
    search::Key,
};
use vestibule_web::{
    State,
    observe::inspect::{self, redact},
};

use crate::{
    http::{
        answer::{Answer, ScimError, check_version, stored_id},
        auth::Provisioner,
        endpoint::Outcome,
        inspector, render,
    },
    provision::{self, Created},
    query::{self, List, Projection, cursor},
};

/// A page of users.
pub(crate) fn list(conn: &mut Conn, provisioner: &Provisioner, list: &List, state: &State) -> Outcome {
    let (total, page, next) =
        query::run(&[list], conn, provisioner, state, |conn| page(conn, provisioner, list))?;
    Ok(Answer::list(&list.envelope(state, total, next), &page))
}

/// The same, unwrapped: how many there are, the page as JSON texts, and the place of its last one if others follow.
pub(crate) fn page(
    conn: &mut Conn,
    provisioner: &Provisioner,
    list: &List,
) -> Result<(i64, Vec<String>, Option<Key>), ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let found = users::list(conn, workspace_id, &list.page())?;
    let (shown, more) = list.shown(found.resources.len());
    let page: Vec<&User> = found.resources.iter().take(shown).collect();
    let ids: Vec<String> = page.iter().map(|user| user.user_id.clone()).collect();
    let around = users::around(conn, workspace_id, &ids)?;
    let alone = Around::default();
    let resources = page
        .iter()
        .map(|user| {
            let document = render::user(provisioner, user, around.get(&user.user_id).unwrap_or(&alone));
            serde_json::to_string(&list.projection.show(document, &provisioner.users)).unwrap_or_default()
        })
        .collect();
    let next = page.last().filter(|_| more).map(|user| cursor::place_of_user(user, list.sort.as_ref()));
    Ok((found.total, resources, next))
}

/// The document of a body, for [`create`] and [`replace`]: made before their transaction.
///
/// # Errors
/// `invalidSyntax`, `invalidValue`.
pub(crate) fn document(provisioner: &Provisioner, body: &Value) -> Result<Map<String, Value>, ScimError> {
    inspector::document(&provisioner.note, body);
    Ok(normalise_user(body, &provisioner.users)?)
}

/// A new user.
pub(crate) fn create(
    conn: &mut Conn,
    provisioner: &Provisioner,
    document: Map<String, Value>,
    projection: &Projection,
) -> Outcome {
    check_growth(&Map::new(), &document, &provisioner.users)?;
    check_name(None, &document)?;
    let (user, accompanied) = match provision::create(conn, provisioner, &document)? {
        Created::New(user, accompanied) => (user, accompanied),
        Created::Known { user_id, returns } => {
            let mut document = document;
            if returns {
                document.entry("active").or_insert(Value::Bool(true));
            }
            return adopt(conn, provisioner, &user_id, document, projection);
        }
    };
    tracing::debug!("scim.user_created");
    provisioner.note.changed(|| {
        json!({ "created": format!("Users/{}", user.user_id), "after": redact::redacted_document(&document) })
    });
    let around = match accompanied {
        true => users::around_one(conn, &provisioner.workspace_id, &user.user_id)?,
        false => Around::default(),
    };
    Ok(answer(provisioner, &user, &around, StatusCode::CREATED, projection))
}

/// A user who is here already, without SCIM or deactivated by it, and whom it keeps from now on: one user, one id, nothing for Okta
/// to repeat.
fn adopt(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    document: Map<String, Value>,
    projection: &Projection,
) -> Outcome {
    let says_active = says_active(&document);
    let to = |before: &Map<String, Value>| Ok(with_active(document, before));
    let (user, around) = changed(conn, provisioner, id, None, says_active, to)?;
    tracing::debug!("scim.user_adopted");
    Ok(answer(provisioner, &user, &around, StatusCode::CREATED, projection))
}

/// One user.
pub(crate) fn get(conn: &mut Conn, provisioner: &Provisioner, id: &str, projection: &Projection) -> Outcome {
    let user = users::get(conn, &provisioner.workspace_id, &stored_id(id, "user")?)?;
    let around = users::around_one(conn, &provisioner.workspace_id, &user.user_id)?;
    Ok(answer(provisioner, &user, &around, StatusCode::OK, projection))
}

/// A user as the document says.
pub(crate) fn replace(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    document: Map<String, Value>,
    projection: &Projection,
) -> Outcome {
    let says_active = says_active(&document);
    change(conn, provisioner, id, version, projection, says_active, |before| {
        check_growth(before, &document, &provisioner.users)?;
        Ok(with_active(document, before))
    })
}

fn check_name(before: Option<&str>, document: &Map<String, Value>) -> Result<(), ScimError> {
    match document.get("userName").and_then(Value::as_str) {
        Some(user_name) => Ok(names::check(Named::User, before, user_name)?),
        None => Ok(()),
    }
}

/// Whether a document says that the user is active.
fn says_active(document: &Map<String, Value>) -> bool {
    document.get("active") == Some(&Value::Bool(true))
}

/// The document; where it says nothing of `active`, that stays.
fn with_active(mut document: Map<String, Value>, before: &Map<String, Value>) -> Map<String, Value> {
    if let Some(active) = before.get("active") {
        document.entry("active").or_insert_with(|| active.clone());
    }
    document
}

/// A user after the operations.
pub(crate) fn patch(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    (request, budget): (&Prepared<'_>, &Budget),
    projection: &Projection,
) -> Outcome {
    let says_active = request.changes("active");
    change(conn, provisioner, id, version, projection, says_active, |before| {
        Ok(request.apply(before, budget)?)
    })
}

/// No user any more.
pub(crate) fn delete(conn: &mut Conn, provisioner: &Provisioner, id: &str, version: Option<&str>) -> Outcome {
    let user = users::get_to_delete(conn, &provisioner.workspace_id, &stored_id(id, "user")?)?;
    if version.is_some() {
        let around = users::around_one(conn, &provisioner.workspace_id, &user.user_id)?;
        check_version(version, &render::etag_of_user(&user, &around))?;
    }
    let (user_id, user_name) = (user.user_id.clone(), user.user_name.clone());
    provision::delete(conn, user, &provisioner.cause, provisioner.now)?;
    tracing::debug!("scim.user_deleted");
    provisioner
        .note
        .changed(|| json!({ "deleted": format!("Users/{user_id}"), "before": { "userName": user_name } }));
    Ok(Answer::no_content())
}

fn change(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    projection: &Projection,
    says_active: bool,
    to: impl FnOnce(&Map<String, Value>) -> Result<Map<String, Value>, ScimError>,
) -> Outcome {
    let (user, around) = changed(conn, provisioner, id, version, says_active, to)?;
    tracing::debug!("scim.user_changed");
    Ok(answer(provisioner, &user, &around, StatusCode::OK, projection))
}

/// The locked row, the pure change of its document, what follows from it. `says_active`: whether the request speaks of `active`.
fn changed(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    says_active: bool,
    to: impl FnOnce(&Map<String, Value>) -> Result<Map<String, Value>, ScimError>,
) -> Result<(User, Around), ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let id = stored_id(id, "user")?;
    let before = users::get_locked(conn, workspace_id, &id)?;
    let around = users::around_one(conn, workspace_id, &id)?;
    // RFC 7644 §3.14: the version a client names must be the one it would be shown.
    check_version(version, &render::etag_of_user(&before, &around))?;
    let written = render::written(&before, &around.elements, &provisioner.users);
    let mut after = to(&written)?;
    sync_schemas(&mut after, &provisioner.users);
    check_name(Some(&before.user_name), &after)?;
    let change = provision::Change {
        before: &before,
        held: &around.elements,
        written: &written,
        after: &after,
        says_active,
    };
    let (user, assigned) = provision::follow(conn, provisioner, &change)?;
    provisioner.note.changed(
        || json!({ "changed": format!("Users/{id}"), "attributes": inspect::difference(&written, &after) }),
    );
    let around = if assigned { users::around_one(conn, workspace_id, &id)? } else { around };
    Ok((user, around))
}

fn answer(
    provisioner: &Provisioner,
    user: &User,
    around: &Around,
    status: StatusCode,
    projection: &Projection,
) -> Answer {
    let document = render::user(provisioner, user, around);
    if projection.is_all() {
        return Answer::resource(status, &document);
    }
    let shown = projection.show(document.clone(), &provisioner.users);
    Answer::part(status, &document, &shown)
}
