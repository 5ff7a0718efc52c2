//! What a client may ask for, by its kind, and what that is in plain words. Pure.
//! Okta's screens show the scopes of SCIM separated by commas and by spaces; both are read there (okta-facts §2.2).

use vestibule_store::clients::Client;

/// What Okta's SCIM client may ask for.
pub(crate) const SCIM: [&str; 3] = ["scim.read", "scim.write", "entitlements.read"];

/// What an app may ask for (OpenID Connect Core §5.4, §11; `roles` is ours).
pub(crate) const APP: [&str; 5] = ["openid", "profile", "email", "roles", "offline_access"];

/// Grants outlive the session by this one (OpenID Connect Core §11).
pub(crate) const OFFLINE: &str = "offline_access";

/// The scope to grant, space-separated and in order. `mcp` is what MCP clients may ask for here.
///
/// # Errors
/// A sentence with the first scope that is not the client's to ask for.
pub(crate) fn granted(client: &Client, asked: Option<&str>, mcp: &str) -> Result<String, String> {
    let own: Vec<&str> = words(&client.scope).collect();
    let among = |all: &[&'static str]| -> Vec<&str> {
        all.iter().copied().filter(|scope| own.is_empty() || own.contains(scope)).collect()
    };
    match client.kind.as_str() {
        "scim" => scim(asked, &among(&SCIM)),
        "app" => {
            let may = among(&APP);
            let usual = if may.contains(&"openid") { vec!["openid"] } else { without_offline(&may) };
            choose(asked, &may, &usual)
        }
        "mcp" => {
            let may: Vec<&str> = if own.is_empty() { words(mcp).collect() } else { own };
            let usual = without_offline(&may);
            choose(asked, &[&may[..], &[OFFLINE]].concat(), &usual)
        }
        _ => choose(asked, &own, &own),
    }
}

/// Whether every scope of `narrow` is held by `wide` (RFC 6749 §6).
pub(crate) fn within(narrow: &str, wide: &str) -> bool {
    words(narrow).all(|scope| holds(wide, scope))
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

/// Commas and pluses too, everything when nothing was asked; `offline_access`, which administrators append for refresh
/// tokens, is heard and needs no granting.
fn scim(asked: Option<&str>, may: &[&str]) -> Result<String, String> {
    let asked: Vec<&str> = asked
        .unwrap_or_default()
        .split([' ', ',', '+'])
        .filter(|scope| !scope.is_empty() && *scope != OFFLINE)
        .collect();
    choose(Some(&asked.join(" ")), may, may)
}

fn choose(asked: Option<&str>, may: &[&str], usual: &[&str]) -> Result<String, String> {
    let asked: Vec<&str> = words(asked.unwrap_or_default()).collect();
    if let Some(unknown) = asked.iter().find(|scope| !may.contains(scope)) {
        let unknown: String = unknown.chars().take(60).collect();
        return Err(format!("scope {} is not one of {}", unknown.escape_debug(), may.join(" ")));
    }
    let wanted = if asked.is_empty() { usual } else { &asked };
    let granted: Vec<&str> = may.iter().copied().filter(|scope| wanted.contains(scope)).collect();
    if granted.is_empty() {
        return Err("this client may ask for no scope".to_owned());
    }
    Ok(granted.join(" "))
}

fn without_offline<'a>(scopes: &[&'a str]) -> Vec<&'a str> {
    scopes.iter().copied().filter(|scope| *scope != OFFLINE).collect()
}

fn words(scope: &str) -> impl Iterator<Item = &str> {
    scope.split(' ').filter(|scope| !scope.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A client of this kind that may ask for this.
    pub(crate) fn client(kind: &str, scope: &str) -> Client {
        Client {
            workspace_id: "w".to_owned(),
            client_id: "c".to_owned(),
            kind: kind.to_owned(),
            name: "Client".to_owned(),
            redirect_uris: "[]".to_owned(),
            auth_method: "client_secret".to_owned(),
            jwks: String::new(),
            scope: scope.to_owned(),
            post_logout_redirect_uris: "[]".to_owned(),
            backchannel_logout_uri: String::new(),
            jwt_seconds: None,
            id_token_alg: "RS256".to_owned(),
            metadata: String::new(),
            fetched_at: None,
            created_at: 0,
        }
    }

    #[test]
    fn every_kind_may_ask_for_its_own() {
        for (kind, own, asked, granted_is) in [
            ("scim", "", Some("scim.write scim.read"), Some("scim.read scim.write")),
            ("scim", "", Some("scim.read, scim.write"), Some("scim.read scim.write")),
            ("scim", "", Some("scim.read,scim.write,offline_access"), Some("scim.read scim.write")),
            ("scim", "", None, Some("scim.read scim.write entitlements.read")),
            ("scim", "scim.read", None, Some("scim.read")),
            ("scim", "scim.read", Some("scim.write"), None),
            ("scim", "", Some("scim.read admin"), None),
            ("app", "", None, Some("openid")),
            ("app", "", Some("email openid"), Some("openid email")),
            ("app", "", Some("openid roles offline_access"), Some("openid roles offline_access")),
            ("app", "", Some("openid scim.read"), None),
            ("app", "", Some("openid,email"), None),
            ("app", "openid email", Some("openid roles"), None),
            ("mcp", "", None, Some("mcp")),
            ("mcp", "", Some("mcp offline_access"), Some("mcp offline_access")),
            ("mcp", "", Some("files:read"), None),
            ("mcp", "files:read", Some("files:read"), Some("files:read")),
            ("mcp", "files:read", Some("mcp"), None),
            ("service", "api", None, Some("api")),
            ("service", "api", Some("scim.read"), None),
            ("service", "", None, None),
        ] {
            let answer = granted(&client(kind, own), asked, "mcp");
            assert_eq!(answer.ok().as_deref(), granted_is, "{kind} {own} {asked:?}");
        }
    }

    #[test]
    fn narrower_is_within_wider() {
        assert!(within("scim.read", "scim.read scim.write") && !within("entitlements.read", "scim.read"));
        assert!(within("", "scim.read"));
        assert_eq!(common("mcp admin", "mcp files:read"), "mcp");
    }
}
