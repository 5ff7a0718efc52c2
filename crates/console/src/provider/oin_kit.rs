//! The kit for Okta's catalog: every value that the OIN Wizard asks for, for this deployment, and the configuration guide in the headings
//! that Okta's test C9299 demands (okta-facts §4.5). Pure, apart from the logo, which is read from its file.

mod logo;
mod render;
mod values;

use serde_json::{Value, json};
use vestibule_web::config::Config;

pub use render::{guide, markdown};

/// A field of the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Okta's label.
    pub label: &'static str,
    /// The exact text to enter, or the choice; empty: it comes from elsewhere.
    pub value: String,
    /// What else to know; may be empty.
    pub note: String,
    /// Why the value can't be handed in as it is.
    pub problem: Option<String>,
}

/// A section of the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Okta's heading.
    pub title: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// The kit.
#[derive(Debug, Clone)]
pub struct Kit {
    /// Name of the product.
    pub product: String,
    /// The region; a catalog app belongs to one.
    pub region: String,
    /// The sections, in the wizard's order.
    pub sections: Vec<Section>,
}

impl Kit {
    /// The kit of a deployment.
    ///
    /// # Errors
    /// A sentence, if the logo can't be read.
    pub fn of(config: &Config) -> Result<Self, String> {
        Ok(Self {
            product: config.brand.name.clone(),
            region: config.region.name.clone(),
            sections: values::sections(config, &logo::field(&config.brand)?),
        })
    }

    /// What must be mended before the values can be handed in: section, label, problem.
    pub fn problems(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        self.sections.iter().flat_map(|section| {
            let found = section.fields.iter();
            found.filter_map(|field| Some((section.title, field.label, field.problem.as_deref()?)))
        })
    }

    /// The value of a field.
    pub fn value(&self, title: &str, label: &str) -> &str {
        let section = self.sections.iter().find(|section| section.title == title);
        let field = section.and_then(|section| section.fields.iter().find(|field| field.label == label));
        field.map_or("", |field| &field.value)
    }

    /// The kit as JSON.
    pub fn json(&self) -> Value {
        let sections = self.sections.iter().map(|section| {
            let fields = section.fields.iter().map(|field| {
                json!({ "label": field.label, "value": field.value, "note": field.note, "problem": field.problem })
            });
            json!({ "title": section.title, "fields": fields.collect::<Vec<_>>() })
        });
        json!({
            "product": self.product, "region": self.region,
            "ready": self.problems().next().is_none(),
            "sections": sections.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests;
