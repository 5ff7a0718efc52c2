//! Configuration as code: `vestibule apply` and `vestibule export --settings`.

mod drift;
mod folder;
mod prune;
mod refused;
mod round_trip;
mod secrets;

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::support::{Backend, Deployment, Fresh};

/// A secret that fits every kind of thing.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// Another one.
const OTHER: &str = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";

/// A workspace.
const ACME: &str = "01900000-0000-7000-8000-00000000acce";

/// A deployment without workspaces, and a folder for files.
struct Bench {
    _database: Fresh,
    house: Deployment,
    scratch: tempfile::TempDir,
}

impl Bench {
    fn new(backend: Backend) -> Self {
        let database = Fresh::make(backend);
        let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
        Self { _database: database, house, scratch: tempfile::tempdir().unwrap() }
    }

    /// The same bench with an environment variable.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.house = self.house.with_variable(name, value);
        self
    }

    /// A new folder with these files.
    fn folder(&self, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.scratch.path().join(uuid::Uuid::new_v4().to_string());
        std::fs::create_dir_all(folder.join("workspaces")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    /// A new folder with one workspace.
    fn acme(&self, text: &str) -> PathBuf {
        self.folder(&[("workspaces/acme.toml", &format!("id = \"{ACME}\"\nname = \"Acme\"\n{text}"))])
    }

    fn apply(&self, folder: &Path, more: &[&str]) -> Value {
        self.house.run(&arguments(folder, more), "")
    }

    /// A run that must be refused with exit status 1: its output, and the sentence.
    fn refused(&self, folder: &Path, more: &[&str]) -> (Value, String) {
        let output = self.house.command(&arguments(folder, more), "");
        let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        (serde_json::from_slice(&output.stdout).unwrap_or_default(), sentence)
    }

    /// Exports the settings of everything.
    fn export(&self, name: &str) -> PathBuf {
        let folder = self.scratch.path().join(name);
        self.house.run(&["export", "--settings", "--to", folder.to_str().unwrap()], "");
        folder
    }

    /// The number of events of a workspace.
    fn events(&self, workspace: &str) -> usize {
        let arguments = ["event", "list", "--workspace", workspace, "--limit", "10000"];
        self.house.run(&arguments, "").as_array().unwrap().len()
    }

    fn list(&self, kind: &str) -> Value {
        self.house.run(&[kind, "list", "--workspace", ACME], "")
    }
}

fn arguments<'a>(folder: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["apply", folder.to_str().unwrap()];
    arguments.extend(more);
    arguments
}

/// The files of a folder with their content, in order.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for within in [folder.to_owned(), folder.join("workspaces")] {
        for entry in std::fs::read_dir(&within).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                all.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

/// The names of the environment variables that a folder refers to.
fn variables(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for (_, text) in files(folder) {
        for after in text.split("{ env = \"").skip(1) {
            names.push(after.split('"').next().unwrap().to_owned());
        }
    }
    names
}

/// A certificate of a new key, as base64.
fn certificate() -> String {
    vestibule_saml::request::Signer::generate("test", 1_700_000_000).unwrap().certificate().base64()
}

/// A client id of a workspace.
fn client_id(workspace: &str) -> String {
    let workspace = uuid::Uuid::parse_str(workspace).unwrap();
    format!("vclient_{}{}", URL_SAFE_NO_PAD.encode(workspace.as_bytes()), "Ab0_-".repeat(5).split_at(22).0)
}

/// Changes of a report as `action kind name`.
fn changes(report: &Value) -> Vec<String> {
    let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    let all = report["changes"].as_array().unwrap().iter();
    all.map(|one| format!("{} {} {}", text(one, "action"), text(one, "kind"), text(one, "name"))).collect()
}
