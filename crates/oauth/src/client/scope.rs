//! Scopes: what a client may request by its kind, what it gets, and their descriptions for people. Pure.

use vestibule_core::sets::ClientKind;
use vestibule_store::oauth::clients::Client;

use super::offer::Offer;

/// Scopes of Okta's SCIM client.
pub(crate) const SCIM: [&str; 3] = ["scim.read", "scim.write", "entitlements.read"];

/// Scopes of apps (OpenID Connect Core §5.4, §11; `roles` is Vestibule's).
pub(crate) const APP: [&str; 5] = ["openid", "profile", "email", "roles", "offline_access"];

/// Scope of a grant that outlives the session (OpenID Connect Core §11).
pub(crate) const OFFLINE: &str = "offline_access";

/// Scope to grant, space-separated: of the requested scopes those that the client may have. Scopes that are unknown or not for this
/// client are ignored (OpenID Connect Core §3.1.2.1, RFC 6749 §3.3); the token response names the granted ones.
///
/// # Errors
/// Description for the client if nothing is left to grant.
pub(crate) fn granted(
    client: &Client,
    requested_scopes: Option<&str>,
    offer: &Offer,
) -> Result<String, String> {
    let allowed = allowed(client, offer);
    let requested_scopes = requested(client, requested_scopes);
    let defaults = default(client, &allowed, offer);
    let is_granted = |scope: &str| {
        requested_scopes.contains(&scope)
            || (!has_access_scope(&requested_scopes) && defaults.contains(&scope))
    };
    join(allowed.iter().copied().filter(|scope| is_granted(scope)), &allowed)
}

/// Scope of a token under a grant: the scopes that are approved, that the client still may have, and that it requests. A scope that was
/// not approved is never granted (RFC 6749 §6).
///
/// # Errors
/// Description for the client if nothing is left to grant.
pub(crate) fn narrowed(
    client: &Client,
    approved: &str,
    requested_scopes: Option<&str>,
    offer: &Offer,
) -> Result<String, String> {
    let allowed = allowed(client, offer);
    let requested_scopes = requested(client, requested_scopes);
    let is_requested =
        |scope: &str| !has_access_scope(&requested_scopes) || requested_scopes.contains(&scope);
    join(words(approved).filter(|scope| allowed.contains(scope) && is_requested(scope)), &allowed)
}

/// Whether the client may have this scope now.
pub(crate) fn is_allowed(client: &Client, scope: &str, offer: &Offer) -> bool {
    allowed(client, offer).contains(&scope)
}

/// Whether a space-separated scope contains this one.
pub(crate) fn contains(scope: &str, wanted: &str) -> bool {
    words(scope).any(|one| one == wanted)
}

/// Scopes of the first text that the second contains, for clients that describe themselves.
pub(crate) fn intersection(requested: &str, offered: &str) -> String {
    words(requested).filter(|scope| contains(offered, scope)).collect::<Vec<_>>().join(" ")
}

/// Description of a scope for people.
pub(crate) fn describe(scope: &str) -> String {
    match scope {
        "scim.read" => "Read people and groups",
        "scim.write" => "Create, change, deactivate and delete people and groups",
        "entitlements.read" => "Read the roles people can have",
        "openid" => "Know who you are",
        "profile" => "Know your name",
        "email" => "Know your email address",
        "roles" => "Know your roles",
        "offline_access" => "Keep access after you sign out, until you or your administrator end it",
        "mcp" => "Use the product's tools and data in your name (MCP)",
        other => return format!("Use \"{other}\" in your name"),
    }
    .to_owned()
}

/// Scope of a token that an assertion of the user's provider gives (draft-ietf-oauth-identity-assertion-authz-grant-03 §4.4.1): the
/// scopes that the assertion grants, that the client may have, and that it requests. Without scopes in the assertion, those that the client
/// may have. Never a scope of this server itself.
///
/// # Errors
/// Description for the client if nothing is left to grant.
pub(crate) fn asserted(
    client: &Client,
    asserted_scopes: Option<&str>,
    requested_scopes: Option<&str>,
    offer: &Offer,
) -> Result<String, String> {
    let allowed: Vec<&str> = match &offer.resource {
        Some(registered) => {
            let own: Vec<&str> = words(&client.scope).collect();
            let scopes = registered.scopes.iter().map(|one| one.scope.as_str());
            scopes.filter(|scope| own.is_empty() || own.contains(scope)).collect()
        }
        None => allowed(client, offer),
    };
    let allowed: Vec<&str> = allowed.into_iter().filter(|scope| !is_ours(scope)).collect();
    let is_in = |scopes: Option<&str>, scope: &str| scopes.is_none_or(|scopes| contains(scopes, scope));
    let given = allowed
        .iter()
        .copied()
        .filter(|scope| is_in(asserted_scopes, scope) && is_in(requested_scopes, scope));
    join(given, &allowed)
}

