//! Moving a workspace: `vestibule import` and `vestibule export`.

mod export;
mod import;
mod takeover;

use std::{fmt::Write, path::PathBuf};

use serde_json::Value;

use crate::support::{Backend, Deployment, Fresh};

/// A deployment with a workspace, and a folder for files.
struct Bench {
    database: Fresh,
    house: Deployment,
    workspace: String,
    scratch: tempfile::TempDir,
}

impl Bench {
    fn new(backend: Backend) -> Self {
        let database = Fresh::make(backend);
        let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
        let created = house.run(&["workspace", "create", "--name", "Acme"], "");
        let workspace = created["id"].as_str().unwrap().to_owned();
        Self { database, house, workspace, scratch: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.scratch.path().join(name).display().to_string()
    }

    fn file(&self, content: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.scratch.path().join(uuid::Uuid::new_v4().to_string());
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The arguments of an import.
    fn arguments<'a>(&'a self, from: &'a str, file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec!["import", "--workspace", self.workspace.as_str(), "--from", from, file];
        arguments.extend(more);
        arguments
    }

    fn import(&self, from: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Value {
        let file = self.file(content);
        self.house.run(&self.arguments(from, &file, more), "")
    }

    /// An import that must be refused with exit status 1: its output, and the sentence.
    fn refused(&self, from: &str, content: impl AsRef<[u8]>, more: &[&str]) -> (Value, String) {
        let file = self.file(content);
        let output = self.house.command(&self.arguments(from, &file, more), "");
        let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        (serde_json::from_slice(&output.stdout).unwrap_or_default(), sentence)
    }

    fn user(&self, user_name: &str) -> Value {
        self.house.run(&["user", "show", "--workspace", &self.workspace, "--user-name", user_name], "")
    }

    fn has_user(&self, user_name: &str) -> bool {
        let arguments = ["user", "show", "--workspace", &self.workspace, "--user-name", user_name];
        self.house.command(&arguments, "").status.success()
    }

    /// The kinds of the events.
    fn kinds(&self) -> Vec<String> {
        let listed =
            self.house.run(&["event", "list", "--workspace", &self.workspace, "--limit", "10000"], "");
        listed.as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// A CSV file of so many people in two groups.
fn many(count: usize) -> String {
    let mut text = String::from("userName,givenName,groups,roles,oldId\n");
    for number in 0..count {
        let group = if number % 2 == 0 { "Even" } else { "Odd" };
        writeln!(text, "person{number}@acme.example,P{number},Everybody|{group},editor,old|{number}")
            .unwrap();
    }
    text
}
