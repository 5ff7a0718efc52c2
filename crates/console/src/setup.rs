//! The set-up: steps that connect an identity provider, one a page. The console has them at `/integrations/okta/setup/{step}`, for an
//! administrator or, without forms, an auditor. A customer's administrator who can't sign in has the same steps at `/setup/{step}`: one
//! workspace, and nothing but the set-up. The right to these is the set-up link, and then the cookie of the browser that used the link:
//! there is no session.

mod act;
pub mod browser;
mod caller;
pub mod console;
mod content;
mod credentials;
mod drawn;
mod page;
mod read;
pub(crate) mod state;
pub(crate) mod step;

pub(crate) use read::{Status, done, statuses};
