//! Filters without secrets: the values that a filter compares a secret attribute with are replaced.

use vestibule_scim_engine::{
    filter::{Filter, Literal},
    path::AttrPath,
};
use vestibule_web::observe::inspect::redact::{HIDDEN, is_secret};

/// The filter, with each value replaced that is compared with a secret attribute.
pub(super) fn without_secrets(filter: &Filter) -> Filter {
    redact(filter, &is_secret_path)
}

/// Whether a path names an attribute, or a part of one, that is secret.
pub(super) fn is_secret_path(path: &AttrPath) -> bool {
    is_secret(&path.attr) || path.sub.as_deref().is_some_and(is_secret)
}

fn redact(filter: &Filter, is_hidden: &dyn Fn(&AttrPath) -> bool) -> Filter {
    let each = |parts: &[Filter]| parts.iter().map(|part| redact(part, is_hidden)).collect();
    match filter {
        Filter::And(parts) => Filter::And(each(parts)),
        Filter::Or(parts) => Filter::Or(each(parts)),
        Filter::Not(inner) => Filter::Not(Box::new(redact(inner, is_hidden))),
        Filter::Compare { attr, op, .. } if is_hidden(attr) => {
            Filter::Compare { attr: attr.clone(), op: *op, value: Literal::String(HIDDEN.into()) }
        }
        // Every sub-attribute of a secret attribute is secret.
        Filter::ValuePath { attr, filter } if is_hidden(attr) => {
            Filter::ValuePath { attr: attr.clone(), filter: Box::new(redact(filter, &|_| true)) }
        }
        Filter::ValuePath { attr, filter } => {
            Filter::ValuePath { attr: attr.clone(), filter: Box::new(redact(filter, is_hidden)) }
        }
        Filter::Compare { .. } | Filter::Present(_) => filter.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_scim_engine::filter;

    #[test]
    fn a_filter_is_shown_in_its_canonical_form_and_without_secrets() {
        for (sent, shown) in [
            ("userName  EQ \"ada\"", "userName eq \"ada\""),
            (
                "not (password eq \"hunter2\") and active eq true",
                "not (password eq \"…\") and active eq true",
            ),
            ("vault.apiToken sw \"hunter2\"", "vault.apiToken sw \"…\""),
            (
                "secrets[value eq \"hunter2\" or not (type co \"hunter2\")]",
                "secrets[value eq \"…\" or not (type co \"…\")]",
            ),
            (
                "emails[type eq \"work\" and password eq \"hunter2\"]",
                "emails[type eq \"work\" and password eq \"…\"]",
            ),
        ] {
            assert_eq!(without_secrets(&filter::parse(sent).unwrap()).to_string(), shown);
        }
    }
}
