//! The extractor of a form that a signed-in person sent. It checks, in this order: the session, the role, the body's type and size,
//! the session's form token.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use futures_util::future::LocalBoxFuture;
use vestibule_web::{http::input::Parameters, pages::Refused};

use crate::layout::{
    access::{Access, authenticate},
    error::PageError,
    request::PageRequest,
};

/// The typed fields of a form.
pub trait Fields: Sized + 'static {
    /// The largest form, in bytes.
    const MOST: usize = 65_536;

    /// Reads them as sent; whether they are right is checked later, so that the form can be shown again.
    fn read(form: &Parameters) -> Self;
}

/// A form without fields: a button.
impl Fields for () {
    fn read(_: &Parameters) -> Self {}
}

/// A form from a page of the sender's session.
pub struct Form<Who, F> {
    /// The sender.
    pub visitor: Who,
    /// What was sent.
    pub fields: F,
}

impl<Who: Access, F: Fields> FromRequest for Form<Who, F> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let visitor: Who = authenticate(&req).await?;
            let payload = web::Payload::from_request(&req, &mut payload)
                .await
                .map_err(|error| visitor.failed(&error))?;
            let form = visitor.form_within(payload, F::MOST).await?;
            if !visitor.signed_in.sent(form.text("csrf")) {
                return Err(not_from_here(&visitor));
            }
            Ok(Self { fields: F::read(&form), visitor })
        })
    }
}

/// Refuses a form that another site made, or a page of another session.
pub(crate) fn not_from_here(request: &PageRequest) -> PageError {
    request.refuse(
        Refused::new(
            StatusCode::FORBIDDEN,
            "Nothing was changed",
            "The form was not one of this session's pages.",
        )
        .advise("Go back, reload the page and send the form again.")
        .refer(request.id()),
    )
}
