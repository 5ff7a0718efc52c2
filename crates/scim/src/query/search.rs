//! `POST …/.search` (RFC 7644 §3.4.3): lists whose parameters are in the body, because proxies log URLs. Below a
//! resource type it searches that type; at the base URL, users and groups.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_scim_engine::{
    document::open_list,
    error::Rejection,
    filter::{Filter, Literal, Op},
    schema::{ResourceKind, Schema},
};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    groups::operations as group_operations,
    http::{
        auth::Provisioner,
        endpoint::{self, Outcome},
        response::Response,
        streamed_body::StreamedBody,
    },
    inspector,
    query::{self, List, parameters::ListParameters},
    users::operations as user_operations,
};

/// `POST /Users/.search`
pub async fn users(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let shared = state.clone();
    endpoint::read_with_body(&req, payload, &state, move |conn, provisioner, body| {
        let list = List::of(&ListParameters::of_body(body)?, ResourceKind::User, provisioner, &shared)?;
        user_operations::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /Groups/.search`
pub async fn groups(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let shared = state.clone();
    endpoint::read_with_body(&req, payload, &state, move |conn, provisioner, body| {
        let list = List::of(&ListParameters::of_body(body)?, ResourceKind::Group, provisioner, &shared)?;
        group_operations::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /.search`
pub async fn all(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let shared = state.clone();
    endpoint::read_with_body(&req, payload, &state, move |conn, provisioner, body| {
        everything(conn, provisioner, &ListParameters::of_body(body)?, &shared)
    })
    .await
}

/// Lists users, then groups.
fn everything(
    conn: &mut Conn,
    provisioner: &Provisioner,
    parameters: &ListParameters,
    state: &State,
) -> Outcome {
    if parameters.sort_by.is_some() || parameters.cursor.is_some() {
        let detail = "a search over all resources has no sortBy and no cursor: search /Users or /Groups";
        return Err(Rejection::value(detail).into());
    }
    inspector::parameters::record(&provisioner.note, parameters);
    let filter = parameters.parsed_filter()?;
    let of = |kind, other| {
        let filter =
            filter.map(|filter| restricted(filter, provisioner.schema(kind), provisioner.schema(other)));
        List::with_filter(parameters, filter.as_ref(), kind, provisioner, state)
    };
    let users = of(ResourceKind::User, ResourceKind::Group)?;
    let mut groups = of(ResourceKind::Group, ResourceKind::User)?;
    let lists = [&users, &groups.clone()];
    let (user_total, user_page, group_total, group_page) =
        query::run(&lists, conn, provisioner, state, |conn| {
            let (user_total, user_page, _) = user_operations::page(conn, provisioner, &users)?;
            let returned = i64::try_from(user_page.len()).unwrap_or(i64::MAX);
            // The groups continue where the users end.
            groups.count = users.count - returned;
            groups.skip_preceding(user_total);
            let (group_total, group_page, _) = group_operations::page(conn, provisioner, &groups)?;
            Ok((user_total, user_page, group_total, group_page))
        })?;
    let envelope = users.envelope(state, user_total + group_total, None);
    let mut body = StreamedBody::new(&provisioner.workspace_id, &provisioner.base);
    let parts = group_operations::member_parts(&groups.projection);
    body.push(&open_list(&envelope, user_page.len() + group_page.len()));
    let mut separator = "";
    for user in &user_page {
        body.push(separator);
        body.push(user);
        separator = ",";
    }
    for group in &group_page {
        body.push(separator);
        group_operations::push(&mut body, provisioner, group, &groups.projection, parts);
        separator = ",";
    }
    body.push("]}");
    Response::streamed(StatusCode::OK, None, body, conn)
}

/// The filter for one kind of resource. An attribute that only the other kind has counts as one without a value (RFC
/// 7644 §3.4.2.1): its terms become an empty `and` (true) or an empty `or` (false). An attribute that neither kind has
/// is kept, so that the filter is refused.
fn restricted(filter: &Filter, schema: &Schema, other: &Schema) -> Filter {
    let each = |parts: &[Filter]| parts.iter().map(|part| restricted(part, schema, other)).collect();
    let (attr, holds) = match filter {
        Filter::And(parts) => return Filter::And(each(parts)),
        Filter::Or(parts) => return Filter::Or(each(parts)),
        Filter::Not(inner) => return Filter::Not(Box::new(restricted(inner, schema, other))),
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
