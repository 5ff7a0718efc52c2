//! Redaction: copies values without secrets, cut to a size. A value whose name sounds like a secret is not copied. Texts that look like
//! a bearer secret of the service or like a JWT are removed wherever they are. Pure.

use serde_json::{Map, Value, json};
use vestibule_store::access::secrets;

/// Replaces a secret value.
pub const HIDDEN: &str = "…";
/// Replaces what exceeds a limit.
pub const CUT: &str = "(cut)";

/// The longest text that is copied, in characters.
const LONGEST: usize = 300;
/// How many members or elements of one value are copied.
const MOST: usize = 20;
/// The deepest nesting that is copied.
const DEEPEST: usize = 8;
/// How many values of one document are copied.
const ALL: usize = 200;

/// Words in names of secrets, in lower case.
const SECRET: [&str; 7] = ["password", "passwd", "secret", "token", "credential", "privatekey", "assertion"];

/// Whether an attribute of this name may be a secret. The name may have a URN or a sub-attribute.
pub fn is_secret(name: &str) -> bool {
    // The URN of the schema is ignored; any part of the path counts.
    let name = name.rsplit(':').next().unwrap_or(name).to_lowercase().replace(['_', '-'], "");
    SECRET.iter().any(|word| name.contains(word))
}

/// Whether a text mentions the name of a possible secret.
pub fn mentions_secret(text: &str) -> bool {
    let text = text.to_lowercase().replace(['_', '-'], "");
    SECRET.iter().any(|word| text.contains(word))
}

/// A redacted copy: secrets replaced, long texts and lists cut.
pub fn redacted(value: &Value) -> Value {
    copy(value, 0, &mut 0)
}

/// A redacted copy of a document.
pub fn redacted_document(document: &Map<String, Value>) -> Value {
    copy_members(document, 0, &mut 0)
}

fn copy(value: &Value, depth: usize, copied: &mut usize) -> Value {
    *copied += 1;
    if depth > DEEPEST || *copied > ALL {
        return CUT.into();
    }
    match value {
        Value::String(text) => clip(text).into(),
        Value::Array(values) => {
            let mut copied_values: Vec<Value> =
                values.iter().take(MOST).map(|value| copy(value, depth + 1, copied)).collect();
            if let Some(more) = values.len().checked_sub(MOST).filter(|more| *more > 0) {
                copied_values.push(format!("({more} more)").into());
            }
            copied_values.into()
        }
        Value::Object(members) => copy_members(members, depth, copied),
        other => other.clone(),
    }
}

fn copy_members(members: &Map<String, Value>, depth: usize, copied: &mut usize) -> Value {
    let mut copied_members = Map::new();
    // `{"path": "password", "value": …}`: one member names the other.
    let names_one = members.values().any(|value| value.as_str().is_some_and(mentions_secret));
    for (name, value) in members.iter().take(MOST * 2) {
        let value = match value {
            _ if is_secret(name) || (names_one && name.eq_ignore_ascii_case("value")) => HIDDEN.into(),
            Value::String(text) if names_one && mentions_secret(text) => clip(&unquoted(text)).into(),
            value => copy(value, depth + 1, copied),
        };
        copied_members.insert(clip(name), value);
    }
    if members.len() > MOST * 2 {
        copied_members.insert(CUT.to_owned(), json!(members.len() - MOST * 2));
    }
    copied_members.into()
}

/// The part of a text before its brackets or quotes, which may contain a secret.
fn unquoted(text: &str) -> String {
    match text.split_once(['[', '"', '\'', ' ', '=']) {
        Some((before, _)) => format!("{before}{HIDDEN}"),
        None => text.to_owned(),
    }
}

