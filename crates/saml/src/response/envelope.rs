//! The checks of the form: which elements the document has, and what their signatures cover. They look at every element, also at
//! those that no other code reads.

mod ids;
mod order;

use roxmltree::Node;

pub(crate) use self::{ids::check_ids, order::check_logout_order};
pub(super) use self::{ids::is_name, order::check_assertion};
use super::report::{CheckResult, Expected};
use crate::{
    encryption, names,
    signature::{self, Signature, Verified},
    tree::{self, short},
};

/// The parts of a response, as far as the checks have found them.
pub(super) struct Envelope<'a, 'i> {
    pub response: Node<'a, 'i>,
    /// The one assertion, if it is not encrypted.
    pub assertion: Option<Node<'a, 'i>>,
    encrypted: Option<Node<'a, 'i>>,
    placed: Vec<Node<'a, 'i>>,
    signatures: Vec<Signature<'a, 'i>>,
    verified: Vec<Verified<'a, 'i>>,
    expected: &'a Expected<'a>,
}

/// The reason of a failed check `signed`.
pub(super) fn unsigned() -> String {
    "neither the response nor the assertion is signed".to_owned()
}

impl<'a, 'i> Envelope<'a, 'i> {
    pub fn new(response: Node<'a, 'i>, expected: &'a Expected<'a>) -> Self {
        let (placed, signatures, verified) = (Vec::new(), Vec::new(), Vec::new());
        Envelope { response, assertion: None, encrypted: None, placed, signatures, verified, expected }
    }

    /// Checks that the root is a Response of SAML 2.0.
    pub fn root(&mut self) -> CheckResult {
        if !tree::is(self.response, names::PROTOCOL, "Response") {
            return Err(format!(
                "the document is a {}, not a SAML 2.0 Response",
                short(self.response.tag_name().name())
            ));
        }
        if self.all("Response", names::PROTOCOL).count() > 1 {
            return Err("the document has a Response inside of another".to_owned());
        }
        match tree::attribute(self.response, "Version") {
            Some("2.0") => Ok(true),
            other => Err(format!("the response has the Version {}, not 2.0", short(other.unwrap_or("none")))),
        }
    }

    /// Checks that the status is Success. Otherwise the reason has the status codes, even of an unsigned response.
    pub fn status(&mut self) -> CheckResult {
        let status: Vec<_> = tree::children(self.response, names::PROTOCOL, "Status").collect();
        let [status] = *status else { return Err("the response does not have one Status".to_owned()) };
        let codes: Vec<_> = tree::children(status, names::PROTOCOL, "StatusCode").collect();
        let [code] = *codes else { return Err("the status does not have one StatusCode".to_owned()) };
        let value = tree::attribute(code, "Value").unwrap_or_default();
        if value == names::SUCCESS {
            return Ok(true);
        }
        let mut why = format!("the provider answered {}", brief(value));
        if let Some(inner) = tree::child(code, names::PROTOCOL, "StatusCode") {
            why.push_str(&format!(", {}", brief(tree::attribute(inner, "Value").unwrap_or_default())));
        }
        // Leaves out the StatusMessage: the reason goes into logs and events, and providers put people's names into the message.
        Err(why)
    }

    /// Checks that the whole document has one assertion, encrypted or not, as a child of the response.
    pub fn one_assertion(&mut self) -> CheckResult {
        let plain: Vec<_> = self.all("Assertion", names::ASSERTION).collect();
        let encrypted: Vec<_> = self.all("EncryptedAssertion", names::ASSERTION).collect();
        let only = match (&*plain, &*encrypted) {
            ([only], []) | ([], [only]) => *only,
            ([], []) => return Err("the response has no assertion".to_owned()),
            _ => return Err(format!("the response has {} assertions", plain.len() + encrypted.len())),
        };
        if only.parent() != Some(self.response) {
            return Err("the assertion is not a child of the response".to_owned());
        }
        (self.assertion, self.encrypted) = (plain.first().copied(), encrypted.first().copied());
        Ok(true)
    }

