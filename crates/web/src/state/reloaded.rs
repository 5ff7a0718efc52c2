//! What of the configuration a running service takes up again: the brand and the rate limits.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{
    brand::Brand,
    config::{self, Config},
    http::limits::RateLimits,
};

/// The parts of a running service that come from the configuration read last.
pub(super) struct Reloaded(RwLock<Parts>);

struct Parts {
    brand: Arc<Brand>,
    limits: Arc<RateLimits>,
    /// The settings that the limits were made from.
    limited_by: config::RateLimits,
}

impl Reloaded {
    /// Builds the parts. The error is a sentence that names the configuration key.
    pub(super) fn new(config: &Config) -> Result<Self, String> {
        Ok(Self(RwLock::new(Parts {
            brand: Arc::new(Brand::new(&config.brand)?),
            limits: Arc::new(RateLimits::new(&config.rate_limits)),
            limited_by: config.rate_limits.clone(),
        })))
    }

    /// Replaces the parts. Limits that did not change keep their counts; others begin to count anew.
    pub(super) fn replace(&self, config: &Config) -> Result<(), String> {
        let brand = Arc::new(Brand::new(&config.brand)?);
        let mut parts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        parts.brand = brand;
        if parts.limited_by != config.rate_limits {
            parts.limits = Arc::new(RateLimits::new(&config.rate_limits));
            parts.limited_by = config.rate_limits.clone();
        }
        Ok(())
    }

    pub(super) fn brand(&self) -> Arc<Brand> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).brand)
    }

    pub(super) fn limits(&self) -> Arc<RateLimits> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).limits)
    }
}
