//! Configuration: `config/default.toml`, overridden by `--config FILE`, overridden by the environment. Unknown keys and invalid
//! values are refused at start with one sentence that names the key. All defaults are in `config/default.toml`.

mod backup;
mod brand;
mod load;
pub mod region;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

pub use backup::Backup;
pub use brand::Brand;
pub use load::{ConfigError, load};

/// The whole configuration. Each key is described in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Config {
    pub server: Server,
    pub region: Region,
    pub brand: Brand,
    pub database: Database,
    pub security: Security,
    pub okta: Okta,
    pub sign_in: SignIn,
    pub tokens: Tokens,
    pub oauth: OAuth,
    pub signing: Signing,
    pub delivery: Delivery,
    pub events: Events,
    pub backup: Backup,
    pub inspector: Inspector,
    pub rate_limits: RateLimits,
    pub log: Log,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Server {
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    #[serde(deserialize_with = "empty_is_none")]
    pub metrics_listen: Option<SocketAddr>,
    pub workers: usize,
    pub max_body_bytes: usize,
    pub head_seconds: u64,
    pub body_seconds: u64,
    pub body_grace_seconds: u64,
    pub body_bytes_per_second: u64,
    pub keep_alive_seconds: u64,
    pub shutdown_seconds: u64,
    pub read_only: bool,
}

/// `[region]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Region {
    pub name: String,
    pub api_url: String,
    pub app_url: String,
    pub others: BTreeMap<String, String>,
}

impl Region {
    /// Whether the address is an origin of this deployment.
    pub fn is_own(&self, address: &str) -> bool {
        [&self.api_url, &self.app_url].into_iter().any(|own| address.trim_end_matches('/') == own)
    }
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Database {
    pub url: SecretString,
    pub pool_size: u32,
    pub reserved: u32,
    pub connect_seconds: u64,
    pub lock_seconds: u64,
    pub statement_seconds: u64,
    pub wait_seconds: u64,
    pub answer_seconds: u64,
    pub scan_milliseconds: u64,
    pub scans_per_workspace: usize,
    pub migrate_on_start: bool,
}

impl Database {
    /// Limits that the store is opened with.
    pub fn limits(&self) -> vestibule_store::Limits {
        let seconds = std::time::Duration::from_secs;
        vestibule_store::Limits {
            pool_size: self.pool_size,
            connect: seconds(self.connect_seconds),
            lock: seconds(self.lock_seconds),
            statement: seconds(self.statement_seconds),
        }
    }
}

/// `[security]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Security {
    pub sealing_key: SecretString,
    pub sealing_key_command: Vec<String>,
    pub sealing_keys_file: String,
    pub retired_sealing_keys: SecretString,
}

/// `[okta]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Okta {
    pub allow_insecure_issuers: bool,
}

/// `[sign_in]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct SignIn {
    pub session_hours: i64,
    #[serde(deserialize_with = "dns_server")]
    pub dns_server: Option<SocketAddr>,
    pub idle_minutes: i64,
    pub domain_grace_days: i64,
}

/// `[tokens]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Tokens {
    pub access_seconds: i64,
    pub refresh_days: i64,
    pub refresh_grace_seconds: i64,
    pub api_scopes: String,
}

/// `[oauth]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct OAuth {
    pub client_metadata_documents: bool,
    pub registration: bool,
    pub mcp_scopes: String,
    pub check_scopes: String,
    pub registered_resources_only: bool,
    pub id_jag_reuse: bool,
}

/// `[signing]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Signing {
    pub rotate_after_days: i64,
}

/// `[delivery]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Delivery {
    pub give_up_hours: i64,
    pub keep_delivered_days: i64,
    pub keep_dead_days: i64,
}

/// `[events]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Events {
    pub keep_days: i64,
}

/// `[inspector]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Inspector {
    pub keep_days: i64,
    pub keep_requests: i64,
}

