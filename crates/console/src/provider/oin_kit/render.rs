//! The kit as documents: the values as Markdown, and the configuration guide for customers.

use askama::Template;

use super::Kit;

/// The values as Markdown, for a person who fills in the wizard.
pub fn markdown(kit: &Kit) -> String {
    let mut text = format!(
        "# {} in Okta's catalog\n\nEvery value that the OIN Wizard asks for, for the region `{}`. A catalog app belongs to one region.\n",
        plain(&kit.product),
        plain(&kit.region)
    );
    let problems: Vec<String> = kit
        .problems()
        .map(|(section, label, problem)| format!("- {section}, **{label}**: {}\n", plain(problem)))
        .collect();
    if !problems.is_empty() {
        text.push_str("\n## Before you hand it in\n\n");
        text.extend(problems);
    }
    for section in &kit.sections {
        text.push_str(&format!("\n## {}\n\n| Field | Value | |\n|---|---|---|\n", section.title));
        for field in &section.fields {
            let value = match field.value.as_str() {
                "" => String::new(),
                value => format!("`{}`", cell(value)),
            };
            text.push_str(&format!("| **{}** | {value} | {} |\n", field.label, cell(&field.note)));
        }
    }
    text
}

/// The configuration guide for customers.
#[derive(Template)]
#[template(path = "oin_guide.md", escape = "none")]
struct Guide {
    product: String,
    label: String,
    support: String,
}

/// The configuration guide that customers read, as Markdown.
pub fn guide(kit: &Kit) -> Result<String, askama::Error> {
    Guide {
        product: plain(&kit.product),
        label: plain(kit.value("Integration variables", "Label")),
        support: plain(kit.value("Testing information", "Support contacts of the catalog page")),
    }
    .render()
}

/// A text on one line that can't be taken for markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if "\\`*_[]<>#|".contains(letter) {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

/// A text in a cell.
fn cell(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect::<String>().replace('|', "\\|")
}
