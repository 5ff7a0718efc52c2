//! Tests of each refusal before parsing.

use super::*;

fn refusal(document: &str) -> String {
    markup(document, Comments::Refused).unwrap_err()
}

#[test]
fn line_ends_become_line_feeds() {
    assert_eq!(text(b"<a>\r\n\r\r\n</a>").unwrap(), "<a>\n\n\n</a>");
}

#[test]
fn only_utf8_and_xml_1_0_are_read() {
    for document in [
        "<a/>",
        "<?xml version='1.0'?><a/>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><a/>",
        "<?xml-x/>",
        "<?xml version=\"1.0\"\r\n encoding='UTF-8' standalone='no'?>\n<a/>",
    ] {
        assert!(text(document.as_bytes()).is_ok(), "{document}");
    }
    for (bytes, why) in [
        (&b"\xef\xbb\xbf<a/>"[..], "byte order mark"),
        (b"\xff\xfe<\0a\0", "not UTF-8"),
        (b"<a>\xc0\xaf</a>", "not UTF-8"),
        (b"<a>\xed\xa0\x80</a>", "not UTF-8"),
        (b"<a>\0</a>", "U+0000"),
        (b"<a>\x1b</a>", "U+001B"),
        ("<a>\u{fffe}</a>".as_bytes(), "U+FFFE"),
        (b"<?xml version='1.1'?><a/>", "not XML 1.0"),
        (b"<?xml version='1.0' encoding='UTF-16'?><a/>", "encoding other than UTF-8"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "encoding other than UTF-8"),
        (b"<?xml version='1.0' encoding='utf-8' encoding='utf-7'?><a/>", "encoding other than UTF-8"),
        (b"<?xml encoding='utf-8'?><a/>", "malformed"),
        (b"<?xml version='1.0' x='y'?><a/>", "malformed"),
        (b"<?xml version=1.0?><a/>", "malformed"),
        (b"<?xml version='1.0'", "no end"),
    ] {
        let refused = text(bytes).unwrap_err();
        assert!(refused.contains(why), "{refused} lacks {why}");
    }
    assert!(text(&vec![b' '; limits::DOCUMENT + 1]).unwrap_err().contains("longer than 256 KiB"));
}

#[test]
fn markup_that_readers_differ_about_is_refused() {
    for (document, why) in [
        ("<!DOCTYPE a><a/>", "document type"),
        ("<!doctype a><a/>", "document type"),
        ("<a><!ENTITY x 'y'></a>", "document type"),
        ("<a><!-- x --></a>", "comment"),
        ("<a/><!-- x -->", "comment"),
        ("<a><![CDATA[x]]></a>", "CDATA"),
        ("<a><?x y?></a>", "processing instruction"),
        ("<?x y?><a/>", "processing instruction"),
        ("<?xml version='1.0'?><?xml version='1.0'?><a/>", "processing instruction"),
        ("<a>&x;</a>", "reference"),
        ("<a>&#0;</a>", "reference"),
        ("<a>&#xD800;</a>", "reference"),
        ("<a>&#xFFFF;</a>", "reference"),
        ("<a>&#x+41;</a>", "reference"),
        ("<a>&#X41;</a>", "reference"),
        ("<a>&#;</a>", "reference"),
        ("<a>& b</a>", "reference"),
        ("<a b='&x;'/>", "reference"),
        ("<a b=\"&#0;\"/>", "reference"),
        ("<a xmlns:b=''/>", "prefix away"),
        ("<a xmlns:b='x'><c xmlns:b =\n\"\"/></a>", "prefix away"),
        ("<a b='' xmlns:xmlns='x'/>", "prefix xmlns"),
        ("</a>", "not begun"),
        ("<a b='", "no end"),
    ] {
        let refused = refusal(document);
        assert!(refused.contains(why), "{document}: {refused} lacks {why}");
    }
    for document in [
        "<a b='&amp;&lt;&gt;&quot;&apos;'>&#x41;&#65;&#x1D11E;</a>",
        "<a b='>'/>",
        "<a b=\"'\" c='\"'/>",
        "<a xmlns=''/>",
    ] {
        assert_eq!(markup(document, Comments::Refused), Ok(()), "{document}");
    }
    assert_eq!(markup("<a><!-- <!DOCTYPE --></a>", Comments::Allowed), Ok(()));
    assert!(markup("<a><!-- </a>", Comments::Allowed).is_err());
    assert!(markup("<!DOCTYPE a><a/>", Comments::Allowed).is_err());
}

#[test]
fn budgets_are_kept() {
    let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
    assert_eq!(markup(&deep(limits::DEPTH), Comments::Refused), Ok(()));
    assert!(refusal(&deep(limits::DEPTH + 1)).contains("32 levels"));
    let wide = |count: usize| format!("<a{}/>", (0..count).map(|n| format!(" b{n}='x'")).collect::<String>());
    assert_eq!(markup(&wide(limits::ATTRIBUTES), Comments::Refused), Ok(()));
    assert!(refusal(&wide(limits::ATTRIBUTES + 1)).contains("32 attributes"));
    let long = |length: usize| format!("<a b='{}'/>", "x".repeat(length));
    assert_eq!(markup(&long(limits::TAG - 9), Comments::Refused), Ok(()));
    assert!(refusal(&long(limits::TAG - 8)).contains("longer than 8 KiB"));
    let declared = |levels: usize| {
        let tag = format!("<a{}>", (0..16).map(|n| format!(" xmlns:b{n}='x'")).collect::<String>());
        tag.repeat(levels) + &"</a>".repeat(levels)
    };
    assert_eq!(markup(&declared(limits::NAMESPACES / 16), Comments::Refused), Ok(()));
    assert!(refusal(&declared(limits::NAMESPACES / 16 + 1)).contains("32 namespaces"));
    // Closed elements no longer count.
    let siblings = format!("<a>{}</a>", "<b xmlns:c='x'/><b xmlns:c='x'></b>".repeat(1000));
    assert_eq!(markup(&siblings, Comments::Refused), Ok(()));
}
