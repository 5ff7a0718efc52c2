//! Looks up TXT records, without a cache: a person who presses "Check now" has just changed them.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};

/// Why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    /// The name has no such record.
    #[error("there is no such record")]
    None,
    /// The lookup failed.
    #[error("{0}")]
    Failed(String),
}

/// The TXT records of a name, the strings of each joined (RFC 7208 §3.3). Asks `server`, or the resolvers of the machine's
/// configuration.
pub async fn txt(server: Option<SocketAddr>, name: &str) -> Result<Vec<String>, DnsError> {
    let failed = |error: &dyn std::fmt::Display| DnsError::Failed(error.to_string());
    let mut builder = match server {
        Some(server) => {
            let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
            for connection in &mut name_server.connections {
                connection.port = server.port();
            }
            let config = ResolverConfig::from_name_servers(vec![name_server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio().map_err(|error| failed(&error))?,
    };
    let options = builder.options_mut();
    (options.timeout, options.attempts, options.cache_size) = (Duration::from_secs(3), 2, 0);
    let resolver = builder.build().map_err(|error| failed(&error))?;
    // The final dot turns the machine's search domains off.
    let found =
        resolver.txt_lookup(format!("{name}.")).await.map_err(|error| match error.is_no_records_found() {
            true => DnsError::None,
            false => failed(&error),
        })?;
    let texts = found.answers().iter().filter_map(|record| match &record.data {
        RData::TXT(txt) => {
            let bytes: Vec<u8> = txt.txt_data.iter().flat_map(|part| part.iter().copied()).collect();
            String::from_utf8(bytes).ok()
        }
        _ => None,
    });
    Ok(texts.collect())
}
