//! The section `[brand]`, and its checks that need no file.

use serde::Deserialize;
use url::Url;

use super::{ConfigError, is_loopback, need};
use crate::brand::Accents;

/// The longest name, in characters.
const LONGEST_NAME: usize = 60;

/// `[brand]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Brand {
    pub name: String,
    pub logo: String,
    pub accent: String,
    pub accent_dark: String,
    pub support_url: String,
    pub help_url: String,
    pub product_url: String,
    pub show_vestibule: bool,
}

impl Brand {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let length = self.name.chars().count();
        let printed = self.name.trim() == self.name && !self.name.chars().any(char::is_control);
        need(
            "brand.name",
            (1..=LONGEST_NAME).contains(&length) && printed,
            "must be 1 to 60 characters, without control characters or spaces around it",
        )?;
        Accents::of(&self.accent, &self.accent_dark)
            .map_err(|(key, rule)| ConfigError(format!("{key} {rule}")))?;
        for (key, url) in [
            ("brand.support_url", &self.support_url),
            ("brand.help_url", &self.help_url),
            ("brand.product_url", &self.product_url),
        ] {
            let is_link = |url: Url| match url.scheme() {
                "https" | "mailto" => true,
                "http" => is_loopback(&url),
                _ => false,
            };
            let fits = url.is_empty() || Url::parse(url).is_ok_and(is_link);
            need(key, fits, "must be empty, or begin with https:// or mailto:")?;
        }
        Ok(())
    }
}
