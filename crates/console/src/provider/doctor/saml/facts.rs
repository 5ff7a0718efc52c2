//! Facts about SAML connections: settings, certificates, and the sign-ins that were refused.

use std::collections::BTreeMap;

use vestibule_admin::provider::saml_connection::addresses;
use vestibule_core::{ids::WorkspaceId, sets::EventKind, time::Micros};
use vestibule_store::{
    Conn, Error,
    providers::{
        saml_certificates::{self, SamlCertificate},
        saml_connections::{self, SamlConnection},
        sightings::Sighting,
    },
    trail::events,
};
use vestibule_web::observe::sightings::Sight;

use super::super::facts::{Facts, Refused};

/// Actor of the events of SAML sign-ins.
const ACTOR: &str = "okta:saml";
/// How many sign-ins are read to find the last of each protocol.
const SIGN_INS: i64 = 200;

/// A SAML connection, with its certificates, refusals and our addresses.
#[derive(Debug, Clone)]
pub(crate) struct Saml {
    pub connection: SamlConnection,
    pub certificates: Vec<SamlCertificate>,
    /// Refused sign-ins of the last week, by the check that failed, or else by reason.
    pub refused: BTreeMap<String, Refused>,
    /// Where responses are posted.
    pub acs_url: String,
    /// Where logout messages go.
    pub slo_url: String,
    /// The audience of assertions.
    pub entity_id: String,
}

impl Saml {
    /// The sighting of a kind, if it is recent and of this connection, whose id begins its detail.
    pub fn seen<'a>(&self, facts: &'a Facts, sight: Sight) -> Option<&'a Sighting> {
        let id = self.connection.connection_id.as_str();
        facts.seen(sight).filter(|seen| seen.detail.split(' ').next() == Some(id))
    }

    /// The trusted certificates.
    pub fn trusted(&self) -> impl Iterator<Item = &SamlCertificate> {
        self.certificates.iter().filter(|certificate| certificate.trusted_at.is_some())
    }

    /// Adds a refused sign-in.
    pub fn add_refused(&mut self, reason: &str, detail: &str, at: Micros) {
        let (why, detail) = match (reason, detail.split_once(": ")) {
            ("saml_response", Some((check, sentence))) => (check, sentence),
            _ => (reason, detail),
        };
        let first = || Refused { times: 0, at, detail: detail.to_owned() };
        self.refused.entry(why.to_owned()).or_insert_with(first).times += 1;
    }
}

/// Reads the connections; `api_url` is the origin of the API host.
pub(crate) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, api_url: &str) -> Result<Vec<Saml>, Error> {
    let mut found = Vec::new();
    for connection in saml_connections::list(conn, workspace_id)? {
        let ours = addresses::of(api_url, &connection);
        found.push(Saml {
            certificates: saml_certificates::list(conn, &connection)?,
            refused: BTreeMap::new(),
            acs_url: ours.acs_url,
            slo_url: ours.slo_url,
            entity_id: ours.entity_id,
            connection,
        });
    }
    Ok(found)
}

/// The last sign-in by OpenID Connect, and by SAML, among the newest.
pub(crate) fn last_sign_ins(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    has_saml: bool,
) -> Result<(Option<Micros>, Option<Micros>), Error> {
    let limit = if has_saml { SIGN_INS } else { 1 };
    let all = events::newest_of(conn, workspace_id, EventKind::SignedIn, limit)?;
    let newest = |is_saml: bool| {
        let mut of_protocol = all.iter().filter(|event| (event.actor == ACTOR) == is_saml);
        of_protocol.next().map(|event| event.at)
    };
    Ok((newest(false), newest(true)))
}
