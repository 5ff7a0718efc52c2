//! Refusals because of the content of a signed assertion.

use vestibule_saml::response::{Expected, Verdict, verify};

use super::{edited, edited_response};
use crate::support::*;

#[test]
fn destination() {
    let named = format!(" Destination=\"{ACS}\"");
    for (to, why) in [
        (" Destination=\"https://login.example/acs/t2\"".to_owned(), "is for https://login.example/acs/t2"),
        (named.replace("https:", "http:"), "is for http:"),
        (named.replace("t1\"", "t1/\""), "is for"),
        (" Destination=\"\"".to_owned(), "is for"),
        (String::new(), "no Destination"),
    ] {
        let report = check(&edited_response(&named, &to));
        assert_refused(&report, "destination", why);
        assert!(report.is_signed());
    }
    // An unsigned response may have no Destination, but not another one.
    assert_accepted(&check(&with_assertion(&assertion()).replace(&named, "")));
    assert_refused(
        &check(&with_assertion(&assertion()).replace(&named, " Destination=\"x\"")),
        "destination",
        "is for x",
    );
}

#[test]
fn issuer() {
    let issuer = format!(">{ISSUER}<");
    for (to, why) in [
        (">http://www.okta.com/exk2<".to_owned(), "from http://www.okta.com/exk2"),
        ("><".to_owned(), "is from"),
        (format!("> {ISSUER}<"), "is from"),
        (issuer.replace("exk1", "EXK1"), "is from"),
        (">x<y></y><".to_owned(), "not one text"),
    ] {
        assert_refused(&check(&edited(&issuer, &to)), "issuer", why);
        assert_refused(&check(&edited_response(&issuer, &to)), "issuer", why);
    }
    assert_refused(
        &check(&edited("nameid-format:entity", "nameid-format:persistent")),
        "issuer",
        "format other than entity",
    );
    let certificates = [keys().rsa.certificate.clone()];
    let nobody = Expected { idp_issuer: "", ..expected(&certificates) };
    let unnamed = edited(&issuer, "><").replace(&issuer, "><");
    assert_refused(&verify(&encode(&unnamed), &nobody), "issuer", "is from");
}

#[test]
fn version() {
    assert_refused(&check(&edited("Version=\"2.0\"", "Version=\"1.1\"")), "version", "Version 1.1");
    assert_refused(&check(&edited(" Version=\"2.0\"", "")), "version", "Version none");
}

#[test]
fn name_id() {
    const NAME: &str = ">ada@acme.example</saml2:NameID>";
    let long = format!(">{}</saml2:NameID>", "x".repeat(256));
    for (to, why) in [
        ("></saml2:NameID>", "blank"),
        (">  </saml2:NameID>", "blank"),
        (">\u{a0}\u{2003}</saml2:NameID>", "blank"),
        (" > ada@acme.example</saml2:NameID>", "white space"),
        (">ada@acme.example\n</saml2:NameID>", "white space"),
        (">ada\u{202e}@acme.example</saml2:NameID>", "U+202E"),
        (">ada\u{200b}@acme.example</saml2:NameID>", "U+200B"),
        (">ada&#x85;x</saml2:NameID>", "U+0085"),
        (">ada<x></x></saml2:NameID>", "not one text"),
        (&long, "longer than 255"),
        ("></saml2:NameID><saml2:NameID>ada</saml2:NameID>", "one NameID"),
        (">ada</saml2:NameID><saml2:EncryptedID></saml2:EncryptedID>", "other than a NameID"),
        (">ada</saml2:NameID><saml2:BaseID></saml2:BaseID>", "other than a NameID"),
    ] {
        // The canonical form has character references only where they are necessary.
        let to = to.replace(" > ", "> ").replace("&#x85;", "\u{85}");
        assert_refused(&check(&edited(NAME, &to)), "name_id", why);
    }
    let subject =
        assertion().find("<saml2:Subject>").unwrap()..assertion().find("</saml2:Subject>").unwrap() + 16;
    let report = check(&edited(&assertion()[subject], ""));
    assert_refused(&report, "name_id", "no Subject");
    assert!(report.is_signed());
}

