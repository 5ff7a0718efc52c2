//! What a client may ask for, by its kind, and what that is in plain words. Pure.
//! Okta's screens show the scopes of SCIM separated by commas and by spaces; both are read there (okta-facts §2.2).

use vestibule_core::sets::ClientKind;
use vestibule_store::oauth::clients::Client;

/// What Okta's SCIM client may ask for.
pub(crate) const SCIM: [&str; 3] = ["scim.read", "scim.write", "entitlements.read"];

/// What an app may ask for (OpenID Connect Core §5.4, §11; `roles` is ours).
pub(crate) const APP: [&str; 5] = ["openid", "profile", "email", "roles", "offline_access"];

/// Grants outlive the session by this one (OpenID Connect Core §11).
pub(crate) const OFFLINE: &str = "offline_access";

/// The scope to grant, space-separated and in order: of what the client asks for, what it may have. Scopes that are unknown or not
/// for this client are ignored (OpenID Connect Core §3.1.2.1, RFC 6749 §3.3); the token response says what was granted. `mcp` is
/// what MCP clients may ask for here.
///
/// # Errors
/// A sentence for the client when nothing is left to grant.
pub(crate) fn granted(client: &Client, asked: Option<&str>, mcp: &str) -> Result<String, String> {
    let allowed = allowed(client, mcp);
    let asked = requested(client, asked);
    let usual = default(client, &allowed);
    let wanted = |scope: &str| asked.contains(&scope) || (!names_access(&asked) && usual.contains(&scope));
    join(allowed.iter().copied().filter(|scope| wanted(scope)), &allowed)
}

/// The scope of a token under a grant: of what was approved, what the client may have today, and of that what it asks for. A scope
/// that was not approved is never given (RFC 6749 §6), and one that the client has lost since is not given any more.
///
/// # Errors
/// A sentence for the client when nothing is left to give.
pub(crate) fn narrowed(
    client: &Client,
    approved: &str,
    asked: Option<&str>,
    mcp: &str,
) -> Result<String, String> {
    let allowed = allowed(client, mcp);
    let asked = requested(client, asked);
    let wanted = |scope: &str| !names_access(&asked) || asked.contains(&scope);
    join(words(approved).filter(|scope| allowed.contains(scope) && wanted(scope)), &allowed)
}

/// Whether the client may have this scope today.
pub(crate) fn is_allowed(client: &Client, scope: &str, mcp: &str) -> bool {
    allowed(client, mcp).contains(&scope)
}

/// Whether a scope holds this one.
pub(crate) fn holds(scope: &str, wanted: &str) -> bool {
    words(scope).any(|held| held == wanted)
}

/// Of what a client says it wants, what there is (for clients that describe themselves).
pub(crate) fn common(said: &str, there: &str) -> String {
    words(said).filter(|scope| holds(there, scope)).collect::<Vec<_>>().join(" ")
}

/// A scope in plain words.
pub(crate) fn in_words(scope: &str) -> String {
    match scope {
        "scim.read" => "Read people and groups",
        "scim.write" => "Create, change, deactivate and delete people and groups",
        "entitlements.read" => "Read the roles people can have",
        "openid" => "Know who you are",
        "profile" => "Know your name",
        "email" => "Know your e-mail address",
        "roles" => "Know your roles",
        "offline_access" => "Go on when you have signed out, until you or your administrator end it",
        "mcp" => "Use the product's tools and data in your name (MCP)",
        other => return format!("Use \"{other}\" in your name"),
    }
    .to_owned()
}

