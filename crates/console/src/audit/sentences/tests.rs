//! Every kind that the sources record has its sentence, and none twice. Where a kind is handed on in a variable, the file's
//! words that end as a kind does are looked at.

use std::{collections::BTreeSet, fs, path::Path};

use super::{SENTENCES, sentence};

/// Words in those files that end as a kind does and are none.
const OTHERS: &[&str] = &["grants_ended", "identity_changed", "owner_identity_changed"];

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
        }
    }
}

/// The arguments of the call whose opening parenthesis ends `before`.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut list, mut one) = (1, Vec::new(), String::new());
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && letter == ',' {
            list.push(std::mem::take(&mut one).trim().to_owned());
        } else {
            one.push(letter);
        }
    }
    list.push(one.trim().to_owned());
    list
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let plain = |word: &&str| {
        word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    text.split('"').skip(1).step_by(2).filter(plain)
}

#[test]
fn every_kind_that_is_recorded_has_its_sentence() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let mut texts = Vec::new();
    for folder in fs::read_dir(crates).unwrap() {
        let source = folder.unwrap().path().join("src");
        if source.is_dir() {
            sources(&source, &mut texts);
        }
    }
    let known: BTreeSet<&str> = SENTENCES.iter().map(|(kind, _)| *kind).collect();
    let ends: BTreeSet<&str> = known.iter().filter_map(|kind| kind.rsplit('_').next()).collect();
    let mut recorded = BTreeSet::new();
    for text in &texts {
        let calls: Vec<Vec<String>> = text
            .split("events::record_json(")
            .skip(1)
            .map(arguments)
            .filter(|list| list.len() >= 7)
            .collect();
        for call in &calls {
            recorded.extend(words(&call[2]).map(str::to_owned));
        }
        // Handed on, or told through a function that records.
        let hands_on = calls.iter().any(|call| !call[2].starts_with('"')) || text.contains("clients::told(");
        if hands_on {
            let like =
                words(text).filter(|word| word.rsplit('_').next().is_some_and(|end| ends.contains(end)));
            recorded.extend(like.filter(|word| !OTHERS.contains(word)).map(str::to_owned));
        }
    }
    assert!(recorded.len() > 50, "the sources are read: {recorded:?}");
    let missing: Vec<_> = recorded.iter().filter(|kind| !known.contains(kind.as_str())).collect();
    assert!(missing.is_empty(), "no sentence for {missing:?}");
}

#[test]
fn a_kind_stands_once_and_an_unknown_one_says_its_name() {
    let kinds: BTreeSet<&str> = SENTENCES.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), SENTENCES.len());
    assert_eq!(sentence("signed_in"), "Somebody signed in");
    assert_eq!(sentence("moon_risen"), "Moon risen");
}
