//! `/integrations/okta/conflicts`: people whom Okta authenticated and Vestibule can't match to a user. An administrator says who each is;
//! Vestibule never links two people by itself (design rule 9).

mod page;
mod resolve;
mod rows;

pub use page::get;
pub use resolve::post;
