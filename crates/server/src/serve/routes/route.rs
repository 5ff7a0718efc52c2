//! Types of the route table.

use actix_web::{FromRequest, Handler, Resource, Responder, guard, http::Method, web};
use vestibule_core::sets::Door;
use vestibule_management::http::fallback;
use vestibule_scim::http::unsupported;

use crate::serve::unknown;

/// Part of the service that a request belongs to. Decides the label in metrics, the interface in the inspector, and the rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// SCIM.
    Scim,
    /// Sign-in at the identity provider.
    SignIn,
    /// Authorization server.
    OAuth,
    /// Universal Logout.
    UniversalLogout,
    /// Shared Signals.
    Signals,
    /// OpenID Connect Back-Channel Logout.
    BackchannelLogout,
    /// Forward auth and introspection.
    Check,
    /// Event feed.
    Feed,
    /// Management API.
    Management,
    /// Pages for people.
    Pages,
    /// Probes, static files, public metadata.
    Other,
}

impl Surface {
    /// Interface in the inspector; `None`: its requests are not stored.
    pub const fn door(self) -> Option<Door> {
        match self {
            Self::Scim => Some(Door::Scim),
            Self::SignIn => Some(Door::SignIn),
            Self::OAuth => Some(Door::OAuth),
            Self::UniversalLogout => Some(Door::UniversalLogout),
            Self::Signals => Some(Door::Signals),
            Self::BackchannelLogout => Some(Door::BackchannelLogout),
            Self::Check | Self::Feed | Self::Management | Self::Pages | Self::Other => None,
        }
    }

    /// Label in metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scim => Door::Scim.as_str(),
            Self::SignIn => Door::SignIn.as_str(),
            Self::OAuth => Door::OAuth.as_str(),
            Self::UniversalLogout => Door::UniversalLogout.as_str(),
            Self::Signals => Door::Signals.as_str(),
            Self::BackchannelLogout => Door::BackchannelLogout.as_str(),
            Self::Check => "check",
            Self::Feed => "feed",
            Self::Management => "management",
            Self::Pages => "pages",
            Self::Other => "other",
        }
    }

    /// Whether a request takes a token from the bucket of its client's address.
    ///
    /// Not for SCIM, which has a bucket per workspace, used after authentication. Not for checks, which are as frequent as the product's
    /// requests. Not for Universal Logout, signals and management: of these only a request that fails authentication takes a token, so
    /// that a valid request is never refused because of other requests.
    pub const fn is_limited_by_address(self) -> bool {
        matches!(self, Self::SignIn | Self::OAuth | Self::Pages)
    }
}

/// What a caller must present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Anyone,
    /// A value in the request that is signed or works only once: ticket, `state`, signed token, set-up link.
    Proof,
    /// Nothing, but the operator must have enabled the endpoint.
    AnyoneIfEnabled,
    /// Client authentication (RFC 6749 §2.3).
    Client,
    /// A bearer token.
    BearerToken,
    /// A session cookie or a bearer token.
    SessionOrToken,
    /// An operator key.
    OperatorKey,
    /// A SCIM credential of the workspace.
    ScimCredential,
    /// Session of any user.
    User,
    /// Session of an owner, an administrator or an auditor.
    Auditor,
    /// Session of an owner or an administrator.
    Administrator,
    /// Session of an owner or an administrator, or the browser that opened a set-up link.
    AdministratorOrSetUp,
}

/// Format of 404 and 405.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusals {
    /// JSON under the paths of an API, otherwise a page.
    Page,
    /// SCIM errors (RFC 7644 §3.12).
    Scim,
    /// Problem details (RFC 9457).
    Problem,
}

/// Routes under one prefix, matched together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub prefix: &'static str,
    pub refusals: Refusals,
}

/// Addresses without a common prefix.
pub(super) const ROOT: Area = Area { prefix: "", refusals: Refusals::Page };

/// One address: its methods, their handlers, and what applies before a handler runs.
pub struct Route {
    /// Pattern of the path, such as `/people/{id}`.
    pub path: String,
    /// Part of the service.
    pub surface: Surface,
    /// Methods and handlers.
    pub endpoints: Vec<Endpoint>,
    /// Whether scripts of any origin may call it and read the answer (Fetch §3.3). Never with cookies.
    pub is_cross_origin: bool,
    /// Whether a GET has an effect, such as the use of a ticket, and must not be prefetched.
    pub is_used_once: bool,
    pub(super) area: &'static Area,
}

/// One method of a route.
pub struct Endpoint {
    /// `None` stands for any method.
    pub method: Option<Method>,
    /// Who may call it.
    pub access: Access,
    /// Whether it also runs in read-only mode although it is no read: it ends access, or changes nothing.
    pub runs_in_read_only: bool,
    make: Box<dyn Fn() -> actix_web::Route + Send + Sync>,
}

