//! Signs an element that is in canonical form, in any style, valid or not.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    pkey::Id,
    sign::Signer,
};

use super::{Key, XS};

const DSIG: &str = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// How a signature is made.
#[derive(Clone)]
pub struct Style {
    pub method: &'static str,
    pub digest: &'static str,
    /// Whether the prefix `xs` is listed in `InclusiveNamespaces`.
    pub lists_xs: bool,
    pub key_info: String,
    /// Changes SignedInfo before it is signed: `(from, to)`.
    pub signed_info: Vec<(String, String)>,
    /// Changes the whole Signature afterwards.
    pub signature: Vec<(String, String)>,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            digest: "http://www.w3.org/2001/04/xmlenc#sha256",
            lists_xs: true,
            key_info: String::new(),
            signed_info: Vec::new(),
            signature: Vec::new(),
        }
    }
}

impl Style {
    pub fn of(method: &'static str, digest: &'static str) -> Self {
        Style { method, digest, ..Style::default() }
    }

    /// The default style, with a change of SignedInfo before it is signed.
    pub fn signing(from: &str, to: &str) -> Self {
        Style { signed_info: vec![(from.to_owned(), to.to_owned())], ..Style::default() }
    }

    /// The default style, with a change of the Signature after it was made.
    pub fn then(from: &str, to: &str) -> Self {
        Style { signature: vec![(from.to_owned(), to.to_owned())], ..Style::default() }
    }
}

fn digest_of(name: &str) -> MessageDigest {
    match name.rsplit(['#', '-']).next().unwrap() {
        "sha1" => MessageDigest::sha1(),
        "sha256" => MessageDigest::sha256(),
        "sha384" => MessageDigest::sha384(),
        "sha512" => MessageDigest::sha512(),
        "md5" => MessageDigest::md5(),
        other => panic!("{other}"),
    }
}

/// The ID of an element: the first `ID` in its text.
pub fn id_of(element: &str) -> &str {
    element.split_once(" ID=\"").unwrap().1.split_once('"').unwrap().0
}

/// The element with a signature after its Issuer.
pub fn sign(element: &str, key: &Key, style: &Style) -> String {
    let signature = signature(element, id_of(element), key, style);
    let at = element.find("</saml2:Issuer>").unwrap() + "</saml2:Issuer>".len();
    format!("{}{signature}{}", &element[..at], &element[at..])
}

/// The canonical form of the element: declares `xs` at the root element if it is in the prefix list.
fn canonical(element: &str, style: &Style) -> String {
    let end = element.find('>').unwrap();
    let tag = &element[..end];
    if style.lists_xs && !tag.contains(XS) {
        let at = tag.find("\" ").unwrap() + 1;
        return format!("{}{XS}{}", &element[..at], &element[at..]);
    }
    if !style.lists_xs { element.replacen(XS, "", 1) } else { element.to_owned() }
}

/// A Signature whose Reference has this ID, with the digest of the element.
pub fn signature(element: &str, id: &str, key: &Key, style: &Style) -> String {
    let digest = hash(digest_of(style.digest), canonical(element, style).as_bytes()).unwrap();
    let transform = match style.lists_xs {
        true => format!(
            "<ds:Transform Algorithm=\"{EXCLUSIVE}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"xs\">\
             </ec:InclusiveNamespaces></ds:Transform>"
        ),
        false => format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform>"),
    };
    let mut info = format!(
        "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>{transform}\
         </ds:Transforms><ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod><ds:DigestValue>{}</ds:DigestValue>\
         </ds:Reference></ds:SignedInfo>",
        style.method,
        style.digest,
        STANDARD.encode(digest),
    );
    for (from, to) in &style.signed_info {
        assert!(info.contains(from), "{info} lacks {from}");
        info = info.replacen(from, to, 1);
    }
    let canonical = info.replacen("<ds:SignedInfo", &format!("<ds:SignedInfo {DSIG}"), 1);
    let value = STANDARD.encode(value(canonical.as_bytes(), key, style.method));
    let mut signature = format!(
        "<ds:Signature {DSIG}>{info}<ds:SignatureValue>{value}</ds:SignatureValue>{}</ds:Signature>",
        style.key_info
    );
    for (from, to) in &style.signature {
        assert!(signature.contains(from), "{signature} lacks {from}");
        signature = signature.replacen(from, to, 1);
    }
    signature
}

/// The signature of the bytes by this method; ECDSA as r and s after one another.
fn value(bytes: &[u8], key: &Key, method: &str) -> Vec<u8> {
    let digest = digest_of(method);
    if key.private.id() == Id::EC {
        let ec = key.private.ec_key().unwrap();
        let signature = EcdsaSig::sign(&hash(digest, bytes).unwrap(), &ec).unwrap();
        let length = i32::try_from(ec.group().order_bits().div_ceil(8)).unwrap();
        let mut out = signature.r().to_vec_padded(length).unwrap();
        out.extend(signature.s().to_vec_padded(length).unwrap());
        return out;
    }
    let mut signer = Signer::new(digest, &key.private).unwrap();
    signer.sign_oneshot_to_vec(bytes).unwrap()
}

/// A certificate in KeyInfo, as most providers send it.
pub fn key_info(key: &Key) -> String {
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        key.certificate.base64()
    )
}
