//! The head of a backup file: a line that names the format, the length of a JSON object, and that object. It is not secret, and the
//! encryption authenticates it.

use std::io::{Read, Write};

use anyhow::{Context, anyhow, bail};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use vestibule_core::time::Micros;
use vestibule_store::access::secrets;
use vestibule_web::crypto::seal::Sealer;

/// First line of a file. A later format has another one.
const MAGIC: &[u8] = b"vestibule backup 1\n";
/// Largest JSON object.
const MOST: u32 = 4096;
/// Purpose of the derived key.
const INFO: &[u8] = b"vestibule backup 1";

/// What the head tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The latest migration of the database.
    pub schema: String,
    /// Version of Vestibule.
    pub version: String,
    /// Region of the deployment.
    pub region: String,
    /// Time of the backup, in microseconds.
    pub made_at: Micros,
    /// Id of the sealing key that the file's key is derived from; `None`: from a passphrase.
    pub sealing_key: Option<String>,
    /// Salt of the derivation, in base64url. It makes the key of each file a new one.
    pub salt: String,
}

/// A new salt.
pub(crate) fn salt() -> anyhow::Result<String> {
    Ok(secrets::nonce()?)
}

/// Derives the key of a file.
pub(crate) fn key(header: &Header, sealer: &Sealer, passphrase: &SecretString) -> anyhow::Result<[u8; 32]> {
    let salt = header.salt.as_bytes();
    if let Some(id) = &header.sealing_key {
        let derived = sealer.derive(Some(id), salt, INFO);
        let derived =
            derived.with_context(|| format!("the backup is encrypted with a key of the sealing key {id}"))?;
        return Ok(derived.1);
    }
    if passphrase.expose_secret().is_empty() {
        bail!("the backup is encrypted with a passphrase: set backup.passphrase_file");
    }
    let mut key = [0; 32];
    // Fixed by the format: a file cannot choose how much memory its derivation takes.
    openssl::pkcs5::scrypt(passphrase.expose_secret().as_bytes(), salt, 1 << 16, 8, 1, 1 << 28, &mut key)
        .map_err(|error| anyhow!("cannot derive the key of the backup: {error}"))?;
    Ok(key)
}

/// Writes the head. Returns the bytes that the encryption authenticates.
pub(crate) fn write(out: &mut impl Write, header: &Header) -> anyhow::Result<Vec<u8>> {
    let text = serde_json::to_vec(header)?;
    let length = u32::try_from(text.len()).ok().filter(|length| *length <= MOST);
    let length = length.context("the head of the backup is too long")?;
    let bytes = [MAGIC, &length.to_be_bytes(), &text].concat();
    out.write_all(&bytes)?;
    Ok(bytes)
}

/// Reads the head, and the bytes that the encryption authenticates.
pub(crate) fn read(input: &mut impl Read) -> anyhow::Result<(Header, Vec<u8>)> {
    let mut magic = [0; MAGIC.len()];
    let mut length = [0; 4];
    let begins = input.read_exact(&mut magic).is_ok() && magic == MAGIC;
    if !begins || input.read_exact(&mut length).is_err() {
        bail!("it is no backup of Vestibule, or one of a later format");
    }
    let size = u32::from_be_bytes(length);
    if size > MOST {
        bail!("the head of the backup is damaged");
    }
    let mut text = vec![0; usize::try_from(size)?];
    input.read_exact(&mut text).map_err(|_| anyhow!("the backup was cut off"))?;
    let header = serde_json::from_slice(&text).map_err(|_| anyhow!("the head of the backup is damaged"))?;
    Ok((header, [MAGIC, &length, &text].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_written_and_read() {
        let header = Header {
            database: "sqlite".to_owned(),
            schema: "20261130110000".to_owned(),
            version: "0.1.0".to_owned(),
            region: "us".to_owned(),
            made_at: 5,
            sealing_key: Some("0badcafe".to_owned()),
            salt: salt().unwrap(),
        };
        let mut file = Vec::new();
        let bytes = write(&mut file, &header).unwrap();
        assert_eq!(read(&mut &file[..]).unwrap(), (header, bytes));
        for length in 0..file.len() {
            assert!(read(&mut &file[..length]).is_err(), "cut off at {length}");
        }
        let mut longer = file.clone();
        longer[MAGIC.len()] = 255;
        assert!(read(&mut &longer[..]).is_err());
        assert!(read(&mut &b"SQLite format 3 and so on and so on"[..]).is_err());
    }
}
