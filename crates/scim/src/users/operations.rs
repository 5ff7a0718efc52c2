//! Operations on users, inside the caller's transaction and after authentication.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use vestibule_core::{ids::UserId, names::Named};
use vestibule_scim_engine::{
    budget::Budget,
    document::{check_growth, normalise_user, sync_schemas},
    names,
    patch::Prepared,
};
use vestibule_store::{
    Conn, Error, Tx,
    people::users::{self, Related, User},
    search::Key,
};
use vestibule_web::{
    READ_ONLY, State,
    observe::inspect::{self, redact},
};

use crate::{
    http::{
        auth::Provisioner,
        endpoint::Outcome,
        error::ScimError,
        etag::{self, IfMatch},
        path::stored_user_id,
        render,
        response::Response,
    },
    import::OLD_ID_URN,
    inspector,
    provision::{self, Created},
    query::{self, List, cursor, projection::Projection},
};

/// Returns a page of users.
pub(crate) fn list(conn: &mut Conn, provisioner: &Provisioner, list: &List, state: &State) -> Outcome {
    let (total, page, next) =
        query::run(&[list], conn, provisioner, state, |conn| page(conn, provisioner, list))?;
    Ok(Response::list(&list.envelope(state, total, next), &page))
}

/// Reads a page: the total, the users as JSON texts, and the key of the last one if others follow.
pub(crate) fn page(
    conn: &mut Conn,
    provisioner: &Provisioner,
    list: &List,
) -> Result<(i64, Vec<String>, Option<Key>), ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let found = users::list(conn, workspace_id, &list.page())?;
    let (returned, more) = list.returned(found.resources.len());
    let page: Vec<&User> = found.resources.iter().take(returned).collect();
    let ids: Vec<UserId> = page.iter().map(|user| user.user_id.clone()).collect();
    let related = users::related(conn, workspace_id, &ids)?;
    let nothing = Related::default();
    let resources = page
        .iter()
        .map(|user| {
            let document = render::user(provisioner, user, related.get(&user.user_id).unwrap_or(&nothing))?;
            Ok(Value::Object(list.projection.apply(document, &provisioner.users)).to_string())
        })
        .collect::<Result<_, Error>>()?;
    let last = page.last().filter(|_| more);
    let next = last.map(|user| cursor::key_of_user(user, list.sort.as_ref())).transpose()?;
    Ok((found.total, resources, next))
}

/// Reads a body for [`create`] or [`replace`], before their transaction.
///
/// # Errors
/// `invalidSyntax`, `invalidValue`.
pub(crate) fn document(provisioner: &Provisioner, body: &Value) -> Result<Map<String, Value>, ScimError> {
    inspector::request::document(&provisioner.note, body);
    Ok(normalise_user(body, &provisioner.users)?)
}

/// Creates a user, or takes over one that exists already ([`provision::create`]).
pub(crate) fn create(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    document: Map<String, Value>,
    projection: &Projection,
) -> Outcome {
    check_growth(&Map::new(), &document, &provisioner.users)?;
    check_name(None, &document)?;
    let (user, has_related_rows) = match provision::create(conn, provisioner, &document)? {
        Created::New { user, has_related_rows } => (user, has_related_rows),
        Created::Existing { user_id, was_deprovisioned } => {
            let mut document = document;
            if was_deprovisioned {
                document.entry("active").or_insert(Value::Bool(true));
            }
            return adopt(conn, provisioner, &user_id, document, projection);
        }
    };
    tracing::debug!("scim.user_created");
    provisioner.note.changed(|| {
        json!({ "created": format!("Users/{}", user.user_id), "after": redact::redacted_document(&document) })
    });
    let related = match has_related_rows {
        true => users::related_one(conn, &provisioner.workspace_id, &user.user_id)?,
        false => Related::default(),
    };
    respond(provisioner, &user, &related, StatusCode::CREATED, projection)
}

/// Takes over an existing user, from another source or deactivated by SCIM, and returns it as if it had been created:
/// the person keeps one id.
fn adopt(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &UserId,
    document: Map<String, Value>,
    projection: &Projection,
) -> Outcome {
    let says_active = says_active(&document);
    let apply = |before: &Map<String, Value>| Ok(with_stored(document, before));
    let (user, related) = apply_change(conn, provisioner, id, None, says_active, apply)?;
    tracing::debug!("scim.user_adopted");
    respond(provisioner, &user, &related, StatusCode::CREATED, projection)
}

/// Returns one user.
pub(crate) fn get(conn: &mut Conn, provisioner: &Provisioner, id: &str, projection: &Projection) -> Outcome {
    let user = users::get(conn, &provisioner.workspace_id, &stored_user_id(id)?)?;
    let related = users::related_one(conn, &provisioner.workspace_id, &user.user_id)?;
    respond(provisioner, &user, &related, StatusCode::OK, projection)
}

