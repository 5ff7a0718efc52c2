//! Rate limits: per workspace for SCIM and Universal Logout, per client network for other requests. One workspace never uses up another's.
//! A refusal gives the delay in whole seconds, because Okta honours nothing else (okta-facts §2.6).

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
use vestibule_core::ids::{UserId, WorkspaceId};

use crate::config;

type Buckets<Key> = RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock>;

/// Seconds after which a refused caller may retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub u64);

/// All rate limits of this process.
pub struct RateLimits {
    enabled: bool,
    client_ip_header: String,
    workspaces: Buckets<WorkspaceId>,
    networks: Buckets<IpAddr>,
    revocations: Buckets<WorkspaceId>,
    recorded: Buckets<(WorkspaceId, &'static str, &'static str)>,
    recorded_of_networks: Buckets<(Option<IpAddr>, &'static str)>,
    documents: Buckets<(WorkspaceId, UserId)>,
}

/// How many client metadata documents one person may cause to be fetched at once; after that, one per minute.
const DOCUMENTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

impl RateLimits {
    pub(crate) fn new(config: &config::RateLimits) -> Self {
        Self {
            enabled: config.enabled,
            client_ip_header: config.client_ip_header.clone(),
            workspaces: RateLimiter::keyed(quota(config.scim_per_second, config.scim_burst)),
            networks: RateLimiter::keyed(quota(config.address_per_second, config.address_burst)),
            revocations: RateLimiter::keyed(quota(config.revocations_per_second, config.revocations_burst)),
            recorded: RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN)),
            recorded_of_networks: RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN)),
            documents: RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN).allow_burst(DOCUMENTS)),
        }
    }

    /// Counts a SCIM request of a workspace; refuses it over the limit.
    pub fn scim(&self, workspace_id: &WorkspaceId) -> Result<(), RetryAfter> {
        if self.enabled { take(&self.workspaces, workspace_id) } else { Ok(()) }
    }

    /// Counts a Universal Logout of a workspace's connection; refuses it over the limit.
    pub fn revocations(&self, workspace_id: &WorkspaceId) -> Result<(), RetryAfter> {
        if self.enabled { take(&self.revocations, workspace_id) } else { Ok(()) }
    }

    /// Counts the fetch of a client metadata document for a person; refuses it over the limit.
    pub fn documents(&self, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<(), RetryAfter> {
        let person = (workspace_id.clone(), user_id.clone());
        if self.enabled { take(&self.documents, &person) } else { Ok(()) }
    }

    /// Whether to record a refusal that strangers can cause: once a minute per workspace and reason, also where rate limits are
    /// disabled.
    pub fn may_record_refusal(&self, workspace_id: &WorkspaceId, reason: &'static str) -> bool {
        self.may_record(workspace_id, "", reason)
    }

    /// Whether to record an event that strangers can cause: once a minute per workspace, kind and reason, also where rate limits are
    /// disabled.
    pub fn may_record(&self, workspace_id: &WorkspaceId, kind: &'static str, reason: &'static str) -> bool {
        self.recorded.check_key(&(workspace_id.clone(), kind, reason)).is_ok()
    }

    /// As [`RateLimits::may_record_refusal`], once a minute per network and reason; `None`: the network is unknown.
    pub fn may_record_refusal_of_network(&self, network: Option<IpAddr>, reason: &'static str) -> bool {
        self.recorded_of_networks.check_key(&(network, reason)).is_ok()
    }

    /// Counts a request of a client's network; refuses it over the limit.
    pub fn address(&self, req: &HttpRequest) -> Result<(), RetryAfter> {
        match self.client_ip(req) {
            Some(ip) if self.enabled => take(&self.networks, &network(ip)),
            _ => Ok(()),
        }
    }

    /// Removes the counters of callers that are no longer limited.
    pub fn forget(&self) {
        self.workspaces.retain_recent();
        self.networks.retain_recent();
        self.revocations.retain_recent();
        self.recorded.retain_recent();
        self.recorded_of_networks.retain_recent();
        self.documents.retain_recent();
    }

    fn client_ip(&self, req: &HttpRequest) -> Option<IpAddr> {
        let forwarded =
            req.headers().get(self.client_ip_header.as_str()).filter(|_| !self.client_ip_header.is_empty());
        forwarded
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .or_else(|| req.peer_addr().map(|peer| peer.ip()))
    }
}

/// The network that is limited together with an address: the address itself for IPv4, its /64 for IPv6. A subscriber of IPv6 has at
/// least a /64 (RFC 6177 §2), and so can send each request from another address. An IPv4 address that a dual-stack
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
