//! Tables for the grammar of RFC 7644 §3.4.2.2: what filters parse to, which are refused, what they match.

use serde_json::{Map, Value, json};

use super::*;
use crate::{
    error::ScimType,
    schema::{ENTERPRISE_URN, Schema},
};

fn resource() -> Map<String, Value> {
    let resource = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_URN],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "00uAbC",
        "meta": {
            "resourceType": "User",
            "created": "2010-01-23T04:56:22Z",
            "lastModified": "2011-05-13T04:42:34.5Z",
            "location": "https://example.com/v2/Users/2819c223"
        },
        "userName": "Bjensen@Example.com",
        "name": { "familyName": "Jensen", "givenName": "Bárbara" },
        "title": "Tour \"Guide\" / Straße",
        "userType": "Employee",
        "active": true,
        "nickName": "",
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" }
        ],
        "ims": [{ "value": "someaimhandle", "type": "aim" }],
        "roles": [{ "value": "admin" }, { "value": "Editor" }],
        "photos": [],
        ENTERPRISE_URN: { "employeeNumber": "701984", "manager": { "value": "26118915", "displayName": "John" } }
    });
    resource.as_object().unwrap().clone()
}

#[test]
fn filters_match_what_they_say() {
    let resource = resource();
    for (expected, filters) in [
        (
            true,
            vec![
                // RFC 7644 §3.4.2.2, figure 2
                r#"userName Eq "bjensen@example.com""#,
                r#"name.familyName co "ens""#,
                r#"userName sw "B""#,
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b""#,
                "title pr",
                r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
                r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
                r#"meta.lastModified lt "2011-05-13T06:42:35+02:00""#,
                r#"meta.lastModified le "2011-05-13T04:42:34.500Z""#,
                r#"meta.lastModified eq "2011-05-12t23:42:34.5-05:00""#,
                r#"title pr and userType eq "Employee""#,
                r#"title pr or userType eq "Intern""#,
                r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
                r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
                r#"userType ne "Contractor" and not (emails co "example.net" or emails.value co "example.net")"#,
                r#"userType eq "Employee" and (emails.type eq "WORK")"#,
                r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
                r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
                // precedence: and binds tighter
                r#"userType eq "Employee" or userType eq "x" and userType eq "y""#,
                r#"userType eq "x" and userType eq "y" or userType eq "Employee""#,
                // letter case of words and values
                r#"USERNAME EQ "BJENSEN@EXAMPLE.COM" AND NOT(active EQ FALSE)"#,
                r#"externalId eq "00uAbC""#,
                r#"name.givenName eq "BÁRBARA""#,
                r#"title ew "STRASSE""#,
                r#"title co "\"guide\" \/""#,
                "\tuserName   pr\n",
                // booleans, null, parts, extension
                "active eq true",
                r#"active eq "True""#,
                "active ne false",
                "emails.primary eq true",
                "emails[primary eq true and type eq \"work\"]",
                "displayName eq null",
                "userName ne null",
                r#"displayName ne "x""#,
                r#"emails ne "bjensen@example.com""#,
                r#"not (displayName pr)"#,
                r#"roles eq "editor""#,
                r#"emails[type eq "work"].value eq "bjensen@example.com""#,
                r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "701984""#,
                r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName sw "jo""#,
                r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "26118915""#,
                r#"userName gt "a""#,
                r#"userName sw """#,
            ],
        ),
        (
            false,
            vec![
                r#"userName eq """#,
                r#"userName eq "bjensen""#,
                r#"externalId eq "00uabc""#,
                r#"title pr and userType eq "Intern""#,
                r#"(userType eq "Employee" or userType eq "x") and userType eq "y""#,
                // one value must satisfy both terms
                r#"emails[type eq "home" and value co "@example.com"]"#,
                r#"emails[type eq "home"].value eq "bjensen@example.com""#,
                "active eq false",
                "nickName pr",
                "photos pr",
                "displayName pr",
                r#"displayName co """#,
                "userName eq null",
                r#"not (userName eq "bjensen@example.com")"#,
                r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
                r#"userName gt "c""#,
            ],
        ),
    ] {
        for filter in filters {
            let parsed = parse(filter).unwrap_or_else(|refused| panic!("{filter}: {refused}"));
            check(&parsed, Schema::user()).unwrap_or_else(|refused| panic!("{filter}: {refused}"));
            assert_eq!(matches(&parsed, &resource, Schema::user()), expected, "{filter}");
            assert_eq!(parse(&parsed.to_string()).unwrap(), parsed, "{filter} printed as {parsed}");
        }
    }
}