/// Replaces a user by a document.
pub(crate) fn replace(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
    document: Map<String, Value>,
    projection: &Projection,
) -> Outcome {
    let says_active = says_active(&document);
    change(conn, provisioner, id, version, projection, says_active, |before| {
        check_growth(before, &document, &provisioner.users)?;
        Ok(with_stored(document, before))
    })
}

fn check_name(before: Option<&str>, document: &Map<String, Value>) -> Result<(), ScimError> {
    match document.get("userName").and_then(Value::as_str) {
        Some(user_name) => Ok(names::check(Named::User, before, user_name)?),
        None => Ok(()),
    }
}

/// Whether a document sets `active` to true.
fn says_active(document: &Map<String, Value>) -> bool {
    document.get("active") == Some(&Value::Bool(true))
}

/// The document with the stored `active` and the stored id of an old system if it has none. The provider does not know the latter, so a
/// PUT would remove it (RFC 7644 §3.5.1 lets the server keep a value that is left out).
fn with_stored(mut document: Map<String, Value>, before: &Map<String, Value>) -> Map<String, Value> {
    for name in ["active", OLD_ID_URN] {
        if let Some(stored) = before.get(name) {
            document.entry(name).or_insert_with(|| stored.clone());
        }
    }
    document
}

/// Patches a user.
pub(crate) fn patch(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
    (request, budget): (&Prepared<'_>, &Budget),
    projection: &Projection,
) -> Outcome {
    let says_active = request.changes("active");
    change(conn, provisioner, id, version, projection, says_active, |before| {
        Ok(request.apply(before, budget)?)
    })
}

/// Deletes a user.
pub(crate) fn delete(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
) -> Outcome {
    let user = users::get_to_delete(conn, &provisioner.workspace_id, &stored_user_id(id)?)?;
    if version.is_some() {
        let related = users::related_one(conn, &provisioner.workspace_id, &user.user_id)?;
        etag::check(version, &etag::of_user(&user, &related))?;
    }
    let (user_id, user_name) = (user.user_id.clone(), user.user_name.clone());
    provision::delete(conn, provisioner, user)?;
    tracing::debug!("scim.user_deleted");
    provisioner
        .note
        .changed(|| json!({ "deleted": format!("Users/{user_id}"), "before": { "userName": user_name } }));
    Ok(Response::no_content())
}

fn change(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
    projection: &Projection,
    says_active: bool,
    apply: impl FnOnce(&Map<String, Value>) -> Result<Map<String, Value>, ScimError>,
) -> Outcome {
    let id = stored_user_id(id)?;
    let (user, related) = apply_change(conn, provisioner, &id, version, says_active, apply)?;
    tracing::debug!("scim.user_changed");
    respond(provisioner, &user, &related, StatusCode::OK, projection)
}

/// Locks the row, applies a change to its document, and writes the result. `says_active` is whether the request itself
/// sets `active`.
pub(crate) fn apply_change(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &UserId,
    version: Option<&IfMatch>,
    says_active: bool,
    apply: impl FnOnce(&Map<String, Value>) -> Result<Map<String, Value>, ScimError>,
) -> Result<(User, Related), ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let before = users::get_locked(conn, workspace_id, id)?;
    let related = users::related_to_change(conn, workspace_id, id)?;
    // RFC 7644 §3.14: `If-Match` must have the version that a GET would return.
    etag::check(version, &etag::of_user(&before, &related))?;
    let writable = render::writable(&before, &related.elements, &provisioner.users)?;
    let mut after = apply(&writable)?;
    sync_schemas(&mut after, &provisioner.users);
    let ends_access = before.active && after.get("active") == Some(&Value::Bool(false));
    if provisioner.is_read_only && !ends_access {
        return Err(ScimError::Busy(READ_ONLY));
    }
    check_name(Some(&before.user_name), &after)?;
    let change = provision::Change {
        before: &before,
        assigned: &related.elements,
        may_be_owner: related.may_be_owner,
        is_counted_by_brake: related.is_counted_by_brake,
        document_before: &writable,
        document_after: &after,
        says_active,
    };
    let (user, has_new_assignments) = provision::update(conn, provisioner, &change)?;
    provisioner.note.changed(
        || json!({ "changed": format!("Users/{id}"), "attributes": inspect::difference(&writable, &after) }),
    );
    let related = if has_new_assignments { users::related_one(conn, workspace_id, id)? } else { related };
    Ok((user, related))
}

fn respond(
    provisioner: &Provisioner,
    user: &User,
    related: &Related,
    status: StatusCode,
    projection: &Projection,
) -> Outcome {
    let document = render::user(provisioner, user, related)?;
    if projection.is_default() {
        return Ok(Response::resource(status, document));
    }
    let selected = projection.apply(document.clone(), &provisioner.users);
    Ok(Response::projected(status, &document, selected))
}