#[test]
fn confirmation() {
    let recipient = format!(" Recipient=\"{ACS}\"");
    let end = format!(" NotOnOrAfter=\"{}\" Recipient", at(300));
    let data_end = "</saml2:SubjectConfirmationData>";
    for (from, to, why) in [
        ("cm:bearer".to_owned(), "cm:sender-vouches".to_owned(), "no confirmation of the method bearer"),
        (recipient.clone(), String::new(), "no Recipient"),
        (recipient.clone(), recipient.replace("t1\"", "t2\""), "Recipient is"),
        (end.clone(), " Recipient".to_owned(), "no NotOnOrAfter"),
        (
            end.clone(),
            format!(" NotOnOrAfter=\"{}\" Recipient", at(-60)),
            "confirmation ended at 2023-11-14T22:12:20.000Z: here it is 2023-11-14T22:13:20.000Z",
        ),
        (end.clone(), " NotOnOrAfter=\"2099-01-01\" Recipient".to_owned(), "no instant in UTC"),
        (
            end.clone(),
            " NotOnOrAfter=\"2099-01-01T00:00:00+00:00\" Recipient".to_owned(),
            "no instant in UTC",
        ),
        (end, format!(" NotBefore=\"{}\" NotOnOrAfter=\"{}\" Recipient", at(-9), at(300)), "has a NotBefore"),
        (
            data_end.to_owned(),
            format!("{data_end}<saml2:SubjectConfirmationData>{data_end}"),
            "one SubjectConfirmationData",
        ),
    ] {
        assert_refused(&check(&edited(&from, &to)), "confirmation", why);
    }
    // Two confirmations don't add up: one is for us but has expired, the other is for another recipient.
    let half = format!(
        "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml2:SubjectConfirmationData NotOnOrAfter=\"{}\" Recipient=\"https://x.example\">{data_end}</saml2:SubjectConfirmation></saml2:Subject>",
        at(300)
    );
    let over = assertion().replace(&format!("{}\" Recipient", at(300)), &format!("{}\" Recipient", at(-60)));
    assert_refused(
        &check(&with_assertion(&over.replace("</saml2:Subject>", &half))),
        "confirmation",
        "ended at",
    );
}

#[test]
fn in_response_to() {
    let named = format!(" InResponseTo=\"{REQUEST}\"");
    let other = " InResponseTo=\"_other\"";
    // The response or the assertion has no InResponseTo, or a different one.
    let outer = |to: &str| with_assertion(&assertion()).replacen(&named, to, 1);
    for xml in [outer(""), outer(other), edited(&named, ""), edited(&named, other)] {
        assert_refused(&check(&xml), "in_response_to", "the response answers the request");
    }
    let empty = " InResponseTo=\"\"";
    let both = with_assertion(&assertion().replace(&named, empty)).replacen(&named, empty, 1);
    assert_refused(&check(&both), "in_response_to", "not an id");
}

