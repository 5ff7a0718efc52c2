//! Input: a byte that chooses a signed response, and then edits of five bytes each: the kind of the edit, its position (two bytes), its
//! argument (two bytes). The responses are signed at the start of the run: one has a signed assertion, the other is signed as a whole.
//! Property: the edited response is refused, or has the same facts as the original.
#![no_main]

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use vestibule_saml::{
    certificate::Certificate,
    request::Signer,
    response::{Assertion, Expected, verify},
};

const NOW: i64 = 1_700_000_000;
const ASSERTION: &str = "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"urn:xs\" ID=\"id2\" Version=\"2.0\" \
    IssueInstant=\"2023-11-14T22:13:20Z\"><a:Issuer>urn:idp</a:Issuer><a:Subject><a:NameID>ada@acme.example</a:NameID>\
    <a:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><a:SubjectConfirmationData InResponseTo=\"_r\" \
    NotOnOrAfter=\"2023-11-14T22:18:20Z\" Recipient=\"https://sp/acs\"/></a:SubjectConfirmation></a:Subject><a:Conditions>\
    <a:AudienceRestriction><a:Audience>urn:sp</a:Audience></a:AudienceRestriction></a:Conditions>\
    <a:AuthnStatement AuthnInstant=\"2023-11-14T22:13:20Z\" SessionIndex=\"s\"/><a:AttributeStatement><a:Attribute Name=\"g\">\
    <a:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">one</a:AttributeValue>\
    <a:AttributeValue>two</a:AttributeValue></a:Attribute></a:AttributeStatement></a:Assertion>";
const TEXTS: [&str; 40] = [
    " ", "\n", "\r", "\t", "<!---->", "<?x?>", "<![CDATA[]]>", "<x/>", "<x>", "</x>", "&#32;", "&#13;", "&amp;", "&#x0;", "\u{feff}", "\u{200b}",
    "eve", "ID=\"id2\"", " ID=\"id3\"", " a:ID=\"id2\"", " xmlns=\"\"", " xmlns:a=\"urn:x\"", " xmlns:xs=\"urn:y\"", " xmlns:ds=\"urn:x\"", "id1",
    "id2", "#id2", "\"", "'", "=", "<", ">", "/", "&", ";", "ds:Object", "<ds:Object>", "</ds:Object>", "<a:Advice>", "</a:Advice>",
];

struct Ready {
    certificates: Vec<Certificate>,
    originals: Vec<String>,
    facts: Vec<Assertion>,
}

static READY: LazyLock<Ready> = LazyLock::new(|| {
    let signer = Signer::generate("fuzz", NOW).expect("a key");
    let around = |assertion: &str| {
        format!(
            "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"id1\" InResponseTo=\"_r\" Version=\"2.0\" \
             IssueInstant=\"2023-11-14T22:13:20Z\" Destination=\"https://sp/acs\">\
             <a:Issuer xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:idp</a:Issuer><p:Status><p:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status>{assertion}</p:Response>"
        )
    };
    let sign = |xml: &str| signer.sign_xml(xml).expect("signed");
    let inner = around(&sign(ASSERTION));
    let outer = sign(&around(ASSERTION));
    let originals = vec![inner, outer];
    let certificates = vec![signer.certificate().clone()];
    let facts = originals.iter().map(|xml| read(xml, &certificates).expect("the original is accepted")).collect();
    Ready { certificates, originals, facts }
});

fn read(xml: &str, certificates: &[Certificate]) -> Option<Assertion> {
    let (acs_url, entity_id, idp_issuer) = ("https://sp/acs", "urn:sp", "urn:idp");
    let now = NOW * 1_000_000;
    let expected = Expected { acs_url, entity_id, idp_issuer, certificates, decryption_keys: &[], now };
    verify(&STANDARD.encode(xml), &expected).assertion().cloned()
}

/// The range of the whole element that begins at or after this position.
fn element(xml: &str, from: usize) -> Option<(usize, usize)> {
    let from = from + xml.get(from..)?.find('<')?;
    let name: String = xml[from + 1..].chars().take_while(|c| !matches!(c, ' ' | '>' | '/')).collect();
    let end = format!("</{name}>");
    let to = from + xml[from..].find(&end)? + end.len();
    Some((from, to))
}

fn edit(xml: &mut String, [how, a, b, c, d]: [u8; 5]) {
    let place = |high: u8, low: u8| {
        xml.floor_char_boundary(usize::from(u16::from_be_bytes([high, low])) % (xml.len() + 1))
    };
    let (one, two) = (place(a, b), place(c, d));
    let text = TEXTS[usize::from(d) % TEXTS.len()];
    match how % 6 {
        0 => xml.insert_str(one, text),
        1 => {
            let end = xml.floor_char_boundary(one.max(two).min(one.min(two) + 64));
            xml.replace_range(one.min(two)..end, "");
        }
        2 => {
            let copy = xml[one.min(two)..one.max(two)].to_owned();
            xml.insert_str(two, &copy);
        }
        3 => {
            if let Some((from, to)) = element(xml, one) {
                let copy = xml[from..to].to_owned();
                xml.insert_str(two, &copy);
            }
        }
        4 => {
            if let Some((from, to)) = element(xml, one) {
                let moved = xml[from..to].replace("ada@", "eve@");
                xml.replace_range(from..to, "");
                xml.insert_str(xml.floor_char_boundary(two), &moved);
            }
        }
        _ => {
            if let Some((from, _)) = element(xml, one) {
                xml.insert_str(from, text);
            }
        }
    }
    xml.truncate(xml.floor_char_boundary(64 * 1024));
}

fuzz_target!(|data: &[u8]| {
    let Some((&which, edits)) = data.split_first() else { return };
    let ready = &*READY;
    let which = usize::from(which) % ready.originals.len();
    let mut xml = ready.originals[which].clone();
    for step in edits.chunks_exact(5).take(16) {
        edit(&mut xml, [step[0], step[1], step[2], step[3], step[4]]);
    }
    if let Some(facts) = read(&xml, &ready.certificates) {
        assert_eq!(facts, ready.facts[which], "{xml}");
    }
});
