//! Okta's SCIM client (facts §2, §3): which requests it sends, in which order, in both of its styles. Each action
//! is a method of `Okta` and gives back what was said on the wire, or a `Failure` with what was said until it
//! stopped. The ids a service gives are remembered, as Okta remembers them.

mod bodies;
mod groups;
mod imports;
mod oauth;
mod provisioning;
mod roles;
pub(crate) mod settings;
mod trip;
mod users;

use actix_web::web;

pub use settings::{OAuthSettings, Role, ScimAuth, ScimSettings};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/app/cpc/{name}/oauth/callback", web::get().to(oauth::callback));
}
