//! A request that waits while the person signs in.

use crate::{oidc::request::AuthorizeRequest, saml::SsoRequest};

/// A request of an app that waits while the person signs in.
#[derive(Clone)]
pub(crate) enum Waiting {
    OpenId(AuthorizeRequest),
    Saml(SsoRequest),
}

impl Waiting {
    /// Client id or id of the app instance.
    pub(crate) fn app(&self) -> &str {
        match self {
            Self::OpenId(request) => &request.client_id,
            Self::Saml(request) => &request.app,
        }
    }

    pub(crate) fn login_hint(&self) -> Option<&str> {
        match self {
            Self::OpenId(request) => request.login_hint.as_deref(),
            Self::Saml(_) => None,
        }
    }
}
