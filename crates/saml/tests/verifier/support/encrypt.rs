//! Encrypts assertions, in valid and invalid modes.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    encrypt::Encrypter,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rand::rand_bytes,
    rsa::Padding,
    symm::{Cipher, Crypter, Mode, encrypt_aead},
};

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// How an assertion is encrypted.
#[derive(Clone, Copy)]
pub struct Encryption<'a> {
    /// The content cipher, such as `2009/xmlenc11#aes256-gcm`: its identifier without `http://www.w3.org/`.
    pub content: &'a str,
    pub transport: &'a str,
    /// Digest and mask of OAEP; `None` leaves them out.
    pub digest: Option<&'a str>,
    pub mask: Option<&'a str>,
    /// Whether the key is next to the data, not in its KeyInfo.
    pub beside: bool,
    pub to: &'a PKey<Private>,
}

impl<'a> Encryption<'a> {
    pub fn to(to: &'a PKey<Private>) -> Self {
        let (content, transport) = ("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#rsa-oaep-mgf1p");
        Encryption { content, transport, digest: None, mask: None, beside: false, to }
    }
}

fn digest_of(name: Option<&str>) -> MessageDigest {
    let ends = |with: &str| name.is_some_and(|name| name.ends_with(with));
    match name {
        _ if ends("sha256") => MessageDigest::sha256(),
        _ if ends("sha384") => MessageDigest::sha384(),
        _ if ends("sha512") => MessageDigest::sha512(),
        _ => MessageDigest::sha1(),
    }
}

fn cipher_of(name: &str) -> Cipher {
    match name.split_once("#aes").unwrap().1 {
        "128-gcm" => Cipher::aes_128_gcm(),
        "192-gcm" => Cipher::aes_192_gcm(),
        "256-gcm" => Cipher::aes_256_gcm(),
        "128-cbc" => Cipher::aes_128_cbc(),
        "192-cbc" => Cipher::aes_192_cbc(),
        "256-cbc" => Cipher::aes_256_cbc(),
        other => panic!("{other}"),
    }
}

/// The bytes of CipherValue, encrypted with a key.
fn content(name: &str, key: &[u8], plain: &[u8]) -> Vec<u8> {
    let cipher = cipher_of(name);
    let mut out = vec![0; cipher.iv_len().unwrap()];
    rand_bytes(&mut out).unwrap();
    if name.ends_with("gcm") {
        let mut tag = [0; 16];
        let data = encrypt_aead(cipher, key, Some(&out), &[], plain, &mut tag).unwrap();
        out.extend(data);
        out.extend(tag);
        return out;
    }
    let padding = 16 - plain.len() % 16;
    let mut padded = plain.to_vec();
    // Padding: any bytes, and the number of padding bytes as the last one.
    padded.resize(plain.len() + padding, 0x5a);
    *padded.last_mut().unwrap() = u8::try_from(padding).unwrap();
    let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(&out)).unwrap();
    crypter.pad(false);
    let mut data = vec![0; padded.len() + 16];
    let length = crypter.update(&padded, &mut data).unwrap();
    out.extend(&data[..length]);
    out
}

fn wrap(key: &[u8], style: &Encryption<'_>) -> Vec<u8> {
    let mut encrypter = Encrypter::new(style.to).unwrap();
    if style.transport.ends_with("rsa-1_5") {
        encrypter.set_rsa_padding(Padding::PKCS1).unwrap();
    } else {
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        encrypter.set_rsa_oaep_md(digest_of(style.digest)).unwrap();
        encrypter.set_rsa_mgf1_md(digest_of(style.mask)).unwrap();
    }
    let mut out = vec![0; encrypter.encrypt_len(key).unwrap()];
    let length = encrypter.encrypt(key, &mut out).unwrap();
    out.truncate(length);
    out
}

/// An `EncryptedAssertion` with the text in it, in canonical form.
pub fn encrypt(plain: &[u8], style: &Encryption<'_>) -> String {
    let mut key = vec![0; cipher_of(style.content).key_len()];
    rand_bytes(&mut key).unwrap();
    encrypt_with(plain, &key, style)
}

/// [`encrypt`] with this key, which may have a wrong length.
pub fn encrypt_with(plain: &[u8], key: &[u8], style: &Encryption<'_>) -> String {
    let fitting: Vec<u8> = key.iter().copied().cycle().take(cipher_of(style.content).key_len()).collect();
    let (content, wrapped) = (content(style.content, &fitting, plain), wrap(key, style));
    let digest = style
        .digest
        .map(|name| format!("<ds:DigestMethod xmlns:ds=\"{DSIG}\" Algorithm=\"{name}\"></ds:DigestMethod>"));
    let mask = style
        .mask
        .map(|name| format!("<xenc11:MGF xmlns:xenc11=\"{XENC11}\" Algorithm=\"{name}\"></xenc11:MGF>"));
    let key = |around: &str| {
        format!(
            "<xenc:EncryptedKey{around}><xenc:EncryptionMethod Algorithm=\"http://www.w3.org/{}\">{}{}</xenc:EncryptionMethod>\
             <xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
            style.transport,
            digest.unwrap_or_default(),
            mask.unwrap_or_default(),
            STANDARD.encode(wrapped),
        )
    };
    let (inside, beside) = match style.beside {
        true => (String::new(), key(&format!(" xmlns:xenc=\"{XENC}\""))),
        false => (format!("<ds:KeyInfo xmlns:ds=\"{DSIG}\">{}</ds:KeyInfo>", key("")), String::new()),
    };
    format!(
        "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <xenc:EncryptedData xmlns:xenc=\"{XENC}\" Id=\"ed1\" Type=\"{XENC}Element\">\
         <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/{}\"></xenc:EncryptionMethod>{inside}\
         <xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{beside}\
         </saml2:EncryptedAssertion>",
        style.content,
        STANDARD.encode(content),
    )
}
