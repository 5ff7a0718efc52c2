//! The list of checks: name, citation and function of each, in order.

use super::{
    conditions, content,
    envelope::Envelope,
    issuer,
    report::{CheckResult, Content},
    statements, subject,
};

type FormCheck = fn(&mut Envelope<'_, '_>) -> CheckResult;
type ContentCheck = fn(&Content<'_, '_>) -> CheckResult;

/// Checks before the document is parsed, and the parsing.
const BYTES: [(&str, &str); 4] = [
    ("form", "Bindings §3.5.4; RFC 4648 §3.3, §4"),
    ("encoding", "XML 1.0 §2.2, §2.11, §4.3.3"),
    ("markup", "Core §1.3.1; XML Signature Best Practices §2.1"),
    ("well_formed", "XML 1.0 §2.1; Namespaces in XML 1.0 §5, §6"),
];

/// Checks of the parsed response.
pub(super) const FORM: [(&str, &str, FormCheck); 12] = [
    ("root", "Core §3.2.2, §4.1.3.2", |envelope| envelope.root()),
    ("status", "Core §3.2.2.2", |envelope| envelope.status()),
    ("one_assertion", "Profiles §4.1.4.2", |envelope| envelope.one_assertion()),
    ("order", "Core §2.3.3, §3.2.2, §3.3.3", |envelope| envelope.order()),
    ("ids", "Core §1.3.4; XML 1.0 §3.3.1", |envelope| envelope.ids()),
    ("signature_place", "Core §5.4.1; XML Signature Best Practices §2.2.1", |envelope| {
        envelope.signature_place()
    }),
    ("signature_form", "XML Signature 1.1 §4.2 to §4.5", |envelope| envelope.signature_form()),
    ("reference", "Core §5.4.2", |envelope| envelope.reference()),
    ("transforms", "Core §5.4.3, §5.4.4", |envelope| envelope.transforms()),
    ("algorithms", "RFC 9231 §2.1, §2.3; NIST SP 800-131A", |envelope| envelope.algorithms()),
    ("signature", "XML Signature 1.1 §3.2.2; Metadata Interoperability Profile §2.5", |envelope| {
        envelope.signature()
    }),
    ("digest", "XML Signature 1.1 §3.2.1", |envelope| envelope.digest()),
];

/// Checks of an encrypted assertion, whose plaintext goes through the checks above. `signed` also runs without encryption.
const DECRYPTION: [(&str, &str); 4] = [
    ("decryption", "Core §6; XML Encryption 1.1 §4.4, §5.2, §5.5"),
    ("decrypted_form", "Core §6.2, and what the checks markup to ids cite"),
    ("decrypted_signature", "Core §5.4, and what the checks signature_place to digest cite"),
    ("signed", "Core §5.3; Profiles §4.1.3.5"),
];

/// Checks of the verified assertion.
pub(super) const CONTENT: [(&str, &str, ContentCheck); 12] = [
    ("destination", "Bindings §3.5.5.2; Core §3.2.2", content::destination),
    ("issuer", "Profiles §4.1.4.2", issuer::check),
    ("version", "Core §4.1.3.1", content::version),
    ("name_id", "Core §2.2.2, §2.2.3, §2.4.1", subject::name_id),
    ("confirmation", "Profiles §3.3, §4.1.4.2, §4.1.4.3", subject::confirmation),
    ("in_response_to", "Profiles §4.1.4.3, §4.1.5", subject::in_response_to),
    ("conditions", "Core §2.5.1.1, §2.5.1.2", conditions::check),
    ("audience", "Core §2.5.1.4; Profiles §4.1.4.2", conditions::audience),
    ("issue_instant", "Core §1.3.3, §2.3.3, §3.2.2", content::issue_instant),
    ("authn_statement", "Core §2.7.2; Profiles §4.1.4.2", statements::authn),
    ("session_end", "Core §2.7.2; Profiles §4.1.4.3", statements::session_end),
    ("attributes", "Core §2.7.3.1", statements::attributes),
];

/// Name and citation of every check.
pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let form = FORM.into_iter().map(|(name, cites, _)| (name, cites));
    let content = CONTENT.into_iter().map(|(name, cites, _)| (name, cites));
    BYTES.into_iter().chain(form).chain(DECRYPTION).chain(content)
}
