//! Who asks for a step: an administrator or an auditor of the console, or the browser that used a set-up link. The steps are the same;
//! only who may act, the form token, the actor in the trail and the address differ.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use askama::Template;
use futures_util::future::LocalBoxFuture;
use vestibule_admin::Actor;
use vestibule_store::workspaces::Workspace;
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        setup_session::{self, Setup},
    },
    pages::{self, Frame, Layout, Refused},
};

use crate::{
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        form::Fields,
        request::PageRequest,
        visitor::Visitor,
    },
    provider::{okta::save::Author, saml::SamlFields},
    setup::step::Step,
};

/// Who asks for a step.
pub(crate) enum Caller {
    /// A session of the console.
    Console(Box<Visitor>),
    /// A browser that used a set-up link.
    Link(Box<PageRequest>, Box<Setup>),
}

impl From<&Reader> for Caller {
    fn from(reader: &Reader) -> Self {
        Self::Console(Box::new((**reader).clone()))
    }
}

impl Caller {
    /// The browser of a set-up.
    pub(crate) async fn of_link(request: PageRequest) -> Result<Self, PageError> {
        let setup = find(&request).await?;
        Ok(Self::Link(Box::new(request), Box::new(setup)))
    }

    pub(crate) fn request(&self) -> &PageRequest {
        match self {
            Self::Console(visitor) => visitor,
            Self::Link(request, _) => request,
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.request().state()
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        match self {
            Self::Console(visitor) => visitor.workspace(),
            Self::Link(_, setup) => &setup.workspace,
        }
    }

    pub(crate) fn csrf(&self) -> &str {
        match self {
            Self::Console(visitor) => visitor.csrf(),
            Self::Link(_, setup) => &setup.csrf,
        }
    }

    pub(crate) fn is_link(&self) -> bool {
        matches!(self, Self::Link(..))
    }

    /// Whether there are forms: not for an auditor.
    pub(crate) fn may_change(&self) -> bool {
        match self {
            Self::Console(visitor) => visitor.may_change(),
            Self::Link(..) => true,
        }
    }

    /// The path above the steps.
    pub(crate) fn base(&self) -> &'static str {
        if self.is_link() { "/setup" } else { "/integrations/okta/setup" }
    }

    /// The path of a step.
    pub(crate) fn path(&self, step: Step) -> String {
        format!("{}/{}", self.base(), step.name())
    }

    /// Who changes something, for the trail. Only for callers who may change.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Console(visitor) => {
                Actor::administrator(visitor.cause(), &visitor.signed_in.user.user_id, visitor.state().now())
            }
            Self::Link(request, _) => Author::by_link(request).actor,
        }
    }

    /// Who saves a connection.
    pub(crate) fn author(&self) -> Author {
        let spared = match self {
            // The author keeps their access, and can then say who the others are.
            Self::Console(visitor) => visitor.signed_in.user.user_id.to_string(),
            Self::Link(..) => String::new(),
        };
        Author { actor: self.actor(), spared }
    }

    pub(crate) fn failed(&self, error: &dyn std::fmt::Display) -> PageError {
        match self {
            Self::Console(visitor) => visitor.failed(error),
            Self::Link(request, _) => request.failed(error),
        }
    }

    /// Refuses an address that is no step.
    pub(crate) fn no_step(&self) -> PageError {
        match self {
            Self::Console(visitor) => visitor.missing("There is no such step", "Open the set-up again."),
            Self::Link(request, _) => gone(request),
        }
    }

    /// Renders a page; 422 where it says what is wrong with what was sent.
    pub(crate) fn page(&self, title: &str, has_problem: bool, content: &impl Template) -> PageResult {
        match self {
            Self::Console(visitor) => visitor.form_page(title, has_problem, content),
            Self::Link(request, setup) => Ok(render(request, &setup.workspace, title, has_problem, content)),
        }
    }
}

/// Renders a page of a set-up link.
pub(super) fn render(
    request: &PageRequest,
    workspace: &Workspace,
    title: &str,
    has_problem: bool,
    content: &impl Template,
) -> actix_web::HttpResponse {
    let status = if has_problem { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame { workspace: Some(&workspace.name), layout: Layout::Wide, ..Frame::default() };
    pages::render(request.state(), status, title, &frame, content)
}

/// A form of a step, as it was sent: the step reads what it needs.
pub struct Sent(pub(super) Parameters);

impl Fields for Sent {
    const MOST: usize = SamlFields::MOST;

    fn read(form: &Parameters) -> Self {
        Self(form.clone())
    }
}

/// A form from a page of the browser's set-up. It checks, in this order: the cookie, the body's type and size, the form token.
pub struct SetupForm {
    pub(super) request: PageRequest,
    pub(super) setup: Setup,
    pub(super) fields: Sent,
}

impl FromRequest for SetupForm {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let request = PageRequest::new(&req)?;
            let payload = web::Payload::from_request(&req, &mut payload)
                .await
                .map_err(|error| request.failed(&error))?;
            Self::receive(request, payload).await
        })
    }
}

impl SetupForm {
    /// Receives the form of a request.
    pub(super) async fn receive(request: PageRequest, payload: web::Payload) -> Result<Self, PageError> {
        let setup = find(&request).await?;
        let form = request.form_within(payload, Sent::MOST).await?;
        if !setup.sent(form.text("csrf")) {
            return Err(not_from_here(&request));
        }
        Ok(Self { fields: Sent::read(&form), request, setup })
    }

    pub(super) fn caller(self) -> (Caller, Sent) {
        (Caller::Link(Box::new(self.request), Box::new(self.setup)), self.fields)
    }
}

async fn find(request: &PageRequest) -> Result<Setup, PageError> {
    let found = setup_session::find(request.state(), request.http()).await;
    found.map_err(|error| request.failed(&error))?.ok_or_else(|| gone(request))
}

fn not_from_here(request: &PageRequest) -> PageError {
    request.refuse(
        Refused::new(
            StatusCode::FORBIDDEN,
            "Nothing was changed",
            "The form was not one of this set-up's pages.",
        )
        .advise("Open the set-up page again and send the form from there.")
        .refer(request.id()),
    )
}

/// Refuses a link, or a browser, that has no right to a set-up.
pub(super) fn gone(request: &PageRequest) -> PageError {
    request.refuse(
        Refused::new(
            StatusCode::NOT_FOUND,
            "This set-up link is no longer valid",
            "It was used, expired after three days, or belongs to another region. The browser that used it could continue for two hours.",
        )
        .advise("Ask the person who sent it for a new one.")
        .refer(request.id()),
    )
}
