//! Tests of exclusive canonicalization: the examples of the specification, edge cases, properties, and the comparison with libxml2.

mod differential;
mod properties;

use roxmltree::{Document, Node};

use super::*;

/// Canonical form of the first element of that name.
fn canonical(document: &str, name: &str, prefixes: &[&str]) -> String {
    let document = Document::parse(document).unwrap();
    let apex = document
        .descendants()
        .find(|node| node.has_tag_name(name) || node.tag_name().name() == name)
        .unwrap();
    String::from_utf8(exclusive(apex, None, prefixes).unwrap()).unwrap()
}

/// Exclusive XML Canonicalization 1.0 §2.2: an element has the same form in two contexts.
#[test]
fn the_example_of_the_specification() {
    let alone = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"/></n1:elem2>";
    let one = format!(
        "<n0:local xmlns:n0=\"http://foo.example\" xmlns:n3=\"ftp://example.org\">{alone}</n0:local>"
    );
    let two = format!(
        "<n2:pdu xmlns:n1=\"http://example.com\" xmlns:n2=\"http://foo.example\" xml:lang=\"fr\" xml:space=\"retain\">{alone}</n2:pdu>"
    );
    let expected = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    for document in [&*one, &two, alone] {
        assert_eq!(canonical(document, "elem2", &[]), expected);
    }
    let document =
        "<n0:local xmlns:n0=\"urn:0\" xmlns:n3=\"urn:3\"><n1:elem2 xmlns:n1=\"urn:1\"/></n0:local>";
    let listed = canonical(document, "elem2", &["n3", "nowhere"]);
    assert_eq!(listed, "<n1:elem2 xmlns:n1=\"urn:1\" xmlns:n3=\"urn:3\"></n1:elem2>");
}

#[test]
fn namespaces_are_written_where_they_are_used() {
    for (document, expected) in [
        ("<x xmlns='urn:1'><y xmlns=''/></x>", "<x xmlns=\"urn:1\"><y xmlns=\"\"></y></x>"),
        ("<x xmlns=''><y/></x>", "<x><y></y></x>"),
        (
            "<x xmlns:a='urn:1'><a:y/><a:z/></x>",
            "<x><a:y xmlns:a=\"urn:1\"></a:y><a:z xmlns:a=\"urn:1\"></a:z></x>",
        ),
        ("<a:x xmlns:a='urn:1'><a:y xmlns:a='urn:1'/></a:x>", "<a:x xmlns:a=\"urn:1\"><a:y></a:y></a:x>"),
        (
            "<a:x xmlns:a='urn:1'><a:y xmlns:a='urn:2'><a:z xmlns:a='urn:1'/></a:y></a:x>",
            "<a:x xmlns:a=\"urn:1\"><a:y xmlns:a=\"urn:2\"><a:z xmlns:a=\"urn:1\"></a:z></a:y></a:x>",
        ),
        // The default namespace does not apply to attributes.
        ("<x xmlns:a='urn:1' a:b='' c=''/>", "<x xmlns:a=\"urn:1\" c=\"\" a:b=\"\"></x>"),
        // Attributes are sorted by namespace, not by prefix.
        (
            "<x xmlns:a='urn:2' xmlns:b='urn:1' a:z='' b:z='' z=''/>",
            "<x xmlns:a=\"urn:2\" xmlns:b=\"urn:1\" z=\"\" b:z=\"\" a:z=\"\"></x>",
        ),
        // libxml2 does not escape this namespace.
        (
            "<x xmlns='urn:1?a&amp;b=\"'/>".replace('"', "&quot;").as_str(),
            "<x xmlns=\"urn:1?a&amp;b=&quot;\"></x>",
        ),
    ] {
        assert_eq!(canonical(document, "x", &[]), expected, "{document}");
    }
    let inner = "<x xmlns='urn:1' xmlns:b='urn:2'><y xmlns='' b='1'/></x>";
    assert_eq!(canonical(inner, "y", &[]), "<y b=\"1\"></y>");
    assert_eq!(canonical(inner, "y", &["", "b"]), "<y xmlns:b=\"urn:2\" b=\"1\"></y>");
    assert_eq!(
        canonical(inner, "x", &["", "b"]),
        "<x xmlns=\"urn:1\" xmlns:b=\"urn:2\"><y xmlns=\"\" b=\"1\"></y></x>"
    );
    let unused = "<b:x xmlns='urn:1' xmlns:b='urn:2'><b:y xmlns=''/></b:x>";
    assert_eq!(
        canonical(unused, "x", &[""]),
        "<b:x xmlns=\"urn:1\" xmlns:b=\"urn:2\"><b:y xmlns=\"\"></b:y></b:x>"
    );
}

#[test]
fn characters_are_escaped_as_the_specification_says() {
    // Canonical XML §2.3, §3.4.
    let document =
        "<x a='&#9;&#10;&#13;&lt;&gt;&amp;&quot;&apos;' b='\t\n'>&#9;&#10;&#13;&lt;&gt;&amp;\"'\u{1d11e}</x>";
    let expected =
        "<x a=\"&#x9;&#xA;&#xD;&lt;>&amp;&quot;'\" b=\"  \">\t\n&#xD;&lt;&gt;&amp;\"'\u{1d11e}</x>";
    assert_eq!(canonical(document, "x", &[]), expected);
}

#[test]
fn what_is_left_out_and_what_is_refused() {
    let document = Document::parse("<x>a<y>b</y>c<z/></x>").unwrap();
    let find =
        |name: &str| -> Node<'_, '_> { document.descendants().find(|node| node.has_tag_name(name)).unwrap() };
    let without = exclusive(find("x"), Some(find("y").id()), &[]).unwrap();
    assert_eq!(without, b"<x>ac<z></z></x>");
    assert!(exclusive(find("x"), Some(find("x").id()), &[]).is_err(), "nothing is left");
    assert!(exclusive(document.root(), None, &[]).is_err(), "no element");
    assert!(exclusive(find("x"), None, &["a"; limits::PREFIXES + 1]).is_err());
    for document in ["<x><!-- --></x>", "<x><?y?></x>"] {
        assert!(
            exclusive(Document::parse(document).unwrap().root_element(), None, &[]).is_err(),
            "{document}"
        );
    }
    let deep = "<x>".repeat(100) + &"</x>".repeat(100);
    assert!(exclusive(Document::parse(&deep).unwrap().root_element(), None, &[]).is_err());
}

#[test]
fn a_namespace_that_many_siblings_use_does_not_grow_without_bounds() {
    let document = format!("<x xmlns:a='urn:{}'>{}</x>", "x".repeat(8_000), "<a:y/>".repeat(1_000));
    let document = Document::parse(&document).unwrap();
    assert!(exclusive(document.root_element(), None, &[]).unwrap_err().contains("longer than 4 MiB"));
}
