//! The OpenID provider beyond the authorization code flow: the claims about a person, userinfo, and sign-out started by an app.

pub(crate) mod claims;
pub mod logout;
pub mod userinfo;
