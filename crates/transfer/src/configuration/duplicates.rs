//! Finds what may occur once and occurs twice, within a file and across files.

use std::collections::HashMap;

use super::{
    document::{Document, Fault, Thing, Value},
    kinds::Kind,
};

/// The faults of documents that repeat a workspace, a name, an id or a domain.
pub fn duplicates(documents: &[Document]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut of_all = Seen::default();
    for document in documents {
        let mut of_file = Seen::default();
        let mut routed = Seen::default();
        for thing in &document.things {
            let key = thing.kind.names().last().copied();
            match thing.kind {
                Kind::Workspace => of_all.note(&mut faults, thing, Some("id"), thing.name()),
                Kind::Domain => of_all.note(&mut faults, thing, None, thing.name()),
                // Several may have one name where ids tell them apart.
                Kind::Client | Kind::Webhook if thing.id().is_some() => {}
                _ => of_file.note(&mut faults, thing, key, thing.key()),
            }
            if let Some(id) = thing.id() {
                of_all.note(&mut faults, thing, Some("id"), id.to_owned());
            }
            if thing.kind.is_connection() {
                if let Some(issuer) = thing.text("issuer") {
                    of_file.note(&mut faults, thing, Some("issuer"), format!("issuer {issuer}"));
                }
                for domain in thing.texts("domains").unwrap_or_default() {
                    routed.note(&mut faults, thing, Some("domains"), domain.clone());
                }
                if thing.values.get("default") == Some(&Value::Switch(true)) {
                    of_file.note(&mut faults, thing, Some("default"), "default".to_owned());
                }
            }
            if let (Kind::OidcConnection, Some(issuer), Some(client_id)) =
                (thing.kind, thing.text("issuer"), thing.text("client_id"))
            {
                let pair = format!("{issuer} {client_id}");
                of_all.note(&mut faults, thing, Some("client_id"), pair);
            }
        }
    }
    faults
}

/// What was seen, and where.
#[derive(Default)]
struct Seen(HashMap<(&'static str, String), String>);

impl Seen {
    fn note(&mut self, faults: &mut Vec<Fault>, thing: &Thing, key: Option<&str>, value: String) {
        // Connections of both protocols share ids, issuers and the default.
        let kind = match (thing.kind.is_connection(), key) {
            (true, Some("id" | "issuer" | "domains" | "default")) => "connection",
            _ => thing.kind.name(),
        };
        let at = thing.fault(key, "");
        let place = format!("{}:{}", at.file, at.line);
        if let Some(first) = self.0.get(&(kind, value.clone())) {
            faults.push(thing.fault(key, format!("is that of {first}; it may occur once")));
            return;
        }
        self.0.insert((kind, value), place);
    }
}
