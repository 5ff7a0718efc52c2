//! Checks of destination, version and issue instant.

use vestibule_core::time::{Micros, SECOND};

use super::report::{CheckResult, Content};
use crate::{
    instant,
    tree::{self, short},
};

/// Tolerated difference between the provider's clock and this one.
pub(super) const LEEWAY: Micros = 60 * SECOND;
/// How far the issue instant may be in the future.
pub(super) const AHEAD: Micros = 5 * 60 * SECOND;
/// How old a response may be.
const OLD: Micros = 10 * 60 * SECOND;

/// Checks that `Destination` is our URL. A signed response must have it.
pub(super) fn destination(content: &Content<'_, '_>) -> CheckResult {
    match tree::attribute(content.response, "Destination") {
        Some(url) if url == content.expected.acs_url => Ok(true),
        Some(url) => {
            Err(format!("the response is for {}, not for {}", short(url), short(content.expected.acs_url)))
        }
        None if content.is_response_signed => Err("the signed response has no Destination".to_owned()),
        None => Ok(false),
    }
}

/// Checks the version of the assertion. The version of the response was checked with its root.
pub(super) fn version(content: &Content<'_, '_>) -> CheckResult {
    match tree::attribute(content.assertion.node(), "Version") {
        Some("2.0") => Ok(true),
        other => Err(format!("the assertion has the Version {}, not 2.0", short(other.unwrap_or("none")))),
    }
}

/// Checks that response and assertion were issued at most ten minutes ago, and at most five minutes in the future.
pub(super) fn issue_instant(content: &Content<'_, '_>) -> CheckResult {
    let now = content.expected.now;
    for (node, what) in [(content.assertion.node(), "assertion"), (content.response, "response")] {
        let at = read(tree::attribute(node, "IssueInstant"), "IssueInstant")?
            .ok_or_else(|| format!("the {what} has no IssueInstant"))?;
        if at > now.saturating_add(AHEAD) {
            return Err(format!(
                "the {what} was made at {}, which is ahead: here it is {}",
                instant::text(at),
                instant::text(now)
            ));
        }
        if at < now.saturating_sub(OLD) {
            return Err(format!(
                "the {what} was made at {}, which is long ago: here it is {}",
                instant::text(at),
                instant::text(now)
            ));
        }
    }
    Ok(true)
}

/// Parses the instant in an attribute, if the attribute exists.
pub(crate) fn read(value: Option<&str>, name: &str) -> Result<Option<Micros>, String> {
    let parse = |text: &str| {
        instant::parse(text)
            .ok_or_else(|| format!("{name} is {}, which is no instant in UTC with Z", short(text)))
    };
    value.map(parse).transpose()
}

/// Checks that the instant is in the future, with a minute's leeway.
pub(crate) fn not_over(end: Micros, now: Micros, what: &str) -> Result<(), String> {
    if now < end.saturating_add(LEEWAY) {
        return Ok(());
    }
    Err(format!("{what} ended at {}: here it is {}", instant::text(end), instant::text(now)))
}