/// Defines a function per HTTP method, which adds the method with its required access and its handler.
macro_rules! methods {
    ($($name:ident $method:ident),+) => {
        $(pub(super) fn $name<F, Args>(self, access: Access, handler: F) -> Self
        where
            F: Handler<Args> + Send + Sync,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.on(Method::$method, access, handler)
        })+
    };
}

impl Route {
    pub(super) fn new(area: &'static Area, path: &str, surface: Surface) -> Self {
        let path = format!("{}{path}", area.prefix);
        Self { path, surface, endpoints: Vec::new(), is_cross_origin: false, is_used_once: false, area }
    }

    /// Adds a method with a function that makes its actix route.
    pub(super) fn add(
        &mut self,
        method: Method,
        access: Access,
        make: impl Fn() -> actix_web::Route + Send + Sync + 'static,
        runs_in_read_only: bool,
    ) {
        self.endpoints.push(Endpoint {
            method: Some(method),
            access,
            runs_in_read_only,
            make: Box::new(make),
        });
    }

    fn on<F, Args>(mut self, method: Method, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(method, access, move || web::route().to(handler.clone()), false);
        self
    }

    /// Adds a handler for every method.
    pub(super) fn any<F, Args>(mut self, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let make = move || web::route().to(handler.clone());
        self.endpoints.push(Endpoint {
            method: None,
            access,
            runs_in_read_only: false,
            make: Box::new(make),
        });
        self
    }

    methods! { get GET, head HEAD, post POST, put PUT, patch PATCH, delete DELETE }

    /// Lets the method that was added last run in read-only mode, too.
    pub(super) fn in_read_only(mut self) -> Self {
        if let Some(endpoint) = self.endpoints.last_mut() {
            endpoint.runs_in_read_only = true;
        }
        self
    }

    /// Lets scripts of any origin call the route.
    pub(super) fn cross_origin(mut self) -> Self {
        self.is_cross_origin = true;
        self
    }

    /// Refuses prefetches.
    pub(super) fn used_once(mut self) -> Self {
        self.is_used_once = true;
        self
    }

    /// Whether a HEAD is answered as a GET, without the body (RFC 9110 §9.3.2). Not where a GET has an effect.
    pub fn answers_head(&self) -> bool {
        let has = |wanted: &Method| self.endpoints.iter().any(|one| one.method.as_ref() == Some(wanted));
        let read = matches!(self.surface, Surface::Pages | Surface::Other) && !self.is_used_once;
        read && has(&Method::GET) && !has(&Method::HEAD)
    }

    /// Whether a request with this method is refused in read-only mode.
    pub fn is_refused_in_read_only(&self, method: &Method) -> bool {
        let has_changes = matches!(self.surface, Surface::Scim | Surface::Management | Surface::Pages);
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let runs = |one: &Endpoint| one.runs_in_read_only && one.method.as_ref() == Some(method);
        has_changes && !reads && !self.endpoints.iter().any(runs)
    }

    /// Value of `Allow` (RFC 9110 §15.5.6).
    pub fn allow(&self) -> String {
        let mut methods = Vec::new();
        for method in self.endpoints.iter().filter_map(|endpoint| endpoint.method.as_ref()) {
            methods.push(method.as_str());
            if *method == Method::GET && self.answers_head() {
                methods.push(Method::HEAD.as_str());
            }
        }
        methods.join(", ")
    }

    /// The actix route of a method.
    fn on_method(&self, endpoint: &Endpoint) -> actix_web::Route {
        let route = (endpoint.make)();
        match endpoint.method.clone() {
            Some(Method::GET) if self.answers_head() => {
                route.guard(guard::Any(guard::Get()).or(guard::Head()))
            }
            Some(method) => route.method(method),
            None => route,
        }
    }

    /// The actix resource under the area's scope. Responds 405 to other methods.
    pub(super) fn resource(&self) -> Resource {
        let path = self.path.strip_prefix(self.area.prefix).unwrap_or(&self.path);
        let resource = self.endpoints.iter().fold(web::resource(path.to_owned()), |resource, endpoint| {
            resource.route(self.on_method(endpoint))
        });
        let allow = self.allow();
        if allow.is_empty() {
            return resource;
        }
        resource.default_service(match self.area.refusals {
            Refusals::Page => web::to(move |req, state| unknown::method(req, state, allow.clone())),
            Refusals::Scim => web::to(move |state| unsupported::unknown_method(state, allow.clone())),
            Refusals::Problem => {
                web::to(move |req, state| fallback::unknown_method(req, state, allow.clone()))
            }
        })
    }
}
