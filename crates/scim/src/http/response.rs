//! Responses of SCIM endpoints: `application/scim+json` with version and location. Blocking jobs make them, so that the
//! event loop only writes them.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web,
};
use futures_util::{StreamExt, future, stream};
use serde_json::{Map, Value};
use vestibule_scim_engine::document::open_list;
use vestibule_store::Conn;
use vestibule_web::State;

use crate::http::{MEDIA_TYPE, error::ScimError, streamed_body::StreamedBody};

/// A successful response.
#[derive(Debug)]
pub(crate) struct Response {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub location: Option<String>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Empty,
    Text(String),
    /// The beginning of the body, and the rest that is read while it is sent.
    Streamed(String, StreamedBody),
}

impl Response {
    /// A resource with its version and location.
    pub(crate) fn resource(status: StatusCode, document: Map<String, Value>) -> Self {
        let empty = Self::empty(status, Some(&document));
        Self { body: Body::Text(Value::Object(document).to_string()), ..empty }
    }

    /// The selected attributes of a resource, with the version and location of the whole.
    pub(crate) fn projected(
        status: StatusCode,
        whole: &Map<String, Value>,
        selected: Map<String, Value>,
    ) -> Self {
        Self { body: Body::Text(Value::Object(selected).to_string()), ..Self::empty(status, Some(whole)) }
    }

    /// A message that is no resource, with 200.
    pub(crate) fn message(document: &Value) -> Self {
        Self { body: Body::Text(document.to_string()), ..Self::empty(StatusCode::OK, None) }
    }

    /// A page of resources as JSON texts. `envelope` is the list without its resources.
    pub(crate) fn list(envelope: &Value, resources: &[String]) -> Self {
        let mut body = open_list(envelope, resources.len());
        body.reserve_exact(resources.iter().map(|text| text.len() + 1).sum::<usize>() + 2);
        for (index, text) in resources.iter().enumerate() {
            if index > 0 {
                body.push(',');
            }
            body.push_str(text);
        }
        body.push_str("]}");
        Self { body: Body::Text(body), ..Self::empty(StatusCode::OK, None) }
    }

    /// A body with members of groups: the beginning is read now, the rest while it is sent.
    pub(crate) fn streamed(
        status: StatusCode,
        whole: Option<&Map<String, Value>>,
        mut streamed: StreamedBody,
        conn: &mut Conn,
    ) -> Result<Self, ScimError> {
        let beginning = streamed.read_batch(conn)?;
        let body =
            if streamed.is_done() { Body::Text(beginning) } else { Body::Streamed(beginning, streamed) };
        Ok(Self { body, ..Self::empty(status, whole) })
    }

    /// 204 without a version.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT, None)
    }

    /// 204 with the version of the changed resource. Only bulk responses give its location: RFC 9110 §8.7 defines
    /// `Content-Location` for content, and a 204 has none.
    pub(crate) fn changed(whole: &Map<String, Value>) -> Self {
        Self::empty(StatusCode::NO_CONTENT, Some(whole))
    }

    fn empty(status: StatusCode, whole: Option<&Map<String, Value>>) -> Self {
        let meta = |name: &str| Some(whole?.get("meta")?.get(name)?.as_str()?.to_owned());
        Self { status, etag: meta("version"), location: meta("location"), body: Body::Empty }
    }

    /// The HTTP response.
    pub(crate) fn respond(self, state: &State) -> HttpResponse {
        let mut response = self.head(self.status);
        response.content_type(MEDIA_TYPE);
        match self.body {
            Body::Text(body) => response.body(body),
            Body::Empty => {
                let mut response = HttpResponse::build(self.status);
                if let Some(version) = &self.etag {
                    response.insert_header((header::ETAG, version.as_str()));
                }
                response.finish()
            }
            Body::Streamed(beginning, rest) => {
                let beginning = stream::once(future::ready(Ok(web::Bytes::from(beginning))));
                response.streaming(beginning.chain(rest.stream(state.clone())))
            }
        }
    }

    /// 304 for a client that has this version already (RFC 9110 §15.4.5).
    pub(crate) fn not_modified(self) -> HttpResponse {
        self.head(StatusCode::NOT_MODIFIED).finish()
    }

    fn head(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        if let Some(version) = &self.etag {
            response.insert_header((header::ETAG, version.as_str()));
        }
        if let Some(location) = &self.location {
            let name =
                if status == StatusCode::CREATED { header::LOCATION } else { header::CONTENT_LOCATION };
            response.insert_header((name, location.as_str()));
        }
        response
    }
}