/// Scope of a token from a token exchange (RFC 8693): the scopes of the subject token that the resource has, that the client may have there,
/// and that it requests. Never a scope of this server itself.
///
/// # Errors
/// Description for the client if nothing is left to grant.
pub(crate) fn exchanged(
    client: &Client,
    subject_scope: &str,
    requested_scopes: Option<&str>,
    offer: &Offer,
) -> Result<String, String> {
    let scopes = offer.resource.iter().flat_map(|registered| &registered.scopes);
    let of_resource: Vec<&str> = scopes.map(|one| one.scope.as_str()).collect();
    let allowed: Vec<&str> = allowed(client, offer)
        .into_iter()
        .filter(|scope| of_resource.contains(scope) && !is_ours(scope) && contains(subject_scope, scope))
        .collect();
    let is_requested = |scope: &&str| requested_scopes.is_none_or(|scopes| contains(scopes, scope));
    join(allowed.iter().copied().filter(is_requested), &allowed)
}

/// Whether the scope opens this server itself.
fn is_ours(scope: &str) -> bool {
    APP.contains(&scope) || SCIM.contains(&scope) || scope.starts_with("scim.")
}

/// Scopes that a client may have: those of its kind and of the resource that it names, limited to the scopes that the operator chose for
/// it, if any. A service has only the chosen ones.
fn allowed<'a>(client: &'a Client, offer: &'a Offer) -> Vec<&'a str> {
    let own: Vec<&str> = words(&client.scope).collect();
    let among = |all: &[&'static str]| -> Vec<&'a str> {
        all.iter().copied().filter(|scope| own.is_empty() || own.contains(scope)).collect()
    };
    let registered = offer.resource.as_ref().map(|registered| &registered.scopes);
    let of_resource = || registered.into_iter().flatten().map(|one| one.scope.as_str());
    // The operator chose the scopes of a client without metadata; a client that describes itself gets only scopes of a list.
    let by_operator = client.metadata.is_empty();
    let is_own = |scope: &str| own.is_empty() || own.contains(&scope);
    match client.kind {
        ClientKind::Scim => among(&SCIM),
        ClientKind::App => {
            among(&APP).into_iter().chain(of_resource().filter(|scope| is_own(scope))).collect()
        }
        ClientKind::Mcp if registered.is_some() => {
            let scopes = of_resource().filter(|scope| !by_operator || is_own(scope));
            scopes.chain([OFFLINE]).collect()
        }
        ClientKind::Mcp => {
            // The operator's choice is a limit. The scopes that a client registers itself are only its default: a person may approve more
            // later.
            let limited = by_operator && !own.is_empty();
            let scopes = if limited { own } else { words(&offer.configured).collect() };
            scopes.into_iter().filter(|scope| *scope != OFFLINE).chain([OFFLINE]).collect()
        }
        ClientKind::Service if registered.is_some() => {
            of_resource().filter(|scope| own.contains(scope)).collect()
        }
        ClientKind::Service => own,
    }
}

/// Scopes of a client that requests none.
fn default<'a>(client: &Client, allowed: &[&'a str], offer: &Offer) -> Vec<&'a str> {
    match client.kind {
        ClientKind::App if allowed.contains(&"openid") => vec!["openid"],
        ClientKind::App | ClientKind::Mcp => {
            // The scopes that a client registers itself belong to the configured list, not to a registered resource.
            let says_all = client.metadata.is_empty() || client.scope.is_empty() || offer.resource.is_some();
            let starts_with = |scope: &str| says_all || contains(&client.scope, scope);
            allowed.iter().copied().filter(|scope| *scope != OFFLINE && starts_with(scope)).collect()
        }
        ClientKind::Scim | ClientKind::Service => allowed.to_vec(),
    }
}

/// Requested scopes. For SCIM clients commas and pluses separate them, too, because Okta's separator is not documented (okta-facts §2.2).
fn requested<'a>(client: &Client, requested_scopes: Option<&'a str>) -> Vec<&'a str> {
    let scim = client.kind == ClientKind::Scim;
    let separates = |letter: char| letter == ' ' || (scim && matches!(letter, ',' | '+'));
    requested_scopes.unwrap_or_default().split(separates).filter(|scope| !scope.is_empty()).collect()
}

/// Whether a scope other than `offline_access` is among these. `offline_access` alone gives no access.
fn has_access_scope(requested_scopes: &[&str]) -> bool {
    requested_scopes.iter().any(|scope| *scope != OFFLINE)
}

