//! The OpenAPI 3.1 document of this API, built from the operations and their types: served to anybody, checked in as
//! docs/openapi.json.

mod parameters;

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use parameters::{header, in_path, in_query};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        self, ComponentsBuilder, ContentBuilder, HttpMethod, InfoBuilder, License, OpenApi, OpenApiBuilder,
        Paths, RefOr, Required, ResponseBuilder, Server,
        path::OperationBuilder,
        request_body::RequestBodyBuilder,
        schema::{Ref, Schema},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    operation::{Content, Operation},
    operations::operations,
    types::problem::ProblemDetails,
};

/// Name of the shared answer of refusals.
const PROBLEM: &str = "Problem";

/// Name of the security scheme.
const OPERATOR_KEY: &str = "operator_key";

/// `GET /api/v1/openapi.json`
pub async fn get() -> HttpResponse {
    match text() {
        Ok(text) => HttpResponse::Ok().content_type("application/json").body(text),
        Err(error) => {
            tracing::error!(%error, "management.openapi_failed");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The document as it is served and checked in.
///
/// # Errors
/// When it is no JSON, which a test rules out.
pub fn text() -> Result<String, serde_json::Error> {
    Ok(format!("{}\n", document().to_pretty_json()?))
}

/// The document.
pub(crate) fn document() -> OpenApi {
    let operations = operations();
    let mut paths = Paths::new();
    for operation in &operations {
        let path = format!("/api/v1{}", operation.path);
        paths.add_path_operation(path, vec![method(&operation.method)], described(operation));
    }
    let info = InfoBuilder::new()
        .title("Vestibule management API")
        .version("1")
        .description(Some("For the operator's machines. Conventions are in docs/management.md."))
        .license(Some(License::builder().name("Apache-2.0").identifier(Some("Apache-2.0")).build()));
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An operator key: vestibule operator-key create"));
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDetails::name())));
    let problem = ResponseBuilder::new()
        .description("A refusal (RFC 9457)")
        .content("application/problem+json", problem.build());
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas(&operations))
        .response(PROBLEM, problem.build())
        .security_scheme(OPERATOR_KEY, SecurityScheme::Http(key.build()));
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .security(Some([SecurityRequirement::new(OPERATOR_KEY, [] as [&str; 0])]))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// Every schema by its name.
fn schemas(operations: &[Operation]) -> BTreeMap<String, RefOr<Schema>> {
    let mut schemas = vec![(ProblemDetails::name().into_owned(), ProblemDetails::schema())];
    ProblemDetails::schemas(&mut schemas);
    for operation in operations {
        let answers = operation.answers.iter().filter_map(|(_, content)| content.as_ref());
        for content in operation.body.iter().chain(answers) {
            (content.collect)(&mut schemas);
        }
    }
    schemas.into_iter().collect()
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn described(operation: &Operation) -> openapi::path::Operation {
    let names = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = names.map(in_path).collect();
    parameters.extend(operation.query.iter().map(|name| in_query(name)));
    if operation.method == Method::POST {
        parameters.push(header("Idempotency-Key"));
    }
    let mut described = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .tag(operation.tag)
        .summary(Some(operation.summary))
        .parameters(Some(parameters));
    if let Some(body) = &operation.body {
        let body =
            RequestBodyBuilder::new().required(Some(Required::True)).content("application/json", json(body));
        described = described.request_body(Some(body.build()));
    }
    for (status, content) in &operation.answers {
        described = described.response(status.as_str(), answer(*status, content.as_ref()));
    }
    for status in refusals(operation) {
        described = described.response(status.as_str(), Ref::from_response_name(PROBLEM));
    }
    if operation.is_open {
        described = described.securities(Some([]));
    }
    described.build()
}

fn json(content: &Content) -> openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(content.name.as_ref()))).build()
}

fn answer(status: StatusCode, content: Option<&Content>) -> openapi::Response {
    let words = match status {
        StatusCode::CREATED => "Created",
        StatusCode::NO_CONTENT => "Done",
        _ => "Success",
    };
    let answer = ResponseBuilder::new().description(words);
    match content {
        Some(content) => answer.content("application/json", json(content)).build(),
        None => answer.build(),
    }
}

/// Statuses with which an operation may refuse.
fn refusals(operation: &Operation) -> Vec<StatusCode> {
    if operation.is_open {
        return Vec::new();
    }
    let mut statuses = vec![StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    if operation.path.contains('{') {
        statuses.push(StatusCode::NOT_FOUND);
    }
    if operation.method != Method::GET {
        statuses.extend([
            StatusCode::CONFLICT,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ]);
    }
    statuses.extend([
        StatusCode::UNPROCESSABLE_ENTITY,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ]);
    statuses
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::text;

    #[test]
    fn the_checked_in_document_is_the_built_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let built = text().unwrap();
        if std::env::var_os("VESTIBULE_WRITE_OPENAPI").is_some() {
            std::fs::write(&file, &built).unwrap();
        }
        let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            built == checked_in,
            "docs/openapi.json is old: run this test with VESTIBULE_WRITE_OPENAPI=1"
        );
    }
}
