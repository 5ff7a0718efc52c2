//! A request for a page: the service's state, the query, the form body, and jobs on the database whose failure is a page with the
//! request's id. It does not say who sends the request: `access` does.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, cookie::Cookie, dev::Payload, web};
use vestibule_core::ids;
use vestibule_store::{Conn, Error, Tx, trail::events::Cause};
use vestibule_web::{
    State,
    http::{
        input::{BodyError, Parameters},
        request,
    },
    observe::writers,
    pages::{self, Refused},
};

use crate::layout::error::{PageError, redirect};

/// A request for a page, and the service's state.
#[derive(Clone)]
pub struct PageRequest {
    http: HttpRequest,
    state: State,
}

impl FromRequest for PageRequest {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::new(req))
    }
}

impl PageRequest {
    /// Clones the request and finds the state of the application.
    pub(crate) fn new(http: &HttpRequest) -> Result<Self, PageError> {
        let state = http.app_data::<web::Data<State>>().ok_or(PageError::NoState)?;
        Ok(Self { http: http.clone(), state: state.get_ref().clone() })
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn http(&self) -> &HttpRequest {
        &self.http
    }

    /// The request's id, which refusals show as their reference.
    pub(crate) fn id(&self) -> String {
        request::id(&self.http)
    }

    pub(crate) fn path(&self) -> &str {
        self.http.path()
    }

    /// The cause of what this request changes, on behalf of `actor`.
    pub(crate) fn cause(&self, actor: impl Into<String>) -> Cause {
        request::cause(&self.http, actor)
    }

    /// The parameters of the query; a malformed query is refused.
    pub(crate) fn query(&self) -> Result<Parameters, PageError> {
        Parameters::of_query(&self.http).map_err(|error| self.unreadable(&error))
    }

    /// Whether the query is exactly this text, such as `saved=1` after a redirect.
    pub(crate) fn query_is(&self, text: &str) -> bool {
        self.http.query_string() == text
    }

    /// Reads the form body.
    pub(crate) async fn form(&self, payload: web::Payload) -> Result<Parameters, PageError> {
        Parameters::of_form(&self.http, payload).await.map_err(|error| self.unreadable(&error))
    }

    /// As [`PageRequest::form`], of at most `limit` bytes.
    pub(crate) async fn form_within(
        &self,
        payload: web::Payload,
        limit: usize,
    ) -> Result<Parameters, PageError> {
        let form = Parameters::of_form_within(&self.http, payload, limit).await;
        form.map_err(|error| self.unreadable(&error))
    }

    /// Runs one read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        self.state.read(job).await.map_err(|error| self.failed(&error))
    }

    /// Runs one write.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        self.state.write(job).await.map_err(|error| self.failed(&error))
    }

    /// Stores what the request inspector has in memory, so that pages show also what this node answered just now.
    pub(crate) async fn store_inspected(&self) -> Result<(), PageError> {
        writers::requests::write_down(&self.state).await.map(drop).map_err(|error| self.failed(&error))
    }

    /// Redirects to a page of the app host.
    pub(crate) fn redirect(&self, path: &str) -> HttpResponse {
        redirect(&self.state.app_url(path))
    }

    /// Redirects to a page of the app host and sets a cookie.
    pub(crate) fn redirect_with(&self, path: &str, cookie: &Cookie<'_>) -> Result<HttpResponse, PageError> {
        let mut response = self.redirect(path);
        response.add_cookie(cookie).map_err(|error| self.failed(&error))?;
        Ok(response)
    }

    /// Refuses with this page.
    pub(crate) fn refuse(&self, page: Refused) -> PageError {
        PageError::Refused(Box::new(page), self.state.clone())
    }

    /// Logs a failure of ours and refuses with the page for it.
    pub(crate) fn failed(&self, error: &dyn std::fmt::Display) -> PageError {
        self.refuse(pages::failure(&self.id(), error))
    }

    pub(crate) fn unreadable(&self, error: &BodyError) -> PageError {
        let explanation = format!("This service can't read it: {error}.");
        self.refuse(
            Refused::new(error.status(), "This form can't be read", explanation)
                .advise("Go back, reload the page and send the form again."),
        )
    }
}

/// The id in a segment of the path; empty, which no row has, where the segment is not an id.
pub(crate) fn id_of(segment: &str) -> String {
    ids::parse(segment).unwrap_or_default()
}