#[test]
fn a_filter_is_printed_in_one_form() {
    for (written, printed) in [
        (r#"  USERNAME   EQ "x"  "#, r#"USERNAME eq "x""#),
        ("(((a pr)))", "a pr"),
        ("a pr OR b pr AND c pr", "a pr or b pr and c pr"),
        ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
        ("a pr and (b pr and c pr)", "a pr and (b pr and c pr)"),
        ("(a pr)and(b pr)", "a pr and b pr"),
        ("not(a pr)", "not (a pr)"),
        ("a eq TRUE or b eq Null", "a eq true or b eq null"),
        ("a gt -1.50 or b lt 2E3", "a gt -1.5 or b lt 2000.0"),
        (r#"a eq "\u0041\n\/""#, r#"a eq "A\n/""#),
        (r#"emails[type eq "work"].value eq "x""#, r#"emails[type eq "work" and value eq "x"]"#),
        ("not eq true", "not eq true"),
        ("members.$ref pr", "members.$ref pr"),
    ] {
        assert_eq!(parse(written).map(|filter| filter.to_string()).as_deref(), Ok(printed), "{written}");
    }
}

#[test]
fn malformed_filters_are_refused() {
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName \"x\"",
        "userName eq x",
        "userName eq 'x'",
        "userName eq \"x",
        "userName eq \"x\\\"",
        "userName eq \"\\x\"",
        "userName eq \"\\ud800\"",
        "userName eq \"a\\u0000\"",
        "userName is \"x\"",
        "userName eq \"x\" and",
        "userName eq \"x\" userName pr",
        "and userName pr",
        "not userName pr",
        "(userName pr",
        "userName pr)",
        "()",
        "emails[",
        "emails[]",
        "emails[type eq \"work\"",
        "emails[type eq \"work\")",
        "emails[a[b pr]]",
        "emails.value[type pr]",
        "emails[type pr].",
        "emails[type pr] eq \"x\"",
        "a.b.c pr",
        "1a pr",
        "foo:bar pr",
        "a eq 1x",
        "a eq 1e999",
        "a eq [1]",
        "a eq {}",
        "a pr; drop table",
        "a eq -",
        "é pr",
        "a eq tru",
        "a . b pr",
    ] {
        let refused = parse(text).expect_err(text);
        assert_eq!(refused.scim_type, ScimType::InvalidFilter, "{text}");
        assert!(refused.detail.len() > 10, "{text}");
    }
}

#[test]
fn length_depth_and_terms_are_limited() {
    let nested = |depth| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    assert!(parse(&nested(MAX_DEPTH + 1)).unwrap_err().detail.contains("32 levels"));
    // A comparison behind brackets prints with one more level of parentheses, which must parse.
    let behind = |depth| format!("{}a[b pr or c pr].d pr{}", "not (".repeat(depth), ")".repeat(depth));
    let deepest = parse(&behind(MAX_DEPTH - 2)).unwrap();
    assert_eq!(parse(&deepest.to_string()), Ok(deepest));
    assert!(parse(&behind(MAX_DEPTH - 1)).unwrap_err().detail.contains("32 levels"));
    assert!(parse(&"(".repeat(8000)).is_err());
    assert!(parse(&"not(".repeat(2000)).is_err());
    let many = |terms| vec!["a pr"; terms].join(" or ");
    assert!(parse(&many(MAX_TERMS)).is_ok());
    assert!(parse(&many(MAX_TERMS + 1)).unwrap_err().detail.contains("200 comparisons"));
    let long = |length| format!("a eq \"{}\"", "x".repeat(length - 7));
    assert!(parse(&long(MAX_LENGTH)).is_ok());
    assert!(parse(&long(MAX_LENGTH + 1)).unwrap_err().detail.contains("8192 bytes"));
}

#[test]
fn a_filter_that_does_not_fit_the_schema_is_refused_with_a_reason() {
    for (filter, detail) in [
        (r#"usrName eq "x""#, "no attribute 'usrName'"),
        (r#"password eq "x""#, "no attribute 'password'"),
        (r#"employeeNumber eq "x""#, "URN"),
        (r#"userName.value eq "x""#, "no attribute"),
        (r#"emails[nope eq "x"]"#, "no part 'nope'"),
        (r#"emails[emails.value eq "x"]"#, "no part"),
        (r#"name eq "x""#, "name.formatted"),
        ("active gt true", "'gt' can't be used"),
        (r#"active co "t""#, "'co' can't be used"),
        (r#"active eq "yes""#, "true or false"),
        (r#"x509Certificates.value sw "a""#, "binary"),
        (r#"meta.created co "2011""#, "dateTime"),
        (r#"meta.created gt "yesterday""#, "2026-01-31T09:00:00Z"),
        ("userName eq 5", "double quotes"),
        ("userName gt null", "eq and ne"),
        (r#"userName eq "x" or not (nope pr)"#, "'nope'"),
    ] {
        let refused = check(&parse(filter).unwrap(), Schema::user()).expect_err(filter);
        assert_eq!(refused.scim_type, ScimType::InvalidFilter, "{filter}");
        assert!(refused.detail.contains(detail), "{filter}: {}", refused.detail);
    }
}

#[test]
fn a_refused_filter_matches_no_resource() {
    for filter in [
        r#"nope eq "x""#,
        "nope ne \"x\"",
        "nope eq null",
        r#"name eq "Jensen""#,
        "userName eq 5",
        "userName gt null",
    ] {
        assert!(!matches(&parse(filter).unwrap(), &resource(), Schema::user()), "{filter}");
    }
}

#[test]
fn numbers_compare_by_size() {
    use crate::schema::{Attribute, Type};
    let schema =
        Schema::user().with_attribute("urn:x:y:User", Attribute::new("age", Type::Integer, "Age")).unwrap();
    let schema =
        schema.with_attribute("urn:x:y:User", Attribute::new("size", Type::Decimal, "Size")).unwrap();
    let resource = json!({ "urn:x:y:User": { "age": 9_007_199_254_740_993_i64, "size": 0.1 } });
    for (filter, expected) in [
        ("age eq 9007199254740993", true),
        ("age eq 9007199254740992", false),
        ("age gt 9", true),
        ("age lt 1e300", true),
        ("age ge -3.5", true),
        ("age ne 1", true),
        ("size eq 1e-1", true),
        ("size gt 0", true),
        ("size gt 0.1", false),
    ] {
        let filter = parse(&format!("urn:x:y:User:{filter}")).unwrap();
        check(&filter, &schema).unwrap();
        assert_eq!(matches(&filter, resource.as_object().unwrap(), &schema), expected, "{filter}");
    }
}

#[test]
fn instants_are_parsed_as_rfc_3339() {
    let micros = |text| Instant::parse(text).map(Instant::as_micros);
    assert_eq!(micros("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(micros("2000-02-29T12:30:45.123456789Z"), Some(951_827_445_123_456));
    assert_eq!(micros("2000-02-29T12:30:45.5+01:30"), Some(951_822_045_500_000));
    assert_eq!(micros("1969-12-31T23:59:59.9"), Some(-100_000));
    assert_eq!(micros("2016-12-31T23:59:60Z"), micros("2017-01-01T00:00:00Z"));
    for text in [
        "",
        "2011",
        "2011-05-13",
        "2011-05-13 04:42:34Z",
        "2011-13-01T00:00:00Z",
        "2011-02-29T00:00:00Z",
        "2011-00-10T00:00:00Z",
        "2011-05-00T00:00:00Z",
        "2011-05-13T24:00:00Z",
        "2011-05-13T00:60:00Z",
        "2011-05-13T00:00:61Z",
        "2011-05-13T00:00:00.Z",
        "2011-05-13T00:00:00+1:00",
        "2011-05-13T00:00:00Zx",
        "+011-05-13T00:00:00Z",
        "２011-05-13T00:00:00Z",
        "2011-05-13T00:00:00+24:00",
    ] {
        assert_eq!(Instant::parse(text), None, "{text}");
    }
}

#[test]
fn folding_is_full_and_keeps_different_letters_different() {
    for (one, other) in [("Ada", "aDA"), ("ÄÖÜ", "äöü"), ("STRASSE", "straße"), ("ΣΑΣ", "σας"), ("K", "k")]
    {
        assert_eq!(fold(one), fold(other), "{one} {other}");
    }
    for (one, other) in [("é", "e"), ("ı", "i"), ("a ", "a")] {
        assert_ne!(fold(one), fold(other), "{one} {other}");
    }
}
