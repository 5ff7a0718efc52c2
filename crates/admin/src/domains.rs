//! E-mail domains and their proof: a TXT record that only whoever runs the domain's DNS can place. People are recognised
//! and made by name only under a proved domain, and a domain is one workspace's at most (design rule 9).

use std::net::SocketAddr;

use serde_json::json;
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    providers::{
        domain_claims::{self, DomainClaim},
        domains,
    },
    trail::events::{self, Cause},
};
use vestibule_web::outbound::dns::{self, DnsError};

use crate::domain_renewal::{first_check, take_lapsed};

/// Where the record stands, under the domain.
const LABEL: &str = "_vestibule";

/// What stands before the challenge in the record.
pub const PREFIX: &str = "vestibule-domain=";

/// What DNS was found to say of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The record is there.
    Proved,
    /// It isn't; one sentence for the administrator.
    Missing(String),
}

/// A domain as typed, in the one spelling it is stored in: ASCII, lower case, without `@` and dots around it.
///
/// # Errors
/// One sentence that says what to type.
pub fn normalise(typed: &str) -> Result<String, String> {
    let refused = || format!("{} is no e-mail domain; type one such as acme.example", clip(typed));
    let bare = typed.trim().trim_start_matches('@').trim_end_matches('.');
    let domain = idna::domain_to_ascii_strict(bare).map_err(|_| refused())?;
    let labels: Vec<&str> = domain.split('.').collect();
    // A last label of digits is an address, and one label alone is nobody's domain.
    let named = labels.len() >= 2
        && labels.last().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    if named && domain.len() <= 253 { Ok(domain) } else { Err(refused()) }
}

/// The domain of an e-mail address, in the same spelling.
pub fn of_email(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    if local.trim().is_empty() { None } else { normalise(domain).ok() }
}

/// The name of the record.
pub fn record_name(domain: &str) -> String {
    format!("{LABEL}.{domain}")
}

/// What the record holds.
pub fn record_value(claim: &DomainClaim) -> String {
    value_of(&claim.challenge)
}

/// What a record with this challenge holds.
pub fn value_of(challenge: &str) -> String {
    format!("{PREFIX}{challenge}")
}

/// Asks DNS about a claim. Nothing is written.
pub async fn ask(server: Option<SocketAddr>, claim: &DomainClaim) -> Finding {
    let (name, wanted) = (record_name(&claim.domain), record_value(claim));
    let missing = |found: String| {
        Finding::Missing(format!(
            "{found} After you add the record it can take an hour to be seen everywhere."
        ))
    };
    match dns::txt(server, &name).await {
        Ok(texts) if texts.iter().any(|text| text.trim() == wanted) => Finding::Proved,
        Ok(texts) => {
            let one = texts.iter().find(|text| text.starts_with(PREFIX));
            missing(match one {
                Some(_) => format!("The TXT record at {name} holds another workspace's or an older value."),
                None => format!("There are TXT records at {name}, but not this one."),
            })
        }
        Err(DnsError::None) => missing(format!("There is no TXT record at {name} yet.")),
        Err(DnsError::Failed(why)) => {
            Finding::Missing(format!("DNS could not be asked about {name} just now: {why}. Try again."))
        }
    }
}

/// Claims a domain, to be proved by DNS. Claimed again it is the same claim.
pub fn claim(
    conn: &mut Conn,
    workspace_id: &str,
    domain: &str,
    cause: &Cause,
    now: Micros,
) -> Result<DomainClaim, Error> {
    let stands = domain_claims::find(conn, workspace_id, domain)?.is_some();
    let claim = domain_claims::claim(conn, workspace_id, domain, now)?;
    if !stands {
        let data = json!({ "domain": claim.domain });
        events::record_json(conn, workspace_id, "domain_claimed", cause, "workspace", &data, now)?;
    }
    Ok(claim)
}

/// Carries a finding out: the domain is the workspace's, or the claim says what is missing. Whether it is proved.
///
/// # Errors
/// [`Error::Conflict`] (`domains_domain`) when another workspace has it; [`Error::NotFound`] when the claim was withdrawn
/// meanwhile.
pub fn settle(
    conn: &mut Conn,
    claim: &DomainClaim,
    finding: &Finding,
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    let DomainClaim { workspace_id, domain, .. } = claim;
    if domain_claims::find(conn, workspace_id, domain)?
        .is_none_or(|stands| stands.challenge != claim.challenge)
    {
        return Err(Error::NotFound);
    }
    match finding {
        Finding::Proved => {
            take_lapsed(conn, workspace_id, domain, cause, now)?;
            domains::verify_by_record(conn, (workspace_id, domain), &claim.challenge, first_check(now), now)?;
            domain_claims::withdraw(conn, workspace_id, domain)?;
            let data = json!({ "domain": domain, "by": "dns" });
            events::record_json(conn, workspace_id, "domain_verified", cause, "workspace", &data, now)?;
            Ok(true)
        }
        Finding::Missing(sentence) => {
            domain_claims::note(conn, workspace_id, domain, sentence, now)?;
            Ok(false)
        }
    }
}

/// Vouches for a domain: it is the workspace's at once, without a record.
///
/// # Errors
/// [`Error::Conflict`] (`domains_domain`) when another workspace has it.
pub fn vouch(
    conn: &mut Conn,
    workspace_id: &str,
    domain: &str,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if domains::is_verified(conn, workspace_id, domain)? {
        return Ok(());
    }
    take_lapsed(conn, workspace_id, domain, cause, now)?;
    domains::verify(conn, workspace_id, domain, domains::OPERATOR, now)?;
    domain_claims::withdraw(conn, workspace_id, domain)?;
    let data = json!({ "domain": domain, "by": "operator" });
    events::record_json(conn, workspace_id, "domain_verified", cause, "workspace", &data, now)?;
    Ok(())
}

/// Lets a domain go, claimed or verified; whether there was one.
pub fn remove(
    conn: &mut Conn,
    workspace_id: &str,
    domain: &str,
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    let withdrawn = domain_claims::withdraw(conn, workspace_id, domain)?;
    let removed = domains::remove(conn, workspace_id, domain)?;
    if removed {
        let data = json!({ "domain": domain });
        events::record_json(conn, workspace_id, "domain_removed", cause, "workspace", &data, now)?;
    }
    Ok(withdrawn || removed)
}

/// What somebody typed, short enough for a sentence.
fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_spelling() {
        for (typed, stored) in [
            ("acme.example", Some("acme.example")),
            (" @Acme.EXAMPLE. ", Some("acme.example")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("a.b.c.example", Some("a.b.c.example")),
            ("", None),
            ("example", None),
            ("localhost", None),
            ("192.0.2.1", None),
            ("acme..example", None),
            (".acme.example", None),
            ("-acme.example", None),
            ("acme .example", None),
            ("acme.example/x", None),
            ("https://acme.example", None),
            ("ada@acme.example", None),
            ("_dmarc.acme.example", None),
            ("acme\0.example", None),
        ] {
            assert_eq!(normalise(typed).ok().as_deref(), stored, "{typed:?}");
        }
        assert_eq!(normalise(&format!("{}.example", "a.".repeat(130))).ok(), None);
        assert_eq!(of_email("\"a@b\"@Bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(of_email("\"a@b\"@Acme.example").as_deref(), Some("acme.example"));
        for address in ["@acme.example", "ada", "ada@", "ada@localhost"] {
            assert_eq!(of_email(address), None, "{address}");
        }
    }
}
