//! Filters from the test suites of other implementations: precedence, spaces, names, literals, refusals. Where the
//! implementations differ, the grammar of RFC 7644 decides.

use serde_json::{Map, Value, json};

use super::*;
use crate::{
    error::ScimType,
    schema::{ENTERPRISE_URN, Schema},
};

/// Each filter, and the same filter with explicit parentheses.
#[test]
fn and_binds_tighter_than_or_and_not_takes_its_parentheses() {
    for (written, explicit) in [
        ("a pr and b pr or c pr", "(a pr and b pr) or c pr"),
        ("a pr or b pr and c pr", "a pr or (b pr and c pr)"),
        ("a pr or b pr and c pr or d pr", "a pr or (b pr and c pr) or d pr"),
        ("a pr and b pr or c pr and d pr", "(a pr and b pr) or (c pr and d pr)"),
        ("not (a pr) and b pr", "(not (a pr)) and b pr"),
        ("not (a pr) or b pr and c pr", "(not (a pr)) or (b pr and c pr)"),
        ("not (a pr or b pr) and not (c pr)", "(not (a pr or b pr)) and (not (c pr))"),
        ("e[a pr and b pr or c pr]", "e[(a pr and b pr) or c pr]"),
        ("e[a pr or b pr and c pr] or d pr and f pr", "e[a pr or (b pr and c pr)] or (d pr and f pr)"),
        ("e[not (a pr) and b pr]", "e[(not (a pr)) and b pr]"),
        ("e[type eq \"work\"].value pr", "e[type eq \"work\" and value pr]"),
        ("(a pr)", "a pr"),
        ("((a pr) and ((b pr)))", "a pr and b pr"),
        // without optional spaces, and with more than needed
        ("not(a pr)and(b pr)or(c pr)", "((not (a pr)) and b pr) or c pr"),
        ("  a   eq   \"x\"   and   b   pr  ", "a eq \"x\" and b pr"),
        ("( a pr )", "a pr"),
        ("e[ a pr ]", "e[a pr]"),
        // keywords in any letter case; a word that only begins with one is a name
        ("a PR AND b Pr OR NOT (c pR)", "(a pr and b pr) or not (c pr)"),
        ("android pr and order pr or nothing pr", "(android pr and order pr) or nothing pr"),
        ("a eq \"and or not ( ) [ ]\" or b pr", "a eq \"and or not ( ) [ ]\" or (b pr)"),
    ] {
        assert_eq!(parse(written), parse(explicit), "{written}");
        assert!(parse(written).is_ok(), "{written}");
    }
}

