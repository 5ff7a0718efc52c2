//! Bearer secrets: generated here, returned once, stored only as a SHA-256 digest (design rule 5).
//! Each contains its workspace, so a lookup is by (workspace, digest) and reads one tenant only (design rule 4).
//! Format: `{kind}_{workspace: 22}{random: 43}`, both base64url without padding.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_core::{ids::WorkspaceId, sets::TokenKind};

/// Kind of a bearer secret. Secret scanners recognise it by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Session cookie of a browser.
    Session,
    /// The `state` of a pending login.
    State,
    /// Ticket that transfers a session from the API host to the app host, or that a SAML answer waits under.
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
    /// Cookie of the browser that used a set-up link.
    SetupBrowser,
    /// A client's secret.
    Client,
    /// Key of a machine of the operator.
    Operator,
}

impl Kind {
    /// All kinds, for parsing.
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

    /// Display name.
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

/// A new secret. The plain text exists only here; the type has no `Debug`, and the plain text is never stored.
pub struct Issued {
    /// Plain text, given to the bearer once.
    pub plain: String,
    /// Digest to store.
    pub digest: String,
}

impl Issued {
    /// The last four characters, to store beside the digest of a credential that people manage: they tell it from others. Base64url of 32
    /// bytes ends with a character of four bits, so they say 22 of the 256 random bits, and 234 stay secret.
    pub fn last_four(&self) -> String {
        self.plain.get(self.plain.len().saturating_sub(4)..).unwrap_or_default().to_owned()
    }
}

/// Content of a presented bearer string, before any lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Claimed kind.
    pub kind: Kind,
    /// Claimed workspace.
    pub workspace_id: WorkspaceId,
    /// Digest to look up.
    pub digest: String,
}

/// Prefixes of all bearer secrets. A string that begins with one and an underscore must be masked in output.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().map(Kind::prefix)
}

/// Generates a secret of 256 random bits for a workspace.
///
/// # Errors
/// [`crate::Error::Randomness`] when the operating system has no randomness: nothing can be issued then.
/// [`crate::Error::WorkspaceId`] when the workspace id is no UUID.
pub fn issue(kind: Kind, workspace_id: &WorkspaceId) -> crate::Result<Issued> {
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

/// Parses a presented bearer string; `None`: it does not have the format of this server.
pub fn parse(plain: &str) -> Option<Presented> {
    let (prefix, rest) = plain.split_once('_')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
    if rest.len() != 65 || !rest.is_ascii() {
        return None;
    }
    let workspace = URL_SAFE_NO_PAD.decode(rest.get(..22)?).ok()?;
    let workspace_id = Uuid::from_slice(&workspace).ok()?.into();
    Some(Presented { kind, workspace_id, digest: digest(plain) })
}

/// SHA-256 in base64url. Secrets have 256 random bits, so neither a salt nor a slow hash is needed.
pub fn digest(plain: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(plain.as_bytes()))
}

/// Generates 256 random bits in base64url, for nonces and browser bindings.
pub fn nonce() -> crate::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// Generates random bytes from the operating system.
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
        let workspace = WorkspaceId::new(1);
        let issued = issue(Kind::Access, &workspace).unwrap();
        let presented = parse(&issued.plain).unwrap();
        assert_eq!(
            (presented.kind, presented.workspace_id, presented.digest),
            (Kind::Access, workspace, issued.digest)
        );
    }

    #[test]
    fn the_last_four_characters_are_the_end_of_the_secret() {
        let issued = issue(Kind::Provisioning, &WorkspaceId::new(1)).unwrap();
        assert_eq!((issued.last_four().len(), issued.plain.ends_with(&issued.last_four())), (4, true));
    }

    #[test]
    fn a_secret_is_of_a_workspace() {
        for id in ["", "acme", "0193"] {
            assert!(
                matches!(
                    issue(Kind::Access, &WorkspaceId::from_stored(id)),
                    Err(crate::Error::WorkspaceId(_))
                ),
                "{id}"
            );
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
