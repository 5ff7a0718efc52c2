//! Names of the references to secrets in an export: the same content always gets the same names.

use std::{collections::HashSet, path::PathBuf};

use vestibule_transfer::configuration::{Document, Reference, Thing, Value};

/// The longest part of a name that comes from a thing, in characters.
const LONGEST: usize = 60;

/// Where the references of an export lead.
#[derive(Debug, Clone)]
pub(super) enum Naming {
    /// Environment variables with this prefix.
    Env(String),
    /// Files in this folder.
    Files(PathBuf),
}

impl Naming {
    /// Gives each secret of a document a reference. `stem`: the name of the document's file without its ending.
    pub(super) fn name(&self, document: &mut Document, stem: &str) {
        document.sort();
        let mut used = HashSet::new();
        for thing in &mut document.things {
            let Some((key, _)) = thing.secret() else { continue };
            let base = self.base(stem, thing);
            let mut name = base.clone();
            let mut number = 2;
            while !used.insert(name.clone()) {
                name = format!("{base}{}{number}", self.dash());
                number += 1;
            }
            let reference = match self {
                Self::Env(prefix) => Reference::Env(format!("{prefix}{name}")),
                Self::Files(folder) => Reference::File(folder.join(name).display().to_string()),
            };
            if let Some(Value::Secret(secret)) = thing.values.get_mut(key) {
                secret.reference = Some(reference);
            }
        }
    }

    fn dash(&self) -> char {
        match self {
            Self::Env(_) => '_',
            Self::Files(_) => '-',
        }
    }

    /// `ACME_OIDC_CONNECTION_OKTA` or `acme-oidc-connection-okta`.
    fn base(&self, stem: &str, thing: &Thing) -> String {
        let own = thing.name();
        let own = own.strip_prefix("https://").unwrap_or(&own);
        let own: String = slug(own).chars().take(LONGEST).collect();
        let whole = slug(&format!("{stem} {} {own}", thing.kind.name()));
        match self {
            Self::Env(_) => whole.replace('-', "_").to_uppercase(),
            Self::Files(_) => whole,
        }
    }
}

/// `Acme, Inc.` → `acme-inc`; empty if the text has neither letters nor digits of ASCII.
pub(super) fn slug(text: &str) -> String {
    let dashed: String = text
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use vestibule_transfer::configuration::{Area, Kind, Secret};

    use super::*;

    #[test]
    fn names_are_unique_and_plain() {
        let client = |id: &str, name: &str| {
            let values = [
                ("id", Value::Text(id.to_owned())),
                ("name", Value::Text(name.to_owned())),
                ("client_secret", Value::Secret(Secret::default())),
            ];
            Thing::stored(Kind::Client, values)
        };
        let things = vec![client("b", "My App"), client("a", "My App"), client("c", "…")];
        let document = Document { file: String::new(), area: Area::Workspace, things };
        let names = |naming: &Naming| -> Vec<String> {
            let mut document = document.clone();
            naming.name(&mut document, "acme");
            let reference = |thing: &Thing| match thing.secret().unwrap().1.reference.clone().unwrap() {
                Reference::Env(name) => name,
                Reference::File(path) => path,
            };
            document.things.iter().map(reference).collect()
        };
        let env = names(&Naming::Env("S_".to_owned()));
        assert_eq!(env, ["S_ACME_CLIENT_MY_APP", "S_ACME_CLIENT_MY_APP_2", "S_ACME_CLIENT"]);
        let files = names(&Naming::Files(PathBuf::from("/run/secrets")));
        assert_eq!(files[0], "/run/secrets/acme-client-my-app");
        assert_eq!(slug("Bücher & Söhne"), "b-cher-s-hne");
    }
}
