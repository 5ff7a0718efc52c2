//! Ten thousand random documents, compared with libxml2 (through lxml). The script `tests/peers/exclusive_c14n.py` generates them;
//! `tests/run` installs lxml and sets `VESTIBULE_TEST_PEERS` to its Python.

use std::process::Command;

use roxmltree::{Document, Node};
use serde::Deserialize;

use super::super::exclusive;

#[derive(Deserialize)]
struct Case {
    document: String,
    apex: usize,
    without: Option<usize>,
    prefixes: Vec<String>,
    canonical: String,
}

/// `None` when there is no Python with lxml, which is a failure in CI.
fn cases(seed: u32, count: u32) -> Option<Vec<Case>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/exclusive_c14n.py");
    let python = std::env::var("VESTIBULE_TEST_PEERS").ok().filter(|path| !path.is_empty());
    let has_lxml = |python: &&String| {
        Command::new(python)
            .args(["-I", "-c", "import lxml.etree"])
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let Some(python) = python.or_else(|| Some("python3".to_owned())).filter(|python| has_lxml(&python))
    else {
        let why = "neither VESTIBULE_TEST_PEERS nor python3 is a Python with lxml: tests/run sets it, when pip reached its index";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{why}");
        eprintln!("SKIPPED, nothing was compared: {why}");
        return None;
    };
    let output =
        Command::new(python).args(["-I", script, &seed.to_string(), &count.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn ten_thousand_documents_have_the_form_that_libxml2_gives_them() {
    let seed = std::env::var("VESTIBULE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let Some(cases) = cases(seed, 10_000) else { return };
    assert_eq!(cases.len(), 10_000);
    for case in &cases {
        let document = Document::parse(&case.document).unwrap();
        let elements: Vec<Node<'_, '_>> = document.descendants().filter(Node::is_element).collect();
        let prefixes: Vec<&str> =
            case.prefixes.iter().map(|p| if p == "#default" { "" } else { p }).collect();
        let without = case.without.map(|at| elements[at].id());
        let ours = exclusive(elements[case.apex], without, &prefixes).unwrap();
        assert_eq!(
            String::from_utf8(ours).unwrap(),
            case.canonical,
            "\ndocument {}\napex {} without {:?} prefixes {:?}",
            case.document,
            case.apex,
            case.without,
            case.prefixes
        );
    }
}
