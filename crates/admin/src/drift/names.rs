//! Names that are the same to a person who reads or types them. Pure.

use std::collections::HashMap;

use vestibule_core::{fold::fold, ids::UserId};
use vestibule_store::drift::{Found, Line};

/// The people whose name another one has too, in another letter case or another form of the same characters: how many, and the first.
/// The detail of each is the other's name.
pub(super) fn alike(names: Vec<(UserId, String)>, first: i64) -> Found {
    let mut by_key: HashMap<String, Vec<(UserId, String)>> = HashMap::with_capacity(names.len());
    for (id, name) in names {
        by_key.entry(fold(&name)).or_default().push((id, name));
    }
    let mut lines = Vec::new();
    for same in by_key.into_values().filter(|same| same.len() > 1) {
        for (place, (id, name)) in same.iter().enumerate() {
            let other = same.iter().enumerate().find(|(other, _)| *other != place);
            let detail = other.map(|(_, (_, name))| name.clone()).unwrap_or_default();
            lines.push(Line { id: id.to_string(), name: name.clone(), detail });
        }
    }
    Found::by_name(lines, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_read_the_same_are_found() {
        let found = |names: &[&str]| {
            let names = names.iter().map(|name| (UserId::from_stored(*name), (*name).to_owned())).collect();
            let found = alike(names, 2);
            (found.count, found.first.into_iter().map(|line| (line.name, line.detail)).collect::<Vec<_>>())
        };
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(found(&["ada@acme.example", "bob@acme.example"]), (0, vec![]));
        assert_eq!(
            found(&["ada@acme.example", "Ada@acme.example", "bob@acme.example"]),
            (
                2,
                vec![
                    pair("Ada@acme.example", "ada@acme.example"),
                    pair("ada@acme.example", "Ada@acme.example")
                ]
            )
        );
        // One character, and the same with a combining accent (Unicode normalization forms C and D).
        assert_eq!(found(&["zo\u{eb}", "zoe\u{308}"]).0, 2);
        // Only the first are named.
        let (count, first) = found(&["ada", "Ada", "ADA"]);
        assert_eq!((count, first.len()), (3, 2));
    }
}
