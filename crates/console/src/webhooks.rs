//! `/webhooks`: the webhooks of the workspace. Those of the deployment are the operator's and are not shown here.

mod condition;
mod kinds;
mod list;
pub mod webhook;

use vestibule_admin::outbox::webhooks::Environment;
use vestibule_web::State;

pub use list::{create, get};

/// Sealer and settings that checks and secrets of webhooks need.
fn environment(state: &State) -> Environment<'_> {
    Environment { sealer: state.sealer(), allow_insecure: state.config().okta.allow_insecure_issuers }
}
