//! Extractors that say who may use a handler: [`SignedInPerson`], [`Reader`], [`Administrator`]. A handler that takes none of them,
//! nor a [`Form`](crate::layout::form::Form), answers anybody.

use std::ops::Deref;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use futures_util::future::LocalBoxFuture;
use vestibule_admin::{
    Actor,
    workspaces::{self, WorkspaceChange},
};
use vestibule_web::pages::{Refused, isolate};

use crate::layout::{error::PageError, visitor::Visitor};

/// A requirement on the signed-in person.
pub trait Access: Deref<Target = Visitor> + Sized + 'static {
    /// Admits the person, or refuses with the page that says who may.
    ///
    /// # Errors
    /// [`PageError::Refused`].
    fn admit(visitor: Visitor) -> Result<Self, PageError>;
}

/// Finds the session of a request and admits its person.
pub(crate) async fn authenticate<Who: Access>(req: &HttpRequest) -> Result<Who, PageError> {
    Who::admit(Visitor::find(req).await?)
}

/// Anybody who is signed in.
pub struct SignedInPerson(Visitor);

/// Somebody who may see what administrators see: an owner, an admin or an auditor.
pub struct Reader(Visitor);

/// Somebody who may change the workspace: an owner or an admin.
pub struct Administrator(Visitor);

impl Access for SignedInPerson {
    fn admit(visitor: Visitor) -> Result<Self, PageError> {
        Ok(Self(visitor))
    }
}

impl Access for Reader {
    fn admit(visitor: Visitor) -> Result<Self, PageError> {
        if visitor.signed_in.is_reader() { Ok(Self(visitor)) } else { Err(not_a_reader(&visitor)) }
    }
}

impl Access for Administrator {
    fn admit(visitor: Visitor) -> Result<Self, PageError> {
        let Reader(visitor) = Reader::admit(visitor)?;
        if visitor.may_change() { Ok(Self(visitor)) } else { Err(auditor(&visitor)) }
    }
}

impl SignedInPerson {
    /// The person, as the actor of a change of their own things.
    pub(crate) fn actor(&self) -> Actor {
        Actor::person(self.cause(), self.state().now())
    }
}

impl Administrator {
    /// The administrator, as the actor of a change.
    pub(crate) fn actor(&self) -> Actor {
        Actor::administrator(self.cause(), &self.signed_in.user.user_id, self.state().now())
    }

    /// Changes the settings of the workspace; the inner error is the sentence for the form's page.
    pub(crate) async fn change_workspace(
        &self,
        change: WorkspaceChange,
    ) -> Result<Result<(), String>, PageError> {
        let (actor, workspace) = (self.actor(), self.workspace().clone());
        let allow_insecure = self.state().config().okta.allow_insecure_issuers;
        self.change(move |conn| {
            workspaces::change(conn, &actor, &workspace, &change, allow_insecure).map(drop)
        })
        .await
    }
}

macro_rules! extractor {
    ($access:ty) => {
        impl Deref for $access {
            type Target = Visitor;

            fn deref(&self) -> &Visitor {
                &self.0
            }
        }

        impl FromRequest for $access {
            type Error = PageError;
            type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

            fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
                let req = req.clone();
                Box::pin(async move { authenticate(&req).await })
            }
        }
    };
}

extractor!(SignedInPerson);
extractor!(Reader);
extractor!(Administrator);

fn not_a_reader(visitor: &Visitor) -> PageError {
    let explanation = format!(
        "You are signed in to {} without the role Owner, Admin or Auditor.",
        isolate(&visitor.workspace().name)
    );
    visitor.refuse(
        Refused::new(StatusCode::FORBIDDEN, "This page is for administrators", explanation)
            .advise("Ask an owner or admin of the workspace.")
            .refer(visitor.id()),
    )
}

fn auditor(visitor: &Visitor) -> PageError {
    let explanation = format!(
        "You are signed in to {} with the role Auditor, which can see what an administrator sees, but change nothing.",
        isolate(&visitor.workspace().name)
    );
    visitor.refuse(
        Refused::new(StatusCode::FORBIDDEN, "Auditors change nothing", explanation)
            .advise("Ask an owner or admin of the workspace to do it.")
            .refer(visitor.id()),
    )
}
