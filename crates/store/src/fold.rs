//! The one case folding of the house: what two spellings must share to be the same name.
//! Computed here and stored in `*_key` columns, because `lower()` of SQLite and of a C-locale PostgreSQL knows ASCII only.

/// Folds a name for matching: without outer blanks, in [`letters`] case.
pub fn fold(text: &str) -> String {
    letters(text.trim())
}

/// Folds letter case: full Unicode lower case, with `ß` and final `ς` brought to the form their upper case shares (a
/// small case fold; no normalisation of accents).
pub fn letters(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ß' | 'ẞ' => key.push_str("ss"),
            'ς' => key.push('σ'),
            other => key.extend(other.to_lowercase()),
        }
    }
    // `char::to_lowercase` maps Σ to σ always, so a final sigma cannot come back.
    key
}

/// The domain of an e-mail address, folded; `None` when there is none.
pub fn email_domain(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    (!local.trim().is_empty() && !domain.trim().is_empty()).then(|| fold(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        for (a, b) in
            [("Ada@Acme.example", "ada@acme.EXAMPLE"), ("ÄÖÜ", "äöü"), ("STRASSE", "straße"), ("ΣΑΣ", "σας")]
        {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
        }
    }

    #[test]
    fn a_domain_is_what_follows_the_last_at() {
        assert_eq!(email_domain("\"a@b\"@Acme.example").as_deref(), Some("acme.example"));
        assert_eq!(email_domain("@acme.example"), None);
        assert_eq!(email_domain("ada"), None);
    }
}
