//! `POST …/.search` (RFC 7644 §3.4.3): a list whose question stands in the body, so that nothing of it is in a URL that
//! proxies log. Below a resource type it searches that type; at the base, users and groups.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_scim_engine::{
    document::open_list,
    error::{Rejection, ScimType},
    filter::{self, Filter, Literal, Op},
    schema::{ResourceKind, Schema},
};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    groups::{
        operations as group_work,
        operations::show,
        stream::{Parts, Script},
    },
    http::{
        answer::Answer,
        auth::Provisioner,
        endpoint::{self, Outcome},
        inspector,
    },
    query::{self, Asked, List},
    users::operations as user_work,
};

/// `POST /Users/.search`
pub async fn users(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let shared = state.clone();
    endpoint::look_by_body(&req, payload, &state, move |conn, provisioner, body| {
        let list = List::of(&Asked::of_body(body)?, ResourceKind::User, provisioner, &shared)?;
        user_work::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /Groups/.search`
pub async fn groups(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let shared = state.clone();
    endpoint::look_by_body(&req, payload, &state, move |conn, provisioner, body| {
        let list = List::of(&Asked::of_body(body)?, ResourceKind::Group, provisioner, &shared)?;
        group_work::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /.search`
pub async fn all(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let shared = state.clone();
    endpoint::look_by_body(&req, payload, &state, move |conn, provisioner, body| {
        everything(conn, provisioner, &Asked::of_body(body)?, &shared)
    })
    .await
}

/// Users, then groups, as one list.
fn everything(conn: &mut Conn, provisioner: &Provisioner, asked: &Asked, state: &State) -> Outcome {
    if asked.sort_by.is_some() || asked.cursor.is_some() {
        let detail = "a search over all resources has no sortBy and no cursor: search /Users or /Groups";
        return Err(Rejection::new(ScimType::InvalidValue, detail).into());
    }
    let filter = asked.filter.as_deref().map(filter::parse).transpose();
    inspector::asked(&provisioner.note, asked, filter.as_ref().ok().and_then(Option::as_ref));
    let filter = filter?;
    let of = |kind, other| {
        let filter = filter
            .as_ref()
            .map(|filter| where_known(filter, provisioner.schema(kind), provisioner.schema(other)));
        List::filtered(asked, filter.as_ref(), kind, provisioner, state)
    };
    let users = of(ResourceKind::User, ResourceKind::Group)?;
    let mut groups = of(ResourceKind::Group, ResourceKind::User)?;
    let lists = [&users, &groups.clone()];
    let (of_users, people, of_groups, page) = query::run(&lists, conn, provisioner, state, |conn| {
        let (of_users, people, _) = user_work::page(conn, provisioner, &users)?;
        let shown = i64::try_from(people.len()).unwrap_or(i64::MAX);
        // The groups go on where the users end.
        groups.count = users.count - shown;
        groups.begin_behind(of_users);
        let (of_groups, page, _) = group_work::page(conn, provisioner, &groups)?;
        Ok((of_users, people, of_groups, page))
    })?;
    let (mut script, parts) = (Script::new(provisioner), Parts::of(&groups.projection));
    let envelope = users.envelope(state, of_users + of_groups, None);
    script.text(&open_list(&envelope, people.len() + page.len()));
    let mut separator = "";
    for user in &people {
        script.text(separator);
        script.text(user);
        separator = ",";
    }
    for group in &page {
        script.text(separator);
        show(&mut script, provisioner, group, &groups.projection, parts);
        separator = ",";
    }
    script.text("]}");
    Answer::script(StatusCode::OK, None, script, conn)
}

/// What a filter means for one kind of resource. An attribute that only the other kind has is one without a value here
/// (RFC 7644 §3.4.2.1): such a term becomes what it is for nobody's value, all of nothing (true) or any of nothing
/// (false). What neither has stays, to be refused.
fn where_known(filter: &Filter, schema: &Schema, other: &Schema) -> Filter {
    let each = |parts: &[Filter]| parts.iter().map(|part| where_known(part, schema, other)).collect();
    let (attr, holds) = match filter {
        Filter::And(parts) => return Filter::And(each(parts)),
        Filter::Or(parts) => return Filter::Or(each(parts)),
        Filter::Not(inner) => return Filter::Not(Box::new(where_known(inner, schema, other))),
        Filter::Present(attr) | Filter::ValuePath { attr, .. } => (attr, false),
        Filter::Compare { attr, op, value } => {
            (attr, if *value == Literal::Null { *op == Op::Eq } else { *op == Op::Ne })
        }
    };
    match (schema.find(attr), other.find(attr), holds) {
        (None, Some(_), true) => Filter::And(Vec::new()),
        (None, Some(_), false) => Filter::Or(Vec::new()),
        _ => filter.clone(),
    }
}
