//! `POST /account/theme`: stores the theme of this browser in a cookie.

use vestibule_web::{http::input::Parameters, pages::Theme};

use crate::layout::{
    access::SignedInPerson,
    error::PageResult,
    form::{Fields, Form},
};

/// The themes, each with its name in the form and its words.
const CHOICES: [(Theme, &str, &str); 3] = [
    (Theme::System, "system", "As in the browser"),
    (Theme::Light, "light", "Light"),
    (Theme::Dark, "dark", "Dark"),
];

/// The name of each theme in the form, its words, and whether this browser has it.
pub(super) fn choices() -> [(&'static str, &'static str, bool); 3] {
    CHOICES.map(|(theme, name, words)| (name, words, theme == Theme::current()))
}

/// The theme that was chosen.
pub struct Chosen(Theme);

impl Fields for Chosen {
    fn read(form: &Parameters) -> Self {
        Self(Theme::named(form.text("theme")))
    }
}

/// Stores it and shows the account again.
pub async fn post(form: Form<SignedInPerson, Chosen>) -> PageResult {
    let person = form.visitor;
    person.redirect_with("/account", &form.fields.0.cookie(person.state()))
}
