//! `/setup`: the set-up steps alone, for a customer's administrator who can't sign in. One workspace, and nothing but the set-up. The
//! right to it is the set-up link, and then the cookie of the browser that used the link: there is no session.

pub mod browser;
pub mod link;
mod page;
