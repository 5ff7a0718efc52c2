//! Rate limits: per workspace for SCIM, per address for the other doors. One bucket of one tenant never empties
//! another's. A refusal says after how many whole seconds to come again: Okta honours nothing else (okta-facts §2.6).

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use actix_web::HttpRequest;
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};

use crate::config;

type Buckets<Key> = RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock>;

/// Come again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub u64);

/// All buckets of this process.
pub struct RateLimits {
    enabled: bool,
    client_ip_header: String,
    workspaces: Buckets<String>,
    networks: Buckets<IpAddr>,
    revocations: Buckets<String>,
    told: Buckets<(String, &'static str, &'static str)>,
    documents: Buckets<(String, String)>,
}

/// How many client metadata documents a person may have fetched at once; later one more each minute.
const DOCUMENTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

impl RateLimits {
    pub(crate) fn new(config: &config::RateLimits) -> Self {
        Self {
            enabled: config.enabled,
            client_ip_header: config.client_ip_header.clone(),
            workspaces: RateLimiter::keyed(quota(config.scim_per_second, config.scim_burst)),
            networks: RateLimiter::keyed(quota(config.address_per_second, config.address_burst)),
            revocations: RateLimiter::keyed(quota(config.revocations_per_second, config.revocations_burst)),
            told: RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN)),
            documents: RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN).allow_burst(DOCUMENTS)),
        }
    }

    /// One more SCIM request of a workspace.
    ///
    /// # Errors
    /// When its bucket is empty.
    pub fn scim(&self, workspace_id: &str) -> Result<(), RetryAfter> {
        if self.enabled { take(&self.workspaces, &workspace_id.to_owned()) } else { Ok(()) }
    }

    /// One more Universal Logout of a workspace's connection.
    ///
    /// # Errors
    /// When its bucket is empty.
    pub fn revocations(&self, workspace_id: &str) -> Result<(), RetryAfter> {
        if self.enabled { take(&self.revocations, &workspace_id.to_owned()) } else { Ok(()) }
    }

    /// One more client metadata document that is fetched because this person asked for it.
    ///
    /// # Errors
    /// When their bucket is empty.
    pub fn documents(&self, workspace_id: &str, user_id: &str) -> Result<(), RetryAfter> {
        let person = (workspace_id.to_owned(), user_id.to_owned());
        if self.enabled { take(&self.documents, &person) } else { Ok(()) }
    }

    /// Whether a workspace's trail is told of this again: once a minute, because strangers can cause it. Also where the limits are
    /// off.
    pub fn may_tell(&self, workspace_id: &str, reason: &'static str) -> bool {
        self.may_record(workspace_id, "", reason)
    }

    /// Whether an event of this kind that strangers can cause is recorded again for this reason: once a minute in a workspace.
    /// Reasons of different kinds don't count together. Also where the limits are off.
    pub fn may_record(&self, workspace_id: &str, kind: &'static str, reason: &'static str) -> bool {
        self.told.check_key(&(workspace_id.to_owned(), kind, reason)).is_ok()
    }

    /// One more request of a client's network.
    ///
    /// # Errors
    /// When its bucket is empty.
    pub fn address(&self, req: &HttpRequest) -> Result<(), RetryAfter> {
        match self.client_ip(req) {
            Some(ip) if self.enabled => take(&self.networks, &network(ip)),
            _ => Ok(()),
        }
    }

    /// Forgets buckets that are full again.
    pub fn forget(&self) {
        self.workspaces.retain_recent();
        self.networks.retain_recent();
        self.revocations.retain_recent();
        self.told.retain_recent();
        self.documents.retain_recent();
    }

    fn client_ip(&self, req: &HttpRequest) -> Option<IpAddr> {
        let told =
            req.headers().get(self.client_ip_header.as_str()).filter(|_| !self.client_ip_header.is_empty());
        told.and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .or_else(|| req.peer_addr().map(|peer| peer.ip()))
    }
}

/// The network that shares one bucket with an address: the address itself for IPv4, its /64 for IPv6. A subscriber of IPv6 has at
/// least a /64 (RFC 6177 §2), so its owner can send each request from an address of its own. An IPv4 address that a dual-stack
/// listener sees as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) counts as IPv4.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
        ip @ IpAddr::V4(_) => ip,
    }
}

fn quota(per_second: u32, burst: u32) -> Quota {
    let positive = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(positive(per_second)).allow_burst(positive(burst))
}

fn take<Key: std::hash::Hash + Eq + Clone>(buckets: &Buckets<Key>, key: &Key) -> Result<(), RetryAfter> {
    buckets.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(buckets.clock().now());
        RetryAfter(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_shares_the_bucket_of_its_64() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:ffff:ffff:ffff:ffff"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:3::1"), "2001:db8:1:3::");
        assert_eq!(network("::1"), "::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.2"), "192.0.2.2");
    }
}
