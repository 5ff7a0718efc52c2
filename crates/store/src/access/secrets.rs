//! Bearer secrets: made here, shown once, kept only as a SHA-256 digest (design rule 5).
//! Each carries its workspace, so that a lookup is by (workspace, digest) and touches one tenant (design rule 4).
//! Shape: `{kind}_{workspace: 22}{random: 43}`, both base64url without padding.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_core::sets::TokenKind;

/// What a bearer secret opens. The prefix is what secret scanners recognise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A signed-in browser.
    Session,
    /// The `state` of a pending login.
    State,
    /// A step from the API host to the app host.
    Arrival,
    /// An authorization code.
    Code,
    /// An OAuth access token.
    Access,
    /// An OAuth refresh token.
    Refresh,
    /// A static SCIM token.
    Provisioning,
    /// A user's API token.
    Api,
    /// A set-up link.
    Setup,
    /// The browser that used a set-up link.
    SetupBrowser,
    /// A client's secret.
    Client,
    /// A key of the operator's machines.
    Operator,
}

impl Kind {
    /// Every kind, for parsing.
    const ALL: [Kind; 12] = [
        Kind::Session,
        Kind::State,
        Kind::Arrival,
        Kind::Code,
        Kind::Access,
        Kind::Refresh,
        Kind::Provisioning,
        Kind::Api,
        Kind::Setup,
        Kind::SetupBrowser,
        Kind::Client,
        Kind::Operator,
    ];

    /// In words, for people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Session => "session",
            Kind::State => "state",
            Kind::Arrival => "ticket",
            Kind::Code => "code",
            Kind::Access => "access token",
            Kind::Refresh => "refresh token",
            Kind::Provisioning => "provisioning token",
            Kind::Api => "API token",
            Kind::Setup => "set-up link",
            Kind::SetupBrowser => "set-up browser",
            Kind::Client => "client secret",
            Kind::Operator => "operator key",
        }
    }

    /// The prefix before the first underscore.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::Session => "vsess",
            Kind::State => "vstate",
            Kind::Arrival => "varrive",
            Kind::Code => "vcode",
            Kind::Access => "vat",
            Kind::Refresh => "vrt",
            Kind::Provisioning => "vscim",
            Kind::Api => "vapi",
            Kind::Setup => "vsetup",
            Kind::SetupBrowser => "vsetupb",
            Kind::Client => "vsecret",
            Kind::Operator => "vop",
        }
    }
}

impl From<TokenKind> for Kind {
    fn from(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Access => Kind::Access,
            TokenKind::Refresh => Kind::Refresh,
            TokenKind::Api => Kind::Api,
            TokenKind::Provisioning => Kind::Provisioning,
        }
    }
}

/// A freshly made secret. The plain text exists only here; it has no `Debug` and is never stored.
pub struct Issued {
    /// What the bearer is given, once.
    pub plain: String,
    /// What is stored.
    pub digest: String,
}

/// What a presented bearer string says about itself, before any lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// What it claims to open.
    pub kind: Kind,
    /// The workspace it claims to be of.
    pub workspace_id: String,
    /// What to look up.
    pub digest: String,
}

/// The prefixes of all bearer secrets: what must not be shown begins with one and an underscore.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().map(Kind::prefix)
}

/// Makes a secret of 256 random bits for a workspace.
///
/// # Errors
/// When the operating system gives no randomness: nothing can be issued then.
pub fn issue(kind: Kind, workspace_id: &str) -> crate::Result<Issued> {
    let workspace = Uuid::try_parse(workspace_id).map_err(crate::Error::WorkspaceId)?;
    let plain = format!(
        "{}_{}{}",
        kind.prefix(),
        URL_SAFE_NO_PAD.encode(workspace.as_bytes()),
        URL_SAFE_NO_PAD.encode(random::<32>()?)
    );
    let digest = digest(&plain);
    Ok(Issued { plain, digest })
}

/// Reads a presented bearer string; `None` when it is not one of ours.
pub fn parse(plain: &str) -> Option<Presented> {
    let (prefix, rest) = plain.split_once('_')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
    if rest.len() != 65 || !rest.is_ascii() {
        return None;
    }
    let workspace = URL_SAFE_NO_PAD.decode(rest.get(..22)?).ok()?;
    let workspace_id = Uuid::from_slice(&workspace).ok()?.to_string();
    Some(Presented { kind, workspace_id, digest: digest(plain) })
}

/// SHA-256 in base64url. Secrets have 256 random bits, so no salt and no slow hash are needed.
pub fn digest(plain: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(plain.as_bytes()))
}

/// A random string of 256 bits in base64url: nonces, browser bindings.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn nonce() -> crate::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// Random bytes from the operating system.
///
/// # Errors
/// When it gives none.
pub fn random<const N: usize>() -> crate::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(crate::Error::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_carries_its_kind_and_workspace() {
        let workspace = vestibule_core::ids::new(1);
        let issued = issue(Kind::Access, &workspace).unwrap();
        let presented = parse(&issued.plain).unwrap();
        assert_eq!(
            (presented.kind, presented.workspace_id, presented.digest),
            (Kind::Access, workspace, issued.digest)
        );
    }

    #[test]
    fn a_secret_is_of_a_workspace() {
        for id in ["", "acme", "0193"] {
            assert!(matches!(issue(Kind::Access, id), Err(crate::Error::WorkspaceId(_))), "{id}");
        }
    }

    #[test]
    fn what_is_not_ours_is_none() {
        for text in
            ["", "_", "vat_", "vat_short", "xyz_0", "Bearer x", "vat_éééééééééééééééééééééééééééééééé"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
