//! Encrypts an assertion for a service as Okta does (XML Encryption 1.1): the key is in an `EncryptedKey` next to the data, encrypted for
//! the certificate of the app's settings.

use openssl::{
    encrypt::Encrypter,
    error::ErrorStack,
    hash::MessageDigest,
    rsa::Padding,
    symm::{Cipher, encrypt, encrypt_aead},
    x509::X509,
};

use super::{
    keys::in_lines,
    message::saml2,
    settings::{AssertionEncryption, ContentEncryption, KeyTransport},
    signature::ds,
    xml::{Element, ns},
};
use crate::support::random;

/// Octets of an authentication tag (XML Encryption 1.1 §5.2.4).
const TAG: usize = 16;

/// The `EncryptedAssertion` with the assertion in it.
pub(super) fn encrypted(assertion: &Element, settings: &AssertionEncryption) -> Result<Element, ErrorStack> {
    let certificate = X509::from_pem(settings.certificate.as_bytes())?;
    let cipher = settings.content.cipher();
    let key = josekit::util::random_bytes(cipher.key_len());
    let data = settings.content.encrypt(&key, assertion.wire().as_bytes())?;

    let public = certificate.public_key()?;
    let mut encrypter = Encrypter::new(&public)?;
    let method = match settings.key_transport {
        KeyTransport::RsaOaep => {
            encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
            encrypter.set_rsa_oaep_md(MessageDigest::sha1())?;
            encrypter.set_rsa_mgf1_md(MessageDigest::sha1())?;
            let digest = ds("DigestMethod").with("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1");
            method("rsa-oaep-mgf1p").child(digest.declared())
        }
        KeyTransport::Rsa15 => {
            encrypter.set_rsa_padding(Padding::PKCS1)?;
            method("rsa-1_5")
        }
    };
    let mut wrapped = vec![0; encrypter.encrypt_len(&key)?];
    let length = encrypter.encrypt(&key, &mut wrapped)?;
    wrapped.truncate(length);

    let (data_id, key_id) = (format!("_{}", random::digits(32)), format!("_{}", random::digits(32)));
    let retrieval = ds("RetrievalMethod")
        .with("Type", "http://www.w3.org/2001/04/xmlenc#EncryptedKey")
        .with("URI", &format!("#{key_id}"));
    let data = xenc("EncryptedData")
        .with("Id", &data_id)
        .with("Type", "http://www.w3.org/2001/04/xmlenc#Element")
        .declared()
        .child(settings.content.method())
        .child(ds("KeyInfo").declared().child(retrieval))
        .child(cipher_data(&data));
    let x509 = ds("X509Data").child(ds("X509Certificate").text(&in_lines(&certificate.to_der()?)));
    let reference = xenc("DataReference").with("URI", &format!("#{data_id}"));
    let key = xenc("EncryptedKey")
        .with("Id", &key_id)
        .declared()
        .child(method)
        .child(ds("KeyInfo").declared().child(x509))
        .child(cipher_data(&wrapped))
        .child(xenc("ReferenceList").child(reference));
    Ok(saml2("EncryptedAssertion").declared().child(data).child(key))
}

impl ContentEncryption {
    fn cipher(self) -> Cipher {
        match self {
            Self::Aes256Gcm => Cipher::aes_256_gcm(),
            Self::Aes128Gcm => Cipher::aes_128_gcm(),
            Self::Aes256Cbc => Cipher::aes_256_cbc(),
            Self::Aes128Cbc => Cipher::aes_128_cbc(),
        }
    }

    fn method(self) -> Element {
        let uri = match self {
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
        };
        xenc("EncryptionMethod").with("Algorithm", uri).declared()
    }

    /// Initialization vector, ciphertext and, for GCM, the tag (XML Encryption 1.1 §5.2). CBC uses the padding of PKCS #7, which is also a
    /// valid padding of XML Encryption.
    fn encrypt(self, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let cipher = self.cipher();
        match self {
            Self::Aes256Gcm | Self::Aes128Gcm => {
                let vector = josekit::util::random_bytes(12);
                let mut tag = [0; TAG];
                let text = encrypt_aead(cipher, key, Some(&vector), &[], plain, &mut tag)?;
                Ok([vector.as_slice(), &text, &tag].concat())
            }
            Self::Aes256Cbc | Self::Aes128Cbc => {
                let vector = josekit::util::random_bytes(16);
                let text = encrypt(cipher, key, Some(&vector), plain)?;
                Ok([vector, text].concat())
            }
        }
    }
}

fn method(name: &str) -> Element {
    xenc("EncryptionMethod").with("Algorithm", &format!("{}{name}", ns::XENC)).declared()
}

fn cipher_data(bytes: &[u8]) -> Element {
    let value = xenc("CipherValue").text(&openssl::base64::encode_block(bytes));
    xenc("CipherData").declared().child(value)
}

fn xenc(local: &str) -> Element {
    Element::new(ns::XENC, &format!("xenc:{local}"))
}

#[cfg(test)]
mod tests {
    use openssl::{
        encrypt::Decrypter,
        symm::{decrypt, decrypt_aead},
    };

    use super::*;
    use crate::saml::keys::SamlKey;

    #[test]
    fn the_key_of_the_certificate_decrypts() {
        let service = SamlKey::generate("service", 0).unwrap();
        let assertion = saml2("Assertion").declared().text("ada & eve");
        let find = |element: &Element, path: &[&str]| {
            path.iter().fold(element.clone(), |element, local| {
                element.elements().find(|child| child.name.ends_with(local)).unwrap().clone()
            })
        };
        let value = |element: &Element, path: &[&str]| {
            openssl::base64::decode_block(&find(element, path).content()).unwrap()
        };
        for content in [
            ContentEncryption::Aes256Gcm,
            ContentEncryption::Aes128Gcm,
            ContentEncryption::Aes256Cbc,
            ContentEncryption::Aes128Cbc,
        ] {
            for (key_transport, padding) in
                [(KeyTransport::RsaOaep, Padding::PKCS1_OAEP), (KeyTransport::Rsa15, Padding::PKCS1)]
            {
                let certificate = service.pem().unwrap();
                let settings = AssertionEncryption { certificate, content, key_transport };
                let element = encrypted(&assertion, &settings).unwrap();
                let wrapped = value(&element, &["EncryptedKey", "CipherData", "CipherValue"]);
                let mut decrypter = Decrypter::new(service.private()).unwrap();
                decrypter.set_rsa_padding(padding).unwrap();
                let mut key = vec![0; decrypter.decrypt_len(&wrapped).unwrap()];
                let length = decrypter.decrypt(&wrapped, &mut key).unwrap();
                key.truncate(length);
                let data = value(&element, &["EncryptedData", "CipherData", "CipherValue"]);
                let cipher = content.cipher();
                let plain = if cipher.block_size() == 1 {
                    let (rest, tag) = data.split_at(data.len() - TAG);
                    decrypt_aead(cipher, &key, Some(&rest[..12]), &[], &rest[12..], tag).unwrap()
                } else {
                    decrypt(cipher, &key, Some(&data[..16]), &data[16..]).unwrap()
                };
                assert_eq!(String::from_utf8(plain).unwrap(), assertion.wire(), "{content:?}");
            }
        }
    }
}
