//! `/integrations/okta/conflicts`: people whom Okta let in and Vestibule can't match with a user. An administrator says who each is;
//! Vestibule never links two people by itself (design rule 9).

mod page;
mod resolve;
mod rows;

pub use page::get;
pub use resolve::post;