fn literal(text: &str) -> Literal {
    match parse(&format!("a eq {text}")) {
        Ok(Filter::Compare { value, .. }) => value,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn values_are_json() {
    let text = |text: &str| Literal::String(text.into());
    for (written, value) in [
        (r#""""#, text("")),
        (r#"" ""#, text(" ")),
        (r#""O'Malley""#, text("O'Malley")),
        (r#""a\"b""#, text("a\"b")),
        (r#""a\\""#, text("a\\")),
        (r#""\u00e9\ud83d\ude00""#, text("é😀")),
        (r#""é😀""#, text("é😀")),
        (r#""a]b[c(d)e""#, text("a]b[c(d)e")),
        (r#""2011-05-13T04:42:34Z""#, text("2011-05-13T04:42:34Z")),
        ("true", Literal::Bool(true)),
        ("False", Literal::Bool(false)),
        ("null", Literal::Null),
        ("0", Literal::Number(0.into())),
        ("-17", Literal::Number((-17).into())),
        ("18446744073709551615", Literal::Number(u64::MAX.into())),
        ("1.5", Literal::Number(Number::from_f64(1.5).unwrap())),
        ("1E3", Literal::Number(Number::from_f64(1000.0).unwrap())),
    ] {
        assert_eq!(literal(written), value, "{written}");
    }
}

#[test]
fn filters_that_every_parser_refuses_are_refused() {
    for text in [
        // missing operators and operands
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName eq eq \"x\"",
        "userName \"x\"",
        "pr",
        "userName pr \"x\"",
        "userName eq \"x\" \"y\"",
        "userName eq x",
        "userName = \"x\"",
        "userName == \"x\"",
        "userName like \"x\"",
        "userName eq 'x'",
        "userName in (\"x\")",
        // conjunctions without operands
        "and",
        "or",
        "not",
        "userName pr and",
        "and userName pr",
        "userName pr or or title pr",
        "userName pr title pr",
        "userName pr & title pr",
        "userName pr && title pr",
        "userName pr || title pr",
        "userName pr, title pr",
        // the grammar requires parentheses after `not`
        "not userName pr",
        "! (userName pr)",
        "not (userName pr) title pr",
        // parentheses and brackets
        "()",
        "(",
        ")",
        "(userName pr",
        "userName pr)",
        "((userName pr)",
        "not (userName pr",
        "emails[",
        "emails[]",
        "emails]",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]]",
        "emails[type]",
        "[type eq \"work\"]",
        "emails[type eq \"work\"] eq \"x\"",
        "emails[type eq \"work\"].",
        "emails[type eq \"work\"].value",
        "emails.value[type eq \"work\"]",
        "emails[ims[type eq \"x\"]]",
        "emails[type eq \"work\"][value pr]",
        // names
        "1a eq 1",
        "a..b pr",
        ".a pr",
        "a. pr",
        "a.b.c pr",
        "a:b pr",
        "urn: pr",
        "-a pr",
        "_a pr",
        "\"userName\" eq \"x\"",
        // texts
        "a eq \"x",
        "a eq x\"",
        "a eq \"\\\"",
        "a eq \"\\x\"",
        "a eq \"\\u12\"",
        "a eq \"a\nb\"",
        "a eq \"\\ud800\"",
        // numbers
        "a eq 1.2.3",
        "a eq --1",
        "a eq +1",
        "a eq 0x10",
        "a eq .5",
        "a eq NaN",
        "a eq Infinity",
        "a eq 1e999",
        // injection attempts
        "userName eq \"x\"; drop table users",
        "userName eq \"x\" or 1=1",
        "${jndi:ldap://x}",
        "*",
        "%",
        "(uid=*)",
    ] {
        let refused = parse(text).expect_err(text);
        assert_eq!(refused.scim_type, ScimType::InvalidFilter, "{text}");
        assert!(!refused.detail.is_empty());
    }
}

/// The enterprise user of RFC 7643 figure 3, which most suites use.
fn barbara() -> Map<String, Value> {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_URN],
        "id": "2819c223-7f76-453a-919d-413861904646", "externalId": "701984", "userName": "bjensen@example.com",
        "name": { "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara" },
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" }
        ],
        "addresses": [{ "locality": "Hollywood", "type": "work" }, { "locality": "Hollywood", "type": "home" }],
        "phoneNumbers": [{ "value": "555-555-5555", "type": "work" }, { "value": "555-555-4444", "type": "mobile" }],
        "userType": "Employee", "title": "Tour Guide", "active": true,
        "meta": { "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34Z" },
        ENTERPRISE_URN: { "employeeNumber": "701984", "manager": { "value": "26118915", "displayName": "John Smith" } }
    });
    user.as_object().unwrap().clone()
}

#[test]
fn filters_match_as_in_other_implementations() {
    let user = barbara();
    for (expected, filter) in [
        (true, r#"emails[type eq "work"].value ew "example.com" and emails[type eq "home"].value sw "babs""#),
        (false, r#"emails[type eq "home" and primary eq true]"#),
        (true, r#"emails[not (primary eq true)]"#),
        (true, r#"emails[not (primary pr) and type eq "home"]"#),
        (true, r#"emails.type eq "home" and emails.primary eq true"#),
        (true, r#"phoneNumbers[type eq "mobile" and value ew "4444"]"#),
        (false, r#"phoneNumbers[type eq "work" and value ew "4444"]"#),
        (true, r#"not (emails[type eq "other"])"#),
        (true, r#"not (emails pr and nickName pr)"#),
        (false, r#"nickName pr or not (emails pr)"#),
        (true, r#"active eq true and not (active eq false)"#),
        (true, r#"meta.created lt "2011-01-01T00:00:00Z" and meta.lastModified gt "2011-01-01T00:00:00Z""#),
        (
            true,
            r#"meta.lastModified ge "2011-05-13T04:42:34Z" and meta.lastModified le "2011-05-13T04:42:34Z""#,
        ),
        (true, r#"meta.lastModified eq "2011-05-13T00:42:34-04:00""#),
        (true, r#"name.familyName gt "jensem" and name.familyName lt "JENSENN""#),
        (true, r#"name.formatted co "barbara j""#),
        (
            true,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName co "smith""#,
        ),
        (
            false,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr and nickName pr"#,
        ),
        (true, r#"schemas co "enterprise""#),
        (
            true,
            r#"userName ne "somebody" and (userType eq "Employee" or userType eq "Contractor") and title pr"#,
        ),
        (false, r#"userType ne "employee""#),
        (true, r#"addresses[locality eq "hollywood" and type eq "home"]"#),
    ] {
        let parsed = parse(filter).unwrap_or_else(|refused| panic!("{filter}: {refused}"));
        check(&parsed, Schema::user()).unwrap_or_else(|refused| panic!("{filter}: {refused}"));
        assert_eq!(matches(&parsed, &user, Schema::user()), expected, "{filter}");
    }
}