/// The scopes that a client may have today: those of its kind, and of these its own if it has any.
fn allowed<'a>(client: &'a Client, mcp: &'a str) -> Vec<&'a str> {
    let own: Vec<&str> = words(&client.scope).collect();
    let among = |all: &[&'static str]| -> Vec<&'a str> {
        all.iter().copied().filter(|scope| own.is_empty() || own.contains(scope)).collect()
    };
    match client.kind {
        ClientKind::Scim => among(&SCIM),
        ClientKind::App => among(&APP),
        ClientKind::Mcp => {
            // The operator chose the scopes of a client made by hand; one that described itself gets nothing beyond the list.
            let by_operator = client.metadata.is_empty();
            let scopes = if own.is_empty() { words(mcp).collect() } else { own };
            let scopes = scopes.into_iter().filter(|scope| by_operator || holds(mcp, scope));
            scopes.filter(|scope| *scope != OFFLINE).chain([OFFLINE]).collect()
        }
        ClientKind::Service => own,
    }
}

/// What a client gets that asks for nothing.
fn default<'a>(client: &Client, allowed: &[&'a str]) -> Vec<&'a str> {
    match client.kind {
        ClientKind::App if allowed.contains(&"openid") => vec!["openid"],
        ClientKind::App | ClientKind::Mcp => {
            allowed.iter().copied().filter(|scope| *scope != OFFLINE).collect()
        }
        ClientKind::Scim | ClientKind::Service => allowed.to_vec(),
    }
}

/// The words of a request. Okta's SCIM screens separate scopes by commas and pluses, too.
fn requested<'a>(client: &Client, asked: Option<&'a str>) -> Vec<&'a str> {
    let scim = client.kind == ClientKind::Scim;
    let separates = |letter: char| letter == ' ' || (scim && matches!(letter, ',' | '+'));
    asked.unwrap_or_default().split(separates).filter(|scope| !scope.is_empty()).collect()
}

/// Whether a request names a scope that opens something. `offline_access` says how long, not what.
fn names_access(asked: &[&str]) -> bool {
    asked.iter().any(|scope| *scope != OFFLINE)
}

/// The scopes, space-separated.
///
/// # Errors
/// When none of them opens anything (RFC 6749 §5.2, `invalid_scope`).
fn join<'a>(scopes: impl Iterator<Item = &'a str>, allowed: &[&str]) -> Result<String, String> {
    let scopes: Vec<&str> = scopes.collect();
    if names_access(&scopes) {
        return Ok(scopes.join(" "));
    }
    Err(match names_access(allowed) {
        true => format!("none of these scopes can be given; this client may ask for: {}", allowed.join(" ")),
        false => "this client may ask for no scope".to_owned(),
    })
}

