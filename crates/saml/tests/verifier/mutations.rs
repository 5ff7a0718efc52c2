//! Property: a changed signed response is refused, or has the same facts.

use std::sync::OnceLock;

use proptest::prelude::*;
use vestibule_saml::response::{Assertion, Expected, verify};

use crate::support::{
    encrypt::{Encryption, encrypt},
    keys::ours,
    *,
};

/// The valid responses that are changed.
fn originals() -> &'static [String] {
    static ORIGINALS: OnceLock<Vec<String>> = OnceLock::new();
    ORIGINALS.get_or_init(|| {
        let inner = sign(&assertion(), &keys().rsa, &Style::default());
        let encrypted = |plain: &str| response(&encrypt(plain.as_bytes(), &Encryption::to(ours())));
        vec![
            signed(&keys().rsa),
            with_assertion(&assertion()),
            within_response(&response(&assertion())),
            encrypted(&inner),
            within_response(&encrypted(&assertion())),
        ]
    })
}

fn read(xml: &[u8]) -> Option<Assertion> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let certificates = [keys().rsa.certificate.clone(), keys().p256.certificate.clone()];
    let expected = Expected { decryption_keys: std::slice::from_ref(ours()), ..expected(&certificates) };
    verify(&STANDARD.encode(xml), &expected).assertion().cloned()
}

fn original() -> &'static Assertion {
    static ORIGINAL: OnceLock<Assertion> = OnceLock::new();
    ORIGINAL.get_or_init(|| {
        let all: Vec<_> = originals().iter().map(|xml| read(xml.as_bytes()).unwrap()).collect();
        assert!(all.iter().all(|facts| facts == &all[0]));
        all[0].clone()
    })
}

fn check_mutated(xml: &[u8]) -> Result<(), TestCaseError> {
    if let Some(facts) = read(xml) {
        prop_assert_eq!(&facts, original(), "{}", String::from_utf8_lossy(xml));
    }
    Ok(())
}

/// Positions at which tags begin, so that a moved piece is usually well-formed.
fn boundaries(xml: &str) -> Vec<usize> {
    xml.match_indices('<').map(|(at, _)| at).collect()
}

/// The whole element that begins at this position; empty for an end tag.
fn element(xml: &str, from: usize) -> &str {
    let name: String = xml[from + 1..].chars().take_while(|c| !matches!(c, ' ' | '>')).collect();
    let end = format!("</{name}>");
    xml[from..].find(&end).map_or("", |at| &xml[from..from + at + end.len()])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn one_byte(which in 0..5usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3u8) {
        let mut xml = originals()[which].clone().into_bytes();
        let at = at.index(xml.len());
        match how {
            0 => xml[at] = byte,
            1 => xml.insert(at, byte),
            _ => { xml.remove(at); }
        }
        check_mutated(&xml)?;
    }

    #[test]
    fn one_character_that_means_something(
        which in 0..5usize,
        at in any::<prop::sample::Index>(),
        text in prop::sample::select(vec![
            " ", "\n", "\r", "\r\n", "\t", "<!---->", "<?x?>", "<x/>", "&#32;", "&#x0;", "&amp;", "<![CDATA[]]>", "\u{feff}", "\u{200b}",
            " xmlns=\"\"", " xmlns:xs=\"urn:x\"", " xmlns:saml2=\"urn:x\"", " ID=\"id2\"", " x=\"\"", "/", ">", "<", "\"", "'", "=",
        ]),
    ) {
        let xml = &originals()[which];
        let at = at.index(xml.len());
        check_mutated(format!("{}{text}{}", &xml[..at], &xml[at..]).as_bytes())?;
    }

    #[test]
    fn elements_moved_copied_and_forged(
        which in 0..5usize,
        operations in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u8), 1..4),
        evil in any::<bool>(),
    ) {
        let mut xml = originals()[which].clone();
        for (from, to, how) in operations {
            let places = boundaries(&xml);
            if places.is_empty() {
                break;
            }
            let (from, to) = (places[from.index(places.len())], places[to.index(places.len())]);
            let piece = element(&xml, from).to_owned();
            let piece = if evil { piece.replace("ada@", "eve@") } else { piece };
            match how {
                // The piece is copied, moved, removed, or replaces another one.
                0 => xml.insert_str(to, &piece),
                1 if to < from => { xml.replace_range(from..from + piece.len(), ""); xml.insert_str(to, &piece); }
                2 => xml.replace_range(from..from + piece.len(), ""),
                _ => { let other = element(&xml, to).len(); xml.replace_range(to..to + other, &piece); }
            }
        }
        check_mutated(xml.as_bytes())?;
    }

    #[test]
    fn values_exchanged(which in 0..5usize, one in any::<prop::sample::Index>(), two in any::<prop::sample::Index>()) {
        let xml = &originals()[which];
        let quoted: Vec<(usize, &str)> = xml.match_indices("=\"").map(|(at, _)| (at + 2, xml[at + 2..].split('"').next().unwrap())).collect();
        let ((at, old), (_, new)) = (quoted[one.index(quoted.len())], quoted[two.index(quoted.len())]);
        check_mutated(format!("{}{new}{}", &xml[..at], &xml[at + old.len()..]).as_bytes())?;
    }
}
