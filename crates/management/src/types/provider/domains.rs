//! Email domains.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_admin::provider::domains;
use vestibule_core::time::rfc3339;
use vestibule_store::providers::domain_claims::DomainClaim;

use crate::types::{page::Item, parts};

/// A domain to claim.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    #[schema(schema_with = parts::domain)]
    pub domain: String,
}

/// A domain of a workspace, verified or claimed.
#[derive(Serialize, ToSchema)]
pub struct Domain {
    pub domain: String,
    pub verified: bool,
    #[schema(required)]
    pub by: Option<String>,
    #[schema(required, inline)]
    pub record: Option<DnsRecord>,
    #[schema(required, format = "date-time")]
    pub checked_at: Option<String>,
    pub finding: String,
    #[schema(required, format = "date-time")]
    pub missing_since: Option<String>,
}

impl Item for Domain {
    const LIST: &'static str = "Domains";
}

/// The DNS record that proves a claimed domain.
#[derive(Serialize, ToSchema)]
pub struct DnsRecord {
    pub r#type: String,
    pub name: String,
    pub value: String,
}

impl From<&DomainClaim> for Domain {
    fn from(claim: &DomainClaim) -> Self {
        Self {
            domain: claim.domain.clone(),
            verified: false,
            by: None,
            record: Some(DnsRecord {
                r#type: "TXT".to_owned(),
                name: domains::record::name(&claim.domain),
                value: domains::record::value(claim),
            }),
            checked_at: claim.checked_at.map(rfc3339),
            finding: claim.finding.clone(),
            missing_since: None,
        }
    }
}