fn words(scope: &str) -> impl Iterator<Item = &str> {
    scope.split(' ').filter(|scope| !scope.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use vestibule_core::sets::{Algorithm, ClientAuth};
    use vestibule_store::db::json::JsonList;

    use super::*;

    /// A client of this kind that may ask for this.
    pub(crate) fn client(kind: &str, scope: &str) -> Client {
        Client {
            workspace_id: "w".to_owned(),
            client_id: "c".to_owned(),
            kind: kind.parse().unwrap(),
            name: "Client".to_owned(),
            redirect_uris: JsonList::from(&[][..]),
            auth_method: ClientAuth::Secret,
            jwks: String::new(),
            scope: scope.to_owned(),
            post_logout_redirect_uris: JsonList::from(&[][..]),
            backchannel_logout_uri: String::new(),
            jwt_seconds: None,
            id_token_alg: Algorithm::Rs256,
            metadata: String::new(),
            fetched_at: None,
            created_at: 0,
        }
    }

    #[test]
    fn a_client_gets_of_what_it_asks_what_it_may_have() {
        let every_advertised = "openid profile email roles offline_access mcp";
        for (kind, own, asked, expected) in [
            ("scim", "", Some("scim.write scim.read"), Some("scim.read scim.write")),
            ("scim", "", Some("scim.read, scim.write"), Some("scim.read scim.write")),
            ("scim", "", Some("scim.read,scim.write,offline_access"), Some("scim.read scim.write")),
            ("scim", "", None, Some("scim.read scim.write entitlements.read")),
            ("scim", "", Some("offline_access"), Some("scim.read scim.write entitlements.read")),
            ("scim", "scim.read", None, Some("scim.read")),
            ("scim", "scim.read", Some("scim.write"), None),
            ("scim", "", Some("scim.read admin"), Some("scim.read")),
            ("scim", "", Some("admin"), None),
            ("app", "", None, Some("openid")),
            ("app", "", Some("email openid"), Some("openid email")),
            ("app", "", Some("openid profile email groups"), Some("openid profile email")),
            ("app", "", Some("openid roles offline_access"), Some("openid roles offline_access")),
            ("app", "", Some(every_advertised), Some("openid profile email roles offline_access")),
            ("app", "", Some("openid scim.read"), Some("openid")),
            ("app", "", Some("offline_access"), Some("openid offline_access")),
            ("app", "", Some("openid,email"), None),
            ("app", "", Some("groups"), None),
            ("app", "openid email", Some("openid roles"), Some("openid")),
            ("app", "roles", Some("openid"), None),
            ("mcp", "", None, Some("mcp")),
            ("mcp", "", Some("mcp offline_access"), Some("mcp offline_access")),
            ("mcp", "", Some("offline_access"), Some("mcp offline_access")),
            ("mcp", "", Some(every_advertised), Some("mcp offline_access")),
            ("mcp", "", Some("openid profile email mcp"), Some("mcp")),
            ("mcp", "", Some("openid profile email"), None),
            ("mcp", "", Some("openid offline_access"), None),
            ("mcp", "", Some("files:read"), None),
            ("mcp", "files:read", Some("files:read mcp"), Some("files:read")),
            ("mcp", "files:read", Some("mcp"), None),
            ("service", "api", None, Some("api")),
            ("service", "api", Some("api scim.read"), Some("api")),
            ("service", "api", Some("scim.read"), None),
            ("service", "", None, None),
        ] {
            let answer = granted(&client(kind, own), asked, "mcp");
            assert_eq!(answer.ok().as_deref(), expected, "{kind} {own} {asked:?}");
        }
    }

    #[test]
    fn a_client_that_described_itself_gets_nothing_beyond_the_list() {
        let mut described = client("mcp", "mcp files:read");
        described.metadata = "{}".to_owned();
        assert_eq!(granted(&described, None, "mcp").as_deref(), Ok("mcp"));
        assert!(granted(&described, None, "other").is_err());
    }

    #[test]
    fn a_token_under_a_grant_has_what_was_approved_is_allowed_and_is_asked_for() {
        for (kind, own, approved, asked, expected) in [
            ("scim", "", "scim.read scim.write", None, Some("scim.read scim.write")),
            ("scim", "", "scim.read scim.write", Some("scim.write"), Some("scim.write")),
            ("scim", "", "scim.read", Some("scim.read,scim.write"), Some("scim.read")),
            ("scim", "", "scim.read", Some("scim.write"), None),
            // The operator lowered what the client may have.
            ("scim", "scim.read", "scim.read scim.write", None, Some("scim.read")),
            ("scim", "entitlements.read", "scim.read scim.write", None, None),
            ("app", "openid", "openid email offline_access", None, Some("openid")),
            ("app", "", "openid email", Some("openid roles"), Some("openid")),
            ("mcp", "", "mcp files:read offline_access", None, Some("mcp offline_access")),
            ("mcp", "", "files:read offline_access", None, None),
            ("mcp", "", "mcp offline_access", Some("offline_access"), Some("mcp offline_access")),
        ] {
            let answer = narrowed(&client(kind, own), approved, asked, "mcp");
            assert_eq!(answer.ok().as_deref(), expected, "{kind} {own} {approved} {asked:?}");
        }
    }

    #[test]
    fn of_what_a_client_describes_what_there_is() {
        assert_eq!(common("mcp admin", "mcp files:read"), "mcp");
    }
}
