//! The page `/integrations/okta`. Until people can sign in, it leads to the set-up.

use crate::{
    layout::{access::Reader, error::PageResult},
    provider::okta::view::OktaPage,
    setup::console,
};

/// `GET /integrations/okta`
pub async fn get(reader: Reader) -> PageResult {
    match OktaPage::read(&reader).await? {
        Some(content) => reader.page(reader.provider().page(), &content),
        None => console::first_open(&reader).await,
    }
}