/// Joins scopes by spaces.
///
/// # Errors
/// `invalid_scope` if none of them gives access (RFC 6749 §5.2).
fn join<'a>(scopes: impl Iterator<Item = &'a str>, allowed: &[&str]) -> Result<String, String> {
    let scopes: Vec<&str> = scopes.collect();
    if has_access_scope(&scopes) {
        return Ok(scopes.join(" "));
    }
    Err(match has_access_scope(allowed) {
        true => format!("none of these scopes can be given; this client may ask for: {}", allowed.join(" ")),
        false => "this client may ask for no scope".to_owned(),
    })
}

fn words(scope: &str) -> impl Iterator<Item = &str> {
    scope.split(' ').filter(|scope| !scope.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use vestibule_core::{
        ids::{ClientId, WorkspaceId},
        sets::{Algorithm, ClientAuth, DpopMode},
    };
    use vestibule_store::{db::json::JsonList, oauth::clients::Jwks};

    use super::*;

    /// A client of this kind with this scope.
    pub(crate) fn client(kind: &str, scope: &str) -> Client {
        Client {
            workspace_id: WorkspaceId::new(0),
            client_id: ClientId::sent("c"),
            kind: kind.parse().unwrap(),
            name: "Client".to_owned(),
            redirect_uris: JsonList::from(&[][..]),
            auth_method: ClientAuth::Secret,
            jwks: Jwks::None,
            scope: scope.to_owned(),
            post_logout_redirect_uris: JsonList::from(&[][..]),
            backchannel_logout_uri: String::new(),
            jwt_seconds: None,
            id_token_alg: Algorithm::Rs256,
            metadata: String::new(),
            fetched_at: None,
            created_at: 0,
            cross_app: false,
            requires_pkce: false,
            token_exchange: false,
            serves: JsonList::from(&[][..]),
            dpop: DpopMode::Off,
            default_max_age: None,
            requires_auth_time: false,
        }
    }

    #[test]
    fn a_client_gets_the_requested_scopes_that_it_may_have() {
        let every_advertised = "openid profile email roles offline_access mcp";
        for (kind, own, requested_scopes, expected) in [
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
            let answer = granted(&client(kind, own), requested_scopes, &Offer::configured("mcp"));
            assert_eq!(answer.ok().as_deref(), expected, "{kind} {own} {requested_scopes:?}");
        }
    }

    #[test]
    fn a_client_that_describes_itself_gets_only_scopes_of_the_list() {
        let mut described = client("mcp", "mcp files:read");
        described.metadata = "{}".to_owned();
        assert_eq!(granted(&described, None, &Offer::configured("mcp")).as_deref(), Ok("mcp"));
        assert!(granted(&described, None, &Offer::configured("other")).is_err());
        // The client may request more of the list than it registered, because resource servers demand scopes step by step.
        let list = Offer::configured("mcp files:read files:write");
        assert_eq!(granted(&described, None, &list).as_deref(), Ok("mcp files:read"));
        assert_eq!(granted(&described, Some("mcp files:write"), &list).as_deref(), Ok("mcp files:write"));
        assert!(granted(&described, Some("admin"), &list).is_err());
    }

    #[test]
    fn a_token_has_the_scopes_that_are_approved_allowed_and_requested() {
        for (kind, own, approved, requested_scopes, expected) in [
            ("scim", "", "scim.read scim.write", None, Some("scim.read scim.write")),
            ("scim", "", "scim.read scim.write", Some("scim.write"), Some("scim.write")),
            ("scim", "", "scim.read", Some("scim.read,scim.write"), Some("scim.read")),
            ("scim", "", "scim.read", Some("scim.write"), None),
            // The operator reduced the client's scopes.
            ("scim", "scim.read", "scim.read scim.write", None, Some("scim.read")),
            ("scim", "entitlements.read", "scim.read scim.write", None, None),
            ("app", "openid", "openid email offline_access", None, Some("openid")),
            ("app", "", "openid email", Some("openid roles"), Some("openid")),
            ("mcp", "", "mcp files:read offline_access", None, Some("mcp offline_access")),
            ("mcp", "", "files:read offline_access", None, None),
            ("mcp", "", "mcp offline_access", Some("offline_access"), Some("mcp offline_access")),
        ] {
            let offer = Offer::configured("mcp");
            let answer = narrowed(&client(kind, own), approved, requested_scopes, &offer);
            assert_eq!(answer.ok().as_deref(), expected, "{kind} {own} {approved} {requested_scopes:?}");
        }
    }

    #[test]
    fn the_intersection_has_the_offered_scopes() {
        assert_eq!(intersection("mcp admin", "mcp files:read"), "mcp");
    }
}
