//! Findings about the certificates of a SAML connection. Sign-in does not check their dates; the dates only show when the provider will
//! change its key.

use vestibule_core::{providers::Provider, time::SECOND};

use super::{Bad, Facts, Finding, Note, Saml, Warn, finding, here};
use crate::{layout::moment::Moment, provider::doctor::history::DAY};

/// Advice to save the provider's certificate.
pub(super) fn copy(at: &Provider) -> String {
    at.place(&format!(
        "{}: copy the Metadata URL, or download the active certificate, and save it here",
        at.saml.certificates
    ))
}

pub(super) fn judge(facts: &Facts, saml: &Saml) -> Vec<Finding> {
    [none(saml), waiting(saml), ending(facts, saml)].into_iter().flatten().collect()
}

fn none(saml: &Saml) -> Option<Finding> {
    if saml.trusted().next().is_some() {
        return None;
    }
    let means = "No response is accepted, so nobody can sign in through it.";
    Some(finding("saml_no_certificate", Bad, "it has no trusted certificate.", means).go(copy(saml.at())))
}

/// A certificate from the metadata that an administrator has to trust.
fn waiting(saml: &Saml) -> Option<Finding> {
    let waiting = saml.certificates.iter().filter(|certificate| certificate.trusted_at.is_none());
    let newest = waiting.max_by_key(|certificate| certificate.created_at)?;
    let saw = "a new certificate of the provider waits to be trusted.";
    let means = "When the provider begins to sign with it, nobody can sign in before it is trusted here.";
    Some(
        finding("saml_certificate_waiting", Warn, saw, means)
            .put(
                here("compare the SHA-256 fingerprint with the provider's, and trust the certificate"),
                &newest.fingerprint,
            )
            .at(newest.created_at),
    )
}

/// The trusted certificate that ends last ends soon.
fn ending(facts: &Facts, saml: &Saml) -> Option<Finding> {
    let last = saml.trusted().max_by_key(|certificate| certificate.not_after)?;
    let end = last.not_after.saturating_mul(SECOND);
    let days = (end - facts.now).div_euclid(DAY);
    let weight = match days {
        ..=7 => Bad,
        8..=30 => Warn,
        31..=90 => Note,
        _ => return None,
    };
    let saw = match days {
        ..0 => format!("its last certificate expired on {}.", Moment::of(end, facts.now).day()),
        0 => "its last certificate expires today.".to_owned(),
        1 => "its last certificate expires in 1 day.".to_owned(),
        days => format!("its last certificate expires in {days} days."),
    };
    let means = "Sign-in works as long as the provider signs with it. When the provider signs with a new one that is not saved here, nobody can sign in.";
    Some(
        finding("saml_certificate_ending", weight, &saw, means)
            .go(saml.at().place(saml.at().saml.renewal))
            .put("SHA-256 of the one that expires", &last.fingerprint),
    )
}