#[test]
fn conditions() {
    let window = format!("NotBefore=\"{}\" NotOnOrAfter=\"{}\"><saml2:Aud", at(-300), at(300));
    let to = |start: &str, end: &str| format!("NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"><saml2:Aud");
    for (to, why) in [
        (
            to(&at(60).replace(".000", ".001"), &at(300)),
            "good from 2023-11-14T22:14:20.001Z: here it is 2023-11-14T22:13:20.000Z",
        ),
        (to(&at(-300), &at(-60)), "the assertion ended at"),
        (to(&at(10), &at(10)), "end before they begin"),
        (to("now", &at(300)), "no instant"),
        (to(&at(-300), "2099-01-01T00:00:00"), "no instant"),
    ] {
        assert_refused(&check(&edited(&window, &to)), "conditions", why);
    }
    assert_refused(
        &check(&edited("</saml2:Conditions>", "<saml2:Condition></saml2:Condition></saml2:Conditions>")),
        "conditions",
        "Condition is not known",
    );
    assert_refused(
        &check(&edited("</saml2:Conditions>", "<x></x></saml2:Conditions>")),
        "conditions",
        "x is not known",
    );
    let from =
        assertion().find("<saml2:Conditions").unwrap()..assertion().find("</saml2:Conditions>").unwrap() + 19;
    assert_refused(&check(&edited(&assertion()[from], "")), "conditions", "no Conditions");
}

#[test]
fn audience() {
    let restriction = format!(
        "<saml2:AudienceRestriction><saml2:Audience>{ENTITY}</saml2:Audience></saml2:AudienceRestriction>"
    );
    let other = restriction.replace("t1<", "t2<");
    for (to, why) in [
        (String::new(), "restricted to no audience"),
        (other.clone(), "is for https://login.example/api/okta/saml/metadata/t2"),
        (format!("{restriction}{other}"), "is for"),
        (format!("{other}{restriction}"), "is for"),
        (restriction.replace(ENTITY, &format!("{ENTITY} ")), "is for"),
        (restriction.replace(ENTITY, &format!("{ENTITY}<x></x>")), "is for nobody"),
        ("<saml2:AudienceRestriction></saml2:AudienceRestriction>".to_owned(), "is for nobody"),
        (restriction.replace("saml2:Audience>", "saml2:Audiences>"), "is for nobody"),
    ] {
        assert_refused(&check(&edited(&restriction, &to)), "audience", why);
    }
}

#[test]
fn issue_instant() {
    let own = format!("IssueInstant=\"{}\"", at(0));
    for (to, why) in [
        (format!("IssueInstant=\"{}\"", at(301)), "ahead"),
        (format!("IssueInstant=\"{}\"", at(-601)), "long ago"),
        ("IssueInstant=\"2023-11-14T22:13:20\"".to_owned(), "no instant in UTC"),
        ("IssueInstan=\"2023-11-14T22:13:20Z\"".to_owned(), "no IssueInstant"),
    ] {
        assert_refused(&check(&edited(&own, &to)), "issue_instant", why);
        assert_refused(&check(&edited_response(&own, &to)), "issue_instant", why);
    }
}

#[test]
fn authn_statement() {
    let own = format!("AuthnInstant=\"{}\"", at(0));
    for (to, why) in [
        (format!("AuthnInstant=\"{}\"", at(61)), "ahead"),
        ("AuthnInstant=\"yesterday\"".to_owned(), "no instant"),
        ("AuthnInstan=\"\"".to_owned(), "no AuthnInstant"),
    ] {
        assert_refused(&check(&edited(&own, &to)), "authn_statement", why);
    }
    let assertion = assertion();
    let from = assertion.find("<saml2:AuthnStatement").unwrap()
        ..assertion.find("</saml2:AuthnStatement>").unwrap() + 23;
    assert_refused(&check(&edited(&assertion[from], "")), "authn_statement", "no AuthnStatement");
}

#[test]
fn session_end() {
    let behind = |text: &str| {
        edited(
            &format!(" SessionIndex=\"{REQUEST}\">"),
            &format!(" SessionIndex=\"{REQUEST}\" SessionNotOnOrAfter=\"{text}\">"),
        )
    };
    assert_refused(&check(&behind(&at(0))), "session_end", "session ended");
    assert_refused(&check(&behind("later")), "session_end", "no instant");
    assert_accepted(&check(&behind(&at(1))));
}

#[test]
fn attributes() {
    for to in ["", " Name=\"\"", " Name=\" \""] {
        assert_refused(&check(&edited(" Name=\"Email\"", to)), "attributes", "no Name");
    }
}

#[test]
fn everything_that_is_wrong_with_the_content_is_told() {
    let xml = edited(&format!(">{ISSUER}<"), ">x<").replacen(
        &format!("Destination=\"{ACS}\""),
        "Destination=\"y\"",
        1,
    );
    let failed: Vec<_> = check(&xml)
        .checks
        .into_iter()
        .filter(|check| matches!(check.verdict, Verdict::Failed(_)))
        .map(|check| check.name)
        .collect();
    assert_eq!(failed, ["destination", "issuer"]);
}