    /// Checks that the child elements of response and assertion have the order of the schema.
    pub fn order(&mut self) -> CheckResult {
        order::check_response(self.response)?;
        self.assertion.map_or(Ok(()), check_assertion).map(|()| true)
    }

    /// Checks that each ID is unique and is the attribute `ID`, and that response and assertion have one.
    pub fn ids(&mut self) -> CheckResult {
        check_ids(self.response)?;
        let named = [Some(self.response), self.assertion];
        if named.into_iter().flatten().any(|node| tree::attribute(node, "ID").is_none()) {
            return Err("the response or the assertion has no ID".to_owned());
        }
        Ok(true)
    }

    /// Checks that each signature is a child of the response or of the assertion.
    pub fn signature_place(&mut self) -> CheckResult {
        let signable: Vec<_> = [Some(self.response), self.assertion].into_iter().flatten().collect();
        self.placed = signature::find(self.response, &signable)?;
        Ok(!self.placed.is_empty())
    }

    pub fn signature_form(&mut self) -> CheckResult {
        self.signatures = self.placed.iter().map(|node| Signature::read(*node)).collect::<Result<_, _>>()?;
        Ok(!self.placed.is_empty())
    }

    pub fn reference(&mut self) -> CheckResult {
        self.each(Signature::check_reference)
    }

    pub fn transforms(&mut self) -> CheckResult {
        self.each(Signature::check_transforms)
    }

    pub fn algorithms(&mut self) -> CheckResult {
        self.each(Signature::check_algorithms)
    }

    /// Checks that configured keys made all signatures: of two signatures, one is not enough.
    pub fn signature(&mut self) -> CheckResult {
        let certificates = self.expected.certificates;
        self.each(|signature| signature.sealed(certificates).map(|_| ()))
    }

    /// Checks that the signed digests match the document.
    pub fn digest(&mut self) -> CheckResult {
        let certificates = self.expected.certificates;
        let verified = self.signatures.iter().map(|signature| signature.sealed(certificates)?.digest());
        self.verified = verified.collect::<Result<_, _>>()?;
        Ok(!self.placed.is_empty())
    }

    /// Whether a configured key signed the response.
    pub fn is_signed(&self) -> bool {
        self.signed_response().is_some()
    }

    fn signed_response(&self) -> Option<&Verified<'a, 'i>> {
        self.verified.iter().find(|verified| verified.node() == self.response)
    }

    /// The assertion, verified by its own signature or as a part of the signed response.
    pub fn signed_assertion(&self) -> Option<Verified<'a, 'i>> {
        let own = self.verified.iter().find(|verified| Some(verified.node()) == self.assertion).copied();
        own.or_else(|| self.signed_response()?.child(names::ASSERTION, "Assertion"))
    }

    /// The encrypted assertion, verified as a part of the signed response.
    pub fn signed_ciphertext(&self) -> Option<Verified<'a, 'i>> {
        self.signed_response()?.child(names::ASSERTION, "EncryptedAssertion")
    }

    /// Plaintext of the encrypted assertion, if there is one.
    pub fn decrypt(&self) -> Result<Option<String>, String> {
        let decrypt = |node| encryption::decrypt(node, self.expected.decryption_keys, self.is_signed());
        self.encrypted.map(decrypt).transpose()
    }

    fn each(&self, check: impl Fn(&Signature<'a, 'i>) -> Result<(), String>) -> CheckResult {
        self.signatures.iter().try_for_each(check)?;
        Ok(!self.signatures.is_empty())
    }

    fn all(
        &self,
        name: &'static str,
        namespace: &'static str,
    ) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
        self.response.descendants().filter(move |node| tree::is(*node, namespace, name))
    }
}

/// The last part of a status code.
fn brief(code: &str) -> String {
    short(code.strip_prefix("urn:oasis:names:tc:SAML:2.0:status:").unwrap_or(code))
}
