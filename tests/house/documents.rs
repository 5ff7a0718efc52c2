//! Tests that the documents for contributors are true: each path, name of the code, recipe and crate that they mention exists.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::root;

/// The documents whose paths, recipes and crates are checked.
const DOCUMENTS: [&str; 8] = [
    "CONTRIBUTING.md",
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "docs/inside.md",
    "docs/mcp.md",
    "docs/releasing.md",
    "docs/threats.md",
];

/// The documents whose names of the code, such as `users::find`, are checked.
const ON_CODE: [&str; 3] = ["CONTRIBUTING.md", "ARCHITECTURE.md", "docs/inside.md"];

/// What stands before a name where it is defined.
const KEYWORDS: [&str; 9] =
    ["fn", "struct", "enum", "trait", "mod", "const", "static", "type", "macro_rules"];

fn read(document: &str) -> String {
    std::fs::read_to_string(root().join(document)).unwrap()
}

/// The texts in backticks, and the lines of fenced blocks.
fn code(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_block = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            found.push(line.to_owned());
        } else {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    found.extend(prose.split('`').skip(1).step_by(2).map(str::to_owned));
    found
}

/// The words of a text in code, without the punctuation around them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || "()[],;='\"$".contains(c));
    words.map(|word| word.trim_end_matches(['.', ':', '/'])).filter(|word| !word.is_empty())
}

/// Names of files and folders at the top of the repository.
fn at_the_top() -> BTreeSet<String> {
    let entries = std::fs::read_dir(root()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !["target", ".git"].contains(&name.as_str())).collect()
}

/// Whether there is a file or folder at this path; a part in braces or with `*` stands for any name, and the rest is not checked.
fn exists(path: &str) -> bool {
    let known: PathBuf = path.split('/').take_while(|part| !part.contains(['{', '*', '…'])).collect();
    root().join(known).exists()
}

#[test]
fn each_path_that_a_document_names_exists() {
    let tops = at_the_top();
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = read(document);
        for span in code(&text) {
            let is_path = |word: &&str| word.split_once('/').is_some_and(|(top, _)| tops.contains(top));
            for path in words(&span).filter(is_path).filter(|path| !exists(path)) {
                missing.push(format!("{document}: {path}"));
            }
        }
        let folder = root().join(document).parent().unwrap().to_owned();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains(':')) {
            if !folder.join(link).exists() {
                missing.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(missing.is_empty(), "these paths don't exist:\n{}", missing.join("\n"));
}

#[test]
fn each_recipe_and_crate_that_a_document_names_exists() {
    let recipes = read("justfile");
    let is_recipe = |name: &str| {
        recipes.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ' '])))
    };
    let is_crate = |name: &str| {
        let folder = name.strip_prefix("vestibule-").unwrap_or("server");
        name.starts_with("vestibule") && root().join("crates").join(folder).join("Cargo.toml").exists()
    };
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        for span in code(&read(document)) {
            let words: Vec<&str> = words(&span).collect();
            if let ["just", name, ..] = words[..]
                && !is_recipe(name)
            {
                missing.push(format!("{document}: just {name}"));
            }
            for pair in words.windows(2).filter(|pair| pair[0] == "-p" && span.contains("cargo")) {
                if !is_crate(pair[1]) {
                    missing.push(format!("{document}: -p {}", pair[1]));
                }
            }
        }
    }
    assert!(missing.is_empty(), "these don't exist:\n{}", missing.join("\n"));
}

/// What one source file has: the folders and the module that it is, the names it defines, all its words.
struct Source {
    modules: BTreeSet<String>,
    defined: BTreeSet<String>,
    /// Words of the lines that begin an `impl`, among them the type.
    implemented: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Source {
    fn of(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<&str> = text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).collect();
        let pairs = words.windows(2).filter(|pair| KEYWORDS.contains(&pair[0]));
        let implementations = text.lines().filter(|line| line.starts_with("impl"));
        let implemented =
            implementations.flat_map(|line| line.split(|c: char| !is_part(c))).map(str::to_owned);
        let inside = path.strip_prefix(root()).unwrap().with_extension("");
        Self {
            modules: inside.iter().map(|part| part.to_str().unwrap().replace('-', "_")).collect(),
            defined: pairs.map(|pair| pair[1].to_owned()).collect(),
            implemented: implemented.collect(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// Whether the last two parts of a name are here: a module and what it defines, or a type and its variant or function.
    fn has(&self, owner: &str, name: &str) -> bool {
        let within =
            [&self.modules, &self.defined, &self.implemented].iter().any(|names| names.contains(owner));
        let is_variant = name.starts_with(char::is_uppercase) && self.defined.contains(owner);
        within
            && (self.defined.contains(name)
                || self.modules.contains(name)
                || is_variant && self.words.contains(name))
    }
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut stack = vec![root().join("crates"), root().join("tests")];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(Source::of(&path));
        }
    }
    sources
}

#[test]
fn each_name_of_the_code_that_a_document_gives_exists() {
    let sources = sources();
    let mut missing = Vec::new();
    for document in ON_CODE {
        for span in code(&read(document)) {
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            for name in span.split(|c: char| !is_part(c)).map(|name| name.trim_matches(':')) {
                let mut parts = name.rsplit("::");
                let (Some(last), Some(owner)) = (parts.next(), parts.next()) else { continue };
                if !sources.iter().any(|source| source.has(owner, last)) {
                    missing.push(format!("{document}: {name}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "these names don't exist:\n{}", missing.join("\n"));
}