/// `[rate_limits]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct RateLimits {
    pub enabled: bool,
    pub scim_per_second: u32,
    pub scim_burst: u32,
    pub address_per_second: u32,
    pub address_burst: u32,
    pub revocations_per_second: u32,
    pub revocations_burst: u32,
    pub client_ip_header: String,
    pub connections_per_address: usize,
    #[serde(deserialize_with = "proxies")]
    pub trusted_proxies: Vec<IpAddr>,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Log {
    pub format: String,
    pub level: String,
}

impl Config {
    /// Checks what the types cannot express. Called by [`load`].
    fn check(&self) -> Result<(), ConfigError> {
        origin("region.api_url", &self.region.api_url)?;
        origin("region.app_url", &self.region.app_url)?;
        for (name, url) in &self.region.others {
            origin(&format!("region.others.{name}"), url)?;
        }
        let named = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        need("region.name", named(&self.region.name), "must be letters, digits and dashes")?;
        need(
            "region.others",
            !self.region.others.contains_key(&self.region.name),
            "must not contain this region",
        )?;
        self.brand.check()?;
        self.database
            .url
            .expose_secret()
            .parse::<vestibule_store::DatabaseUrl>()
            .map_err(|error| ConfigError(error.0))?;
        need("database.pool_size", (1..=1000).contains(&self.database.pool_size), "must be 1 to 1000")?;
        let database = &self.database;
        need("database.reserved", database.reserved <= 1000, "must be 0 to 1000")?;
        for (key, seconds) in [
            ("database.connect_seconds", database.connect_seconds),
            ("database.lock_seconds", database.lock_seconds),
            ("database.statement_seconds", database.statement_seconds),
            ("database.wait_seconds", database.wait_seconds),
            ("database.answer_seconds", database.answer_seconds),
        ] {
            need(key, (1..=3600).contains(&seconds), "must be 1 to 3600")?;
        }
        let scan = (1..=3_600_000).contains(&database.scan_milliseconds);
        need("database.scan_milliseconds", scan, "must be 1 to 3600000")?;
        let scans = (1..=1000).contains(&database.scans_per_workspace);
        need("database.scans_per_workspace", scans, "must be 1 to 1000")?;
        need("server.max_body_bytes", self.server.max_body_bytes >= 16_384, "must be at least 16384")?;
        for (key, seconds) in [
            ("head_seconds", self.server.head_seconds),
            ("body_seconds", self.server.body_seconds),
            ("body_grace_seconds", self.server.body_grace_seconds),
            ("keep_alive_seconds", self.server.keep_alive_seconds),
        ] {
            need(&format!("server.{key}"), (1..=3600).contains(&seconds), "must be 1 to 3600")?;
        }
        let rate = self.server.body_bytes_per_second;
        need("server.body_bytes_per_second", rate > 0, "must be at least 1")?;
        need("sign_in.session_hours", (1..=8760).contains(&self.sign_in.session_hours), "must be 1 to 8760")?;
        let grace = (1..=3650).contains(&self.sign_in.domain_grace_days);
        need("sign_in.domain_grace_days", grace, "must be 1 to 3650")?;
        let idle = (0..=525_600).contains(&self.sign_in.idle_minutes);
        need("sign_in.idle_minutes", idle, "must be 0 to 525600; 0 means no limit")?;
        need(
            "tokens.access_seconds",
            (60..=86_400).contains(&self.tokens.access_seconds),
            "must be 60 to 86400",
        )?;
        need("tokens.refresh_days", (1..=3650).contains(&self.tokens.refresh_days), "must be 1 to 3650")?;
        let grace = (0..=3600).contains(&self.tokens.refresh_grace_seconds);
        need("tokens.refresh_grace_seconds", grace, "must be 0 to 3600")?;
        for (key, scopes) in
            [("oauth.mcp_scopes", &self.oauth.mcp_scopes), ("tokens.api_scopes", &self.tokens.api_scopes)]
        {
            let scoped = scopes.split(' ').all(is_scope);
            need(key, scoped, "must be scopes separated by one space each")?;
        }
        let check_scopes = &self.oauth.check_scopes;
        let scoped = check_scopes.is_empty() || check_scopes.split(' ').all(is_scope);
        need("oauth.check_scopes", scoped, "must be empty, or scopes separated by one space each")?;
        let rotate = self.signing.rotate_after_days;
        need(
            "signing.rotate_after_days",
            rotate == 0 || (2..=3650).contains(&rotate),
            "must be 2 to 3650, or 0",
        )?;
        let delivery = &self.delivery;
        need("delivery.give_up_hours", (1..=720).contains(&delivery.give_up_hours), "must be 1 to 720")?;
        for (key, days) in [
            ("keep_delivered_days", delivery.keep_delivered_days),
            ("keep_dead_days", delivery.keep_dead_days),
        ] {
            need(&format!("delivery.{key}"), (1..=3650).contains(&days), "must be 1 to 3650")?;
        }
        let keep_days = self.events.keep_days;
        need("events.keep_days", (0..=36_500).contains(&keep_days), "must be 0 to 36500")?;
        self.backup.check(self.database.url.expose_secret())?;
        let Inspector { keep_days: days, keep_requests } = &self.inspector;
        need("inspector.keep_days", (0..=3_650).contains(days), "must be 0 to 3650")?;
        need("inspector.keep_requests", (0..=100_000).contains(keep_requests), "must be 0 to 100000")?;
        // A webhook delivery is retried for `give_up_hours`; its event must still exist then.
        let long_enough = keep_days == 0 || keep_days * 24 > delivery.give_up_hours;
        need("events.keep_days", long_enough, "must be 0, or longer than delivery.give_up_hours")?;
        let limits = &self.rate_limits;
        for (key, value) in [
            ("scim_per_second", limits.scim_per_second),
            ("scim_burst", limits.scim_burst),
            ("address_per_second", limits.address_per_second),
            ("address_burst", limits.address_burst),
            ("revocations_per_second", limits.revocations_per_second),
            ("revocations_burst", limits.revocations_burst),
        ] {
            need(
                &format!("rate_limits.{key}"),
                value > 0,
                "must be at least 1; set rate_limits.enabled to false to lift limits",
            )?;
        }
        need(
            "log.format",
            ["pretty", "json"].contains(&self.log.format.as_str()),
            "must be \"pretty\" or \"json\"",
        )
    }
}

