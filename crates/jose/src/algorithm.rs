//! The signature algorithms of the service. Never `none`, never one that works with a shared secret (RFC 8725 §3.1, §3.2).

use std::fmt;

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// RSA with SHA-256: everybody verifies it (OpenID Connect Core §15.1, RFC 9068 §2.1).
    #[default]
    Rs256,
    /// P-256 with SHA-256: small and quick.
    Es256,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es256];
    /// Their names.
    pub const NAMES: [&str; 2] = ["RS256", "ES256"];

    /// The value of `alg` (RFC 7518 §3.1).
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Es256 => "ES256",
        }
    }

    /// The algorithm of this name; `None` for every other one. Names are case-sensitive (RFC 7515 §4.1.1).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
