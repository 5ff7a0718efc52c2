//! Okta's SCIM client (facts §2, §3): its requests and their order, in both styles. Each action is a method of `Okta` and returns its
//! exchanges, or a `Failure` with the exchanges so far. Ids of the service are stored, as Okta does.

mod bodies;
mod groups;
mod imports;
mod oauth;
mod provisioning;
mod roles;
pub(crate) mod settings;
mod suites;
mod trip;
mod users;

use actix_web::web;

pub use settings::{OAuthSettings, Role, ScimAuth, ScimSettings};
pub use suites::{SuiteNames, SuiteStep};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/app/cpc/{name}/oauth/callback", web::get().to(oauth::callback));
}
