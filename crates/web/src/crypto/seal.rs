//! Encrypts stored secrets that must be readable again (design rule 5): XChaCha20-Poly1305 under a key from the configuration.
//! Text form: `s1.{key id}.{base64url(nonce ‖ ciphertext)}`. The context (workspace and purpose) is authenticated, so a
//! sealed value that was copied to another row cannot be opened. Several keys may be configured: the current one seals, all open.

pub mod columns;
mod command;
mod derive;
mod keys;
mod reseal;
mod ring;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Security;

pub use columns::{client_secret_context, webhook_secret_context};
pub use keys::{Key, Standing, generate_key};
pub use reseal::{Count, Resealed, count, missing, reseal};
pub use ring::{Rotated, rotate};

/// Why a value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key that sealed the value is not configured.
    #[error(
        "sealed with key {0}, which is neither security.sealing_key nor one of security.retired_sealing_keys or security.sealing_keys_file"
    )]
    UnknownKey(String),
    /// The value is damaged, or was sealed for another context.
    #[error("a sealed value can't be opened: it is damaged or was sealed for another context")]
    Damaged,
    /// The system provides no randomness.
    #[error("no randomness")]
    NoRandomness,
}

/// Seals and opens values.
pub struct Sealer {
    keys: RwLock<Arc<Loaded>>,
    /// Keys of the configuration and of the command, which are read once.
    configured: Vec<Key>,
    ring: Option<PathBuf>,
}

/// The keys in use: the current one first.
struct Loaded {
    keys: Vec<Key>,
    stamp: Option<ring::Stamp>,
}

impl Sealer {
    /// Reads the keys of the configuration. The error is a sentence that names the configuration key.
    pub fn configured(config: &Security) -> Result<Self, String> {
        let mut configured = Vec::new();
        let key = config.sealing_key.expose_secret();
        if !config.sealing_key_command.is_empty() {
            if !key.is_empty() {
                return Err(
                    "set only one of security.sealing_key and security.sealing_key_command".to_owned()
                );
            }
            let text = command::run(&config.sealing_key_command)?;
            configured = keys::parse(&text, "security.sealing_key_command")?;
            if !configured.iter().any(|key| key.standing == Standing::Current) {
                return Err("security.sealing_key_command prints no current key".to_owned());
            }
        } else if !key.is_empty() {
            configured.push(Key::read(key, Standing::Current, "security.sealing_key")?);
        }
        let retired = config.retired_sealing_keys.expose_secret();
        for former in retired.split(',').map(str::trim).filter(|former| !former.is_empty()) {
            configured.push(Key::read(former, Standing::Former, "security.retired_sealing_keys")?);
        }
        let ring = Some(&config.sealing_keys_file).filter(|path| !path.is_empty()).map(PathBuf::from);
        let loaded = load(&configured, ring.as_ref())?;
        Ok(Self { keys: RwLock::new(Arc::new(loaded)), configured, ring })
    }

    /// The keys of the configuration and the command alone, without those of the key ring file.
    pub fn keys_of_configuration(&self) -> &[Key] {
        &self.configured
    }

    /// All keys, the current one first.
    pub fn keys(&self) -> Vec<Key> {
        self.loaded().keys.clone()
    }

    /// The keys as they were read last.
    fn loaded(&self) -> Arc<Loaded> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys, read again if the key ring file has changed. If it cannot be read, the keys stay as they are.
    fn fresh(&self) -> Arc<Loaded> {
        let loaded = self.loaded();
        let Some(path) = &self.ring else { return loaded };
        let stamp = ring::stamp(path);
        if stamp == loaded.stamp {
            return loaded;
        }
        let next = match load(&self.configured, Some(path)) {
            Ok(next) => {
                tracing::info!(current = next.keys.first().map(|key| key.id.as_str()), "sealing_keys.read");
                next
            }
            Err(error) => {
                tracing::error!(error, "sealing_keys.not_read");
                Loaded { keys: loaded.keys.clone(), stamp }
            }
        };
        let next = Arc::new(next);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
        next
    }

    /// Seals a secret for one context.
    pub fn seal(&self, context: &str, secret: &str) -> Result<String, SealError> {
        seal_with(self.fresh().keys.first().ok_or(SealError::Damaged)?, context, secret)
    }

    /// Opens a value that was sealed for this context.
    pub fn open(&self, context: &str, sealed: &str) -> Result<SecretString, SealError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some("s1"), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SealError::Damaged);
        };
        let mut keys = self.loaded();
        if !keys.keys.iter().any(|key| key.id == id) {
            keys = self.fresh();
        }
        let mut outcome = Err(SealError::UnknownKey(id.to_owned()));
        // Two keys may have the same id by chance.
        for key in keys.keys.iter().filter(|key| key.id == id) {
            outcome = open_with(key, context, body);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

fn seal_with(key: &Key, context: &str, secret: &str) -> Result<String, SealError> {
    let nonce: [u8; 24] = vestibule_store::access::secrets::random().map_err(|_| SealError::NoRandomness)?;
    let payload = Payload { msg: secret.as_bytes(), aad: context.as_bytes() };
    let sealed = key.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Damaged)?;
    Ok(format!("s1.{}.{}", key.id, URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
}

fn open_with(key: &Key, context: &str, body: &str) -> Result<SecretString, SealError> {
    let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealError::Damaged)?;
    let (nonce, ciphertext) = bytes.split_at_checked(24).ok_or(SealError::Damaged)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Damaged)?;
    let opened = key
        .cipher()
        .decrypt(&nonce, Payload { msg: ciphertext, aad: context.as_bytes() })
        .map_err(|_| SealError::Damaged)?;
    String::from_utf8(opened).map(SecretString::from).map_err(|_| SealError::Damaged)
}

/// Brings the keys of the ring and of the configuration together. The current key of the ring seals; without one, that of the
/// configuration does.
fn load(configured: &[Key], path: Option<&PathBuf>) -> Result<Loaded, String> {
    // The stamp is read first: a file that changes after it is read again.
    let stamp = path.and_then(|path| ring::stamp(path));
    let mut keys = path.map(|path| ring::read(path)).transpose()?.unwrap_or_default();
    let has_current = keys.iter().any(|key| key.standing == Standing::Current);
    if !keys.is_empty() && !has_current {
        return Err(format!("{} has no current key", ring::NAME));
    }
    for key in configured {
        if !keys.iter().any(|known| known.is(key)) {
            let standing = match key.standing {
                Standing::Current if has_current => Standing::Former,
                standing => standing,
            };
            keys.push(key.used_as(standing));
        }
    }
    keys.sort_by_key(|key| key.standing != Standing::Current);
    if keys.first().is_none_or(|key| key.standing != Standing::Current) {
        return Err("security.sealing_key is not set; generate one with: vestibule generate-key".to_owned());
    }
    Ok(Loaded { keys, stamp })
}

#[cfg(test)]
mod tests;