/// A text, cut to the longest length.
pub fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Whether nothing was left out of a stored copy. A value that looks like a replacement counts as one.
pub fn is_whole(value: &Value) -> bool {
    let is_text_whole = |text: &str| {
        let is_count = text.starts_with('(') && text.ends_with(" more)");
        !text.contains(HIDDEN) && text != CUT && !is_count
    };
    match value {
        Value::String(text) => is_text_whole(text),
        Value::Array(values) => values.iter().all(is_whole),
        Value::Object(members) => members.iter().all(|(name, value)| is_text_whole(name) && is_whole(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A query with the values of these parameters; of the others only the names.
pub fn query(query: &str, may_be_shown: &[&str]) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes()).take(MOST).map(|(name, value)| {
        let open = may_be_shown.iter().any(|open| open.eq_ignore_ascii_case(&name));
        let value = if open { clip(&value) } else { HIDDEN.to_owned() };
        format!("{}={value}", clip(&name))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Removes the quotation from a sentence, from its first quotation mark to its last, because it may contain a secret.
pub fn without_quotes(sentence: &str) -> String {
    let Some((before, rest)) = sentence.split_once('\'') else { return sentence.to_owned() };
    // A quotation mark before a letter is an apostrophe, and closes nothing.
    let closes = |(at, _): &(usize, &str)| {
        !rest.get(at + 1..).unwrap_or_default().starts_with(|next: char| next.is_alphanumeric())
    };
    let after = rest.rmatch_indices('\'').find(closes).and_then(|(at, _)| rest.get(at + 1..));
    format!("{before}'{HIDDEN}'{}", after.unwrap_or_default())
}

/// The text without control characters and without anything that looks like a bearer secret or a JWT, even a truncated one.
pub fn scrubbed(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        clean.push_str(if opens_something(word) { HIDDEN } else { word });
        let next = after.find(is_part).unwrap_or(after.len());
        let (between, behind) = after.split_at(next);
        clean.extend(between.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
        rest = behind;
    }
    clean
}

/// Length of the shortest word that is masked. The random part of a bearer secret begins 22 letters after the underscore, so a shorter
/// word reveals next to nothing of it.
const SHORTEST: usize = 26;

fn opens_something(word: &str) -> bool {
    if word.len() < SHORTEST {
        return false;
    }
    let ours = secrets::prefixes().any(|prefix| {
        word.match_indices(prefix).any(|(at, _)| {
            let behind = word.get(at + prefix.len()..).unwrap_or_default();
            behind.starts_with('_') && behind.len() > SHORTEST
        })
    });
    // RFC 7519 §7.1: a header is a JSON object, whose first letters in base64url are these.
    let jwt = word.find("eyJ").is_some_and(|at| word.get(at..).unwrap_or_default().contains('.'));
    ours || jwt
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::WorkspaceId;

    use super::*;

    #[test]
    fn what_is_called_like_a_secret_is_hidden_at_any_depth() {
        for name in
            ["password", "PassWord", "client_secret", "accessToken", "urn:a:2.0:User:password", "x.password"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["userName", "passport", "displayName", "urn:okta:token:1.0:User:floor", "active"] {
            assert!(!is_secret(name), "{name}");
        }
        let document = json!({
            "userName": "ada", "Password": "hunter2", "emails": [{ "value": "a@b", "PASSWORD": ["hunter2"] }],
            "urn:x:User": { "vault": { "api_token": { "deep": "hunter2" } } },
        });
        let operations = json!([
            { "op": "x", "path": "password", "value": "hunter2" }, { "name": "apiToken", "VALUE": ["hunter2"] },
            { "path": "emails[password eq \"hunter2\"]", "value": 1 }, { "path": "password[hunter2" },
        ]);
        let of_operations = redacted(&operations).to_string();
        assert!(!of_operations.contains("hunter2"), "{of_operations}");
        assert!(of_operations.contains("emails…"), "{of_operations}");
        let copied = redacted(&document).to_string();
        assert!(!copied.contains("hunter2"), "{copied}");
        assert!(copied.contains("\"userName\":\"ada\"") && copied.contains("a@b"), "{copied}");
    }

    #[test]
    fn what_is_much_is_cut() {
        let long = "é".repeat(1000);
        let document =
            json!({ "members": (0..500).map(|n| json!({ "value": n })).collect::<Vec<_>>(), "long": long });
        let copied = redacted(&document);
        assert_eq!(copied["members"].as_array().map(Vec::len), Some(MOST + 1));
        assert_eq!(copied["members"][MOST], "(480 more)");
        assert_eq!(copied["long"].as_str().map(|text| text.chars().count()), Some(LONGEST + 1));
        let mut deep = json!("end");
        for _ in 0..14 {
            deep = json!([deep, deep]);
        }
        assert!(redacted(&deep).to_string().len() < 4096);
    }

    #[test]
    fn a_copy_tells_whether_something_was_left_out() {
        let whole = json!({ "userName": "ada", "active": true, "emails": [{ "value": "a@b", "primary": null }], "n": 1 });
        assert!(is_whole(&redacted(&whole)));
        for cut in [
            json!({ "userName": "ada", "password": "hunter2" }),
            json!([{ "path": "password", "value": "hunter2" }]),
            json!({ "long": "x".repeat(LONGEST + 1) }),
            json!({ "x".repeat(LONGEST + 1): 1 }),
            json!({ "members": vec![1; MOST + 1] }),
            Value::Object((0..=MOST * 2).map(|n| (n.to_string(), json!(n))).collect()),
            json!([[[[[[[[[[1]]]]]]]]]]),
            json!(vec![vec![1; MOST]; MOST]),
        ] {
            assert!(!is_whole(&redacted(&cut)), "{cut}");
        }
        assert!(!is_whole(&json!(scrubbed("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLi4u"))));
    }

    #[test]
    fn queries_keep_their_names() {
        let copied =
            query("filter=userName%20eq&count=2&access_token=x&startIndex=1", &["count", "startindex"]);
        assert_eq!(copied, "filter=…&count=2&access_token=…&startIndex=1");
        assert_eq!(query("", &[]), "");
    }

    #[test]
    fn bearer_strings_and_jwts_are_scrubbed_wherever_they_stand() {
        let workspace = WorkspaceId::new(1);
        let plain = secrets::issue(secrets::Kind::Provisioning, &workspace).unwrap().plain;
        let cut = plain.get(..40).unwrap();
        for text in
            [&plain, cut, &format!("x{plain}"), &format!("\"a\":\"{plain}\","), &format!("id={plain}&x")]
        {
            let clean = scrubbed(text);
            assert!(!clean.contains(&plain[20..36]), "{text} → {clean}");
        }
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLi4u";
        assert_eq!(scrubbed(&format!("Bearer {jwt}!")), "Bearer …!");
        assert_eq!(
            scrubbed("userName eq \"ada\" / naïve\n\tvscim_short"),
            "userName eq \"ada\" / naïve  vscim_short"
        );
        assert_eq!(scrubbed(&workspace), workspace.as_str());
    }

    #[test]
    fn sentences_lose_what_they_quote() {
        assert_eq!(without_quotes("at 3 'hunter2' isn't so"), "at 3 '…' isn't so");
        assert_eq!(without_quotes("'a' b'c' isn't 'x'"), "'…'");
        assert_eq!(without_quotes("'hunter"), "'…'");
        assert_eq!(without_quotes("nothing quoted"), "nothing quoted");
    }
}
