//! Names of email domains: the one spelling in which they are stored.

/// Normalises a typed domain to the form that is stored: ASCII, lower case, without `@` before it and dots after it.
///
/// # Errors
/// One sentence that says what to type.
pub fn normalise(typed: &str) -> Result<String, String> {
    let refused = || format!("{} is no email domain; type one such as acme.example", clip(typed));
    let bare = typed.trim().trim_start_matches('@').trim_end_matches('.');
    let domain = idna::domain_to_ascii_strict(bare).map_err(|_| refused())?;
    let labels: Vec<&str> = domain.split('.').collect();
    // A last label of digits is an IP address, and one label alone belongs to nobody.
    let named = labels.len() >= 2
        && labels.last().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    if named && domain.len() <= 253 { Ok(domain) } else { Err(refused()) }
}

/// The domain of an email address, as it is stored.
pub fn of_email(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    if local.trim().is_empty() { None } else { normalise(domain).ok() }
}

/// A typed text, short enough for a sentence.
fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_spelling() {
        for (typed, stored) in [
            ("acme.example", Some("acme.example")),
            (" @Acme.EXAMPLE. ", Some("acme.example")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("a.b.c.example", Some("a.b.c.example")),
            ("", None),
            ("example", None),
            ("localhost", None),
            ("192.0.2.1", None),
            ("acme..example", None),
            (".acme.example", None),
            ("-acme.example", None),
            ("acme .example", None),
            ("acme.example/x", None),
            ("https://acme.example", None),
            ("ada@acme.example", None),
            ("_dmarc.acme.example", None),
            ("acme\0.example", None),
        ] {
            assert_eq!(normalise(typed).ok().as_deref(), stored, "{typed:?}");
        }
        assert_eq!(normalise(&format!("{}.example", "a.".repeat(130))).ok(), None);
        assert_eq!(of_email("\"a@b\"@Bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(of_email("\"a@b\"@Acme.example").as_deref(), Some("acme.example"));
        for address in ["@acme.example", "ada", "ada@", "ada@localhost"] {
            assert_eq!(of_email(address), None, "{address}");
        }
    }
}
