//! `POST /activity/verify`: verifies the chain of the trail and says in words what `vestibule event verify` says.

use actix_web::http::StatusCode;
use vestibule_store::{Error, trail::events};
use vestibule_web::{http::input::Parameters, pages::Refused};

use crate::{
    audit::activity::{filter::Filter, page::show, verdict::Verdict},
    layout::{
        access::Reader,
        error::PageResult,
        form::{Fields, Form},
    },
};

/// A head that the reader stored before.
pub struct StoredHead(Option<String>);

impl Fields for StoredHead {
    fn read(form: &Parameters) -> Self {
        Self(form.get("head").map(str::to_owned))
    }
}

/// Verifies the chain and shows the page with the verdict.
pub async fn verify(form: Form<Reader, StoredHead>) -> PageResult {
    let Form { visitor: reader, fields: StoredHead(head) } = form;
    let workspace_id = reader.workspace_id();
    let verified = reader.state().search(&reader.workspace().workspace_id, move |conn| {
        let head = head.as_deref().map(str::trim);
        Ok::<_, Error>(Verdict::of(&events::verify(conn, &workspace_id, head)?, head.is_some()))
    });
    match verified.await {
        Ok(verdict) => show(&reader, Filter::default(), Some(verdict)).await,
        Err(Error::TooLong) => Err(reader.refuse(
            Refused::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "This did not work",
                "This trail is too long to be verified on a page.",
            )
            .advise("Ask the operator to run: vestibule event verify")
            .refer(reader.id()),
        )),
        Err(error) => Err(reader.failed(&error)),
    }
}
