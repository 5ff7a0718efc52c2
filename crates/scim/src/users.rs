//! `/Users`: list, create, read, replace, patch, delete.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Map, Value};
use vestibule_store::{Conn, Error, members, roles, users, users::User};
use vestibule_web::{State, input::Parameters};

use crate::{
    answer::{ScimError, check_version, finish, id_of, if_match, json_body, resource, send},
    document::{list_response, normalise_user, project, sync_schemas},
    patch::{self, Request},
    provision::{self, last_owner},
    provisioner::{Provisioner, Scope},
    query::{List, Projection},
    resource as render,
    schema::Schema,
};

/// `GET /Users`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let listed = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Read).await?;
        let list = List::read(&req, Schema::user())?;
        let document = state
            .read(move |conn| {
                let workspace_id = &provisioner.workspace_id;
                let (total, page) =
                    users::list(conn, workspace_id, &list.condition, list.skip(), list.count)?;
                let ids: Vec<String> = page.iter().map(|user| user.user_id.clone()).collect();
                let around = Around::read(conn, workspace_id, &ids)?;
                let resources = page
                    .iter()
                    .map(|user| Value::Object(around.answer(&provisioner.base, user, &list.projection)))
                    .collect();
                let (total, start) = (total.unsigned_abs(), list.start_index.unsigned_abs());
                Ok::<_, ScimError>(list_response(total, start, resources))
            })
            .await?;
        Ok(send(&mut HttpResponse::Ok(), &document))
    };
    finish(&state, listed.await)
}

/// `POST /Users`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let created = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let projection = Projection::read(&Parameters::of_query(&req)?)?;
        let document = normalise_user(&json_body(&req, payload, &state).await?, Schema::user())?;
        let now = state.now();
        let answer = state
            .write(move |conn| {
                let user =
                    provision::create(conn, &provisioner.workspace_id, &document, &provisioner.cause, now)?;
                answer_one(conn, &provisioner, &user, &projection)
            })
            .await?;
        tracing::info!("scim.user_created");
        Ok(resource(StatusCode::CREATED, &answer))
    };
    finish(&state, created.await)
}

/// `GET /Users/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let read = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Read).await?;
        let projection = Projection::read(&Parameters::of_query(&req)?)?;
        let id = id_of(&req, "user")?;
        let answer = state
            .read(move |conn| {
                let user = users::get(conn, &provisioner.workspace_id, &id)?;
                answer_one(conn, &provisioner, &user, &projection)
            })
            .await?;
        Ok(resource(StatusCode::OK, &answer))
    };
    finish(&state, read.await)
}

/// `PUT /Users/{id}`
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let replaced = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let mut document = normalise_user(&json_body(&req, payload, &state).await?, Schema::user())?;
        change(&req, &state, provisioner, move |mut before| {
            // A PUT that says nothing of `active` leaves it.
            if let Some(active) = before.remove("active") {
                document.entry("active").or_insert(active);
            }
            Ok(document)
        })
        .await
    };
    finish(&state, replaced.await)
}

/// `PATCH /Users/{id}`
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let patched = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let request = Request::parse(&json_body(&req, payload, &state).await?)?;
        change(&req, &state, provisioner, move |before| Ok(patch::apply(&before, &request, Schema::user())?))
            .await
    };
    finish(&state, patched.await)
}

/// `DELETE /Users/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let deleted = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let (id, version, now) = (id_of(&req, "user")?, if_match(&req), state.now());
        last_owner::write(&state, move |conn| {
            let user = users::get_to_delete(conn, &provisioner.workspace_id, &id)?;
            check_version(version.as_deref(), user.version)?;
            provision::delete(conn, user, &provisioner.cause, now)
        })
        .await?;
        tracing::info!("scim.user_deleted");
        Ok(HttpResponse::NoContent().finish())
    };
    finish(&state, deleted.await)
}

/// One transaction: the locked row, the pure change of its document, what follows from it, the answer.
async fn change(
    req: &HttpRequest,
    state: &State,
    provisioner: Provisioner,
    to: impl FnOnce(Map<String, Value>) -> Result<Map<String, Value>, ScimError> + Send + 'static,
) -> Result<HttpResponse, ScimError> {
    let projection = Projection::read(&Parameters::of_query(req)?)?;
    let (id, version, now) = (id_of(req, "user")?, if_match(req), state.now());
    let answer = last_owner::write(state, move |conn| {
        let workspace_id = &provisioner.workspace_id;
        let before = users::get_locked(conn, workspace_id, &id)?;
        check_version(version.as_deref(), before.version)?;
        let held = roles::assigned_to(conn, workspace_id, &id)?;
        let mut after = to(render::written(&before, &held))?;
        sync_schemas(&mut after, Schema::user());
        let user = provision::follow(conn, &before, &held, &after, &provisioner.cause, now)?;
        answer_one(conn, &provisioner, &user, &projection)
    })
    .await?;
    tracing::info!("scim.user_changed");
    Ok(resource(StatusCode::OK, &answer))
}

fn answer_one(
    conn: &mut Conn,
    provisioner: &Provisioner,
    user: &User,
    projection: &Projection,
) -> Result<Value, ScimError> {
    let around = Around::read(conn, &provisioner.workspace_id, std::slice::from_ref(&user.user_id))?;
    Ok(Value::Object(around.answer(&provisioner.base, user, projection)))
}

/// What stands around users in their answers, read in a fixed number of queries however many they are.
struct Around {
    held: BTreeMap<String, Vec<roles::Element>>,
    groups: BTreeMap<String, Vec<(String, String)>>,
}

impl Around {
    fn read(conn: &mut Conn, workspace_id: &str, user_ids: &[String]) -> Result<Self, Error> {
        Ok(Self {
            held: roles::assigned_by_scim(conn, workspace_id, user_ids)?,
            groups: members::of_users(conn, workspace_id, user_ids)?,
        })
    }

    fn answer(&self, base: &str, user: &User, projection: &Projection) -> Map<String, Value> {
        let held = self.held.get(&user.user_id).map(Vec::as_slice).unwrap_or_default();
        let groups = self.groups.get(&user.user_id).map(Vec::as_slice).unwrap_or_default();
        let document = render::user(base, user, held, groups);
        project(&document, projection.attributes.as_deref(), projection.excluded.as_deref(), Schema::user())
    }
}
