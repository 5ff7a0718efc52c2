//! The checks that logout requests and responses share, and the parts that are read from them.

use roxmltree::Node;
use vestibule_core::time::{Micros, SECOND};

use super::{Expected, Kind, Received, Refused, query::Query, refused};
use crate::{
    instant, names,
    response::{self, NameId},
    scan::{self, Comments},
    signature,
    tree::{self, Unread, short},
};

/// How long after its IssueInstant a message is accepted.
const LIFETIME: Micros = 10 * 60 * SECOND;
/// How far the IssueInstant may be in the future.
const AHEAD: Micros = 5 * 60 * SECOND;

/// A message whose signature is valid.
pub(super) struct Message<'a, 'i> {
    pub root: Node<'a, 'i>,
    pub relay_state: Option<String>,
    issued_at: Micros,
}

/// Runs the checks that both kinds of message have in common, and then the function.
pub(super) fn verified<T>(
    received: Received<'_>,
    kind: Kind,
    expected: &Expected<'_>,
    then: impl FnOnce(&Message<'_, '_>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let (bytes, query) = bytes(received, kind)?;
    let text = scan::text(&bytes).map_err(refused("encoding"))?;
    let document = tree::parse(&text, Comments::Refused).map_err(|unread| match unread {
        Unread::Markup(why) | Unread::Form(why) => refused("markup")(why),
    })?;
    let root = document.root_element();
    check_root(root, kind.element()).map_err(refused("root"))?;
    response::check_logout_order(root, kind.element()).map_err(refused("order"))?;
    response::check_ids(root).map_err(refused("ids"))?;
    if tree::attribute(root, "ID").is_none() {
        return Err(refused("ids")("the message has no ID".to_owned()));
    }
    let relay_state = match &query {
        // With Redirect the message has no signature element; the query is signed.
        Some(query) => {
            signature::find(document.root(), &[]).map_err(refused("signature"))?;
            query.check_signature(expected.certificates).map_err(refused("signature"))?;
            query.relay_state().map_err(refused("query"))?
        }
        None => {
            let verified = signature::verify(root, expected.certificates).map_err(refused("signature"))?;
            verified.ok_or_else(|| refused("signature")("the message is not signed".to_owned()))?;
            None
        }
    };
    match tree::attribute(root, "Destination") {
        Some(url) if url == expected.url => {}
        url => {
            let url = url.map_or_else(|| "nowhere".to_owned(), short);
            return Err(refused("destination")(format!(
                "the message is for {url}, not for {}",
                short(expected.url)
            )));
        }
    }
    let issuer =
        tree::child(root, names::ASSERTION, "Issuer").ok_or_else(|| "the message has no Issuer".to_owned());
    let compared =
        issuer.and_then(|issuer| response::compare_issuer(issuer, expected.idp_issuer, "the message"));
    compared.map_err(refused("issuer"))?;
    let issued_at = issued(root, expected.now).map_err(refused("instants"))?;
    then(&Message { root, relay_state, issued_at })
}

/// The document of a message, and its query if it came by Redirect.
fn bytes(received: Received<'_>, kind: Kind) -> Result<(Vec<u8>, Option<Query<'_>>), Refused> {
    match received {
        Received::Post(value) => Ok((response::form_bytes(value).map_err(refused("form"))?, None)),
        Received::Redirect(query) => {
            let query = Query::read(query, kind.parameter()).map_err(refused("query"))?;
            Ok((query.document().map_err(refused("form"))?, Some(query)))
        }
    }
}

/// The Issuer of a message, unverified.
pub(super) fn claimed_issuer(received: Received<'_>, kind: Kind) -> Option<String> {
    let (bytes, _) = bytes(received, kind).ok()?;
    let text = scan::text(&bytes).ok()?;
    let document = tree::parse(&text, Comments::Refused).ok()?;
    tree::child(document.root_element(), names::ASSERTION, "Issuer").and_then(tree::text).map(str::to_owned)
}

fn check_root(root: Node<'_, '_>, kind: &str) -> Result<(), String> {
    if !tree::is(root, names::PROTOCOL, kind) {
        return Err(format!("the document is a {}, not a {kind}", short(root.tag_name().name())));
    }
    if tree::attribute(root, "Version") != Some("2.0") {
        return Err("the message is not of the Version 2.0".to_owned());
    }
    // A signed assertion was made for another purpose, so it must not be in a logout message.
    let others = ["Assertion", "EncryptedAssertion"];
    if root.descendants().any(|node| others.iter().any(|name| tree::is(node, names::ASSERTION, name))) {
        return Err("the message has an assertion in it".to_owned());
    }
    Ok(())
}

fn issued(root: Node<'_, '_>, now: Micros) -> Result<Micros, String> {
    let at = response::read_instant(tree::attribute(root, "IssueInstant"), "IssueInstant")?
        .ok_or("the message has no IssueInstant")?;
    if at > now.saturating_add(AHEAD) || at < now.saturating_sub(LIFETIME) {
        return Err(format!(
            "the message was made at {}: here it is {}",
            instant::text(at),
            instant::text(now)
        ));
    }
    Ok(at)
}

impl<'a> Message<'a, '_> {
    pub fn id(&self) -> &'a str {
        tree::attribute(self.root, "ID").unwrap_or_default()
    }

    /// End of the message's validity: its `NotOnOrAfter`, and at most ten minutes after its IssueInstant.
    pub fn end(&self, now: Micros) -> Result<Micros, String> {
        let latest = self.issued_at.saturating_add(LIFETIME);
        match response::read_instant(tree::attribute(self.root, "NotOnOrAfter"), "NotOnOrAfter")? {
            None => Ok(latest),
            Some(end) => response::not_over(end, now, "the message").map(|()| end.min(latest)),
        }
    }

    pub fn name_id(&self) -> Result<NameId, String> {
        let name_id = response::find_name_id(self.root)?;
        response::check_name(&name_id.value)?;
        Ok(name_id)
    }

    /// The status code and its nested status code.
    pub fn status(&self) -> Result<Vec<String>, String> {
        let status: Vec<_> = tree::children(self.root, names::PROTOCOL, "Status").collect();
        let [status] = *status else { return Err("the message does not have one Status".to_owned()) };
        let codes: Vec<_> = tree::children(status, names::PROTOCOL, "StatusCode").collect();
        let [code] = *codes else { return Err("the status does not have one StatusCode".to_owned()) };
        let inner = tree::child(code, names::PROTOCOL, "StatusCode");
        let values = [Some(code), inner].into_iter().flatten().map(|node| tree::attribute(node, "Value"));
        values
            .map(|value| value.map(str::to_owned).ok_or_else(|| "a StatusCode has no Value".to_owned()))
            .collect()
    }
}
