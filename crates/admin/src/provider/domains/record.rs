//! The TXT record that proves a domain: its name and its value.

use vestibule_store::providers::domain_claims::DomainClaim;

/// Label of the record under the domain.
const LABEL: &str = "_vestibule";

/// Prefix of the challenge in the record.
pub(super) const PREFIX: &str = "vestibule-domain=";

/// The name of the record.
pub fn name(domain: &str) -> String {
    format!("{LABEL}.{domain}")
}

/// The value of the record that proves a claim.
pub fn value(claim: &DomainClaim) -> String {
    value_of(&claim.challenge)
}

/// The value of a record with this challenge.
pub fn value_of(challenge: &str) -> String {
    format!("{PREFIX}{challenge}")
}