/// Checks that a value is an origin: https, or http on loopback, and nothing after the host.
fn origin(key: &str, text: &str) -> Result<(), ConfigError> {
    let url = Url::parse(text)
        .map_err(|_| ConfigError(format!("{key} must be a URL such as https://api.example.com")))?;
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    need(key, secure, "must begin with https:// (plain http only on loopback)")?;
    need(
        key,
        url.origin().ascii_serialization() == text,
        "must be a scheme and a host, without a path or a slash at its end",
    )
}

/// Whether this is one scope (RFC 6749 §3.3): visible ASCII without double quotes and backslashes.
pub fn is_scope(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
}

/// Whether a URL's host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn need(key: &str, holds: bool, rule: &str) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError(format!("{key} {rule}"))) }
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| serde::de::Error::custom("server.listen must be address:port, such as 127.0.0.1:8080"))
}

fn empty_is_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    maybe_address(deserializer, "server.metrics_listen")
}

fn proxies<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let addresses: Result<_, _> = text.split_whitespace().map(str::parse::<IpAddr>).collect();
    let sentence =
        "rate_limits.trusted_proxies must be IP addresses separated by spaces, such as 10.0.0.5 ::1";
    addresses.map_err(|_| serde::de::Error::custom(sentence))
}

fn dns_server<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    maybe_address(deserializer, "sign_in.dns_server")
}

fn maybe_address<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
    key: &str,
) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("{key} must be address:port, or empty")))
}
