//! Encrypts stored secrets that must be readable again (design rule 5): XChaCha20-Poly1305 under a key from the configuration.
//! Text form: `s1.{key id}.{base64url(nonce ‖ ciphertext)}`. The context (workspace and purpose) is authenticated, so a
//! sealed value that was copied to another row cannot be opened.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use vestibule_core::ids::{ConnectionId, WorkspaceId};

/// Why a value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key that sealed the value is not configured.
    #[error(
        "sealed with key {0}, which is neither security.sealing_key nor one of security.retired_sealing_keys"
    )]
    UnknownKey(String),
    /// The value is damaged, or was sealed for another context.
    #[error("a sealed value can't be opened: it is damaged or was sealed for another context")]
    Damaged,
    /// The system provides no randomness.
    #[error("no randomness")]
    NoRandomness,
}

/// Seals and opens values. The current key comes first, then the retired ones.
pub struct Sealer {
    keys: Vec<(String, XChaCha20Poly1305)>,
}

impl Sealer {
    /// Reads the keys: 32 bytes each, base64. The error is a sentence that names the configuration key.
    pub fn new(current: &SecretString, retired: &SecretString) -> Result<Self, String> {
        let mut keys = vec![read("security.sealing_key", current.expose_secret())?];
        for former in retired.expose_secret().split(',').map(str::trim).filter(|former| !former.is_empty()) {
            keys.push(read("security.retired_sealing_keys", former)?);
        }
        Ok(Self { keys })
    }

    /// Seals a secret for one context.
    pub fn seal(&self, context: &str, secret: &str) -> Result<String, SealError> {
        let nonce: [u8; 24] =
            vestibule_store::access::secrets::random().map_err(|_| SealError::NoRandomness)?;
        let (id, cipher) = self.keys.first().ok_or(SealError::Damaged)?;
        let payload = Payload { msg: secret.as_bytes(), aad: context.as_bytes() };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Damaged)?;
        Ok(format!("s1.{id}.{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens a value that was sealed for this context.
    pub fn open(&self, context: &str, sealed: &str) -> Result<SecretString, SealError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some("s1"), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SealError::Damaged);
        };
        let (_, cipher) = self
            .keys
            .iter()
            .find(|(known, _)| known == id)
            .ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealError::Damaged)?;
        let (nonce, ciphertext) = bytes.split_at_checked(24).ok_or(SealError::Damaged)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Damaged)?;
        let opened = cipher
            .decrypt(&nonce, Payload { msg: ciphertext, aad: context.as_bytes() })
            .map_err(|_| SealError::Damaged)?;
        String::from_utf8(opened).map(SecretString::from).map_err(|_| SealError::Damaged)
    }
}

/// Context of a connection's client secret. A connection from before a workspace could have several has the workspace's id, and its
/// secret is bound to the workspace alone.
pub fn client_secret_context(workspace_id: &WorkspaceId, connection_id: &ConnectionId) -> String {
    if connection_id.as_str() == workspace_id.as_str() {
        return format!("{workspace_id} connection client_secret");
    }
    format!("{workspace_id} connection {connection_id} client_secret")
}

/// Context of a webhook's secret.
pub fn webhook_secret_context(workspace_id: &WorkspaceId, webhook_id: &str) -> String {
    format!("{workspace_id} webhook {webhook_id} secret")
}

/// Makes a sealing key: 32 random bytes, base64.
pub fn generate_key() -> Result<String, SealError> {
    let key: [u8; 32] = vestibule_store::access::secrets::random().map_err(|_| SealError::NoRandomness)?;
    Ok(STANDARD.encode(key))
}

fn read(name: &str, text: &str) -> Result<(String, XChaCha20Poly1305), String> {
    let wrong = || format!("{name} must be 32 bytes in base64; generate one with: vestibule generate-key");
    let bytes =
        STANDARD.decode(text.trim()).or_else(|_| URL_SAFE_NO_PAD.decode(text.trim())).map_err(|_| wrong())?;
    let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| wrong())?;
    let id: String = Sha256::digest(&bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    Ok((id, cipher))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(current: &str, retired: &str) -> Sealer {
        Sealer::new(&current.to_owned().into(), &retired.to_owned().into()).unwrap()
    }

    #[test]
    fn opens_only_where_it_was_sealed_for() {
        let sealer = sealer(&generate_key().unwrap(), "");
        let sealed = sealer.seal("w1 client_secret", "hush").unwrap();
        assert_eq!(sealer.open("w1 client_secret", &sealed).unwrap().expose_secret(), "hush");
        assert!(matches!(sealer.open("w2 client_secret", &sealed), Err(SealError::Damaged)));
        assert!(matches!(sealer.open("w1 client_secret", "s1.x"), Err(SealError::Damaged)));
    }

    #[test]
    fn a_retired_key_still_opens_and_a_lost_one_is_named() {
        let (old, new) = (generate_key().unwrap(), generate_key().unwrap());
        let sealed = sealer(&old, "").seal("c", "hush").unwrap();
        assert_eq!(sealer(&new, &old).open("c", &sealed).unwrap().expose_secret(), "hush");
        assert!(matches!(sealer(&new, "").open("c", &sealed), Err(SealError::UnknownKey(_))));
    }

    #[test]
    fn nonsense_keys_are_refused_by_name() {
        let refusal = Sealer::new(&"short".to_owned().into(), &String::new().into()).err().unwrap();
        assert!(refusal.starts_with("security.sealing_key must be 32 bytes"), "{refusal}");
    }
}
