//! Why no request could be built for a delivery.

use std::error::Error;

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// No later attempt can succeed either.
    Never(&'static str),
    /// This attempt failed; a later one may succeed.
    Now(Box<dyn Error + Send + Sync>),
}

impl<E: Error + Send + Sync + 'static> From<E> for Unsent {
    fn from(error: E) -> Self {
        Unsent::Now(Box::new(error))
    }
}
