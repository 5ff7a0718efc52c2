//! Test of the demo's story, run by the real binary.

use std::process::Command;

use crate::support::{Backend, Fresh};

fn play(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["demo", "--play", "--json", "--port", "0", "--okta-port", "0", "--product-port", "0"])
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["ok"], true);
    assert!(told["steps"].as_array().unwrap().len() > 30, "{told}");
}

#[test]
fn the_story_goes_as_it_must_on_sqlite() {
    play(&[]);
}

#[test]
fn the_story_goes_as_it_must_on_postgres() {
    let database = Fresh::make(Backend::Postgres);
    play(&["--database-url", database.url()]);
}
