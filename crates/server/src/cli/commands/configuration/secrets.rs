//! The secrets that a folder refers to: read once from the environment and from files, compared by digests, never printed.

use std::{collections::HashMap, fs::File, io::ErrorKind, io::Read};

use secrecy::{ExposeSecret, SecretString};
use vestibule_store::access::secrets;
use vestibule_transfer::configuration::{Document, Fault, Reference, Thing, Value};

/// The longest secret, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The secrets that are there, by their references.
pub(super) struct Secrets(HashMap<Reference, SecretString>);

impl Secrets {
    /// Reads the secrets of all documents, and adds their digests to them. One that is not there has none: a thing that exists keeps its
    /// stored secret. Returns the secrets that can't be read as faults.
    pub(super) fn read(documents: &mut [Document]) -> (Self, Vec<Fault>) {
        let (mut found, mut faults) = (HashMap::new(), Vec::new());
        for thing in documents.iter_mut().flat_map(|document| &mut document.things) {
            let Some((key, Some(reference))) =
                thing.secret().map(|(key, secret)| (key, secret.reference.clone()))
            else {
                continue;
            };
            match look_up(&reference) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    if let Some(Value::Secret(secret)) = thing.values.get_mut(key) {
                        secret.digests = vec![secrets::digest(text.expose_secret())];
                    }
                    found.insert(reference, text);
                }
                Err(why) => {
                    faults.push(thing.fault(Some(key), format!("refers to {reference}, which {why}")));
                }
            }
        }
        (Self(found), faults)
    }

    /// The secret that a thing refers to; `None` if it names none, or if the secret is not there.
    pub(super) fn of(&self, thing: &Thing) -> Option<&SecretString> {
        self.0.get(thing.secret()?.1.reference.as_ref()?)
    }
}

/// The secret at a reference; `None`: it is not there.
fn look_up(reference: &Reference) -> Result<Option<SecretString>, String> {
    let text = match reference {
        Reference::Env(name) => match std::env::var(name) {
            Ok(text) => text,
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => return Err("is no UTF-8 text".to_owned()),
        },
        Reference::File(path) => {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(format!("can't be read: {error}")),
            };
            let mut text = String::new();
            if let Err(error) = file.take(LONGEST + 1).read_to_string(&mut text) {
                return Err(format!("can't be read: {error}"));
            }
            text
        }
    };
    let text = text.trim_end_matches(['\r', '\n']);
    match text.len() {
        0 => Err("is empty".to_owned()),
        length if u64::try_from(length).unwrap_or(u64::MAX) > LONGEST => {
            Err(format!("has more than {LONGEST} bytes"))
        }
        _ => Ok(Some(SecretString::from(text.to_owned()))),
    }
}
