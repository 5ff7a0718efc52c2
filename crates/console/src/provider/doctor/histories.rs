//! Reads the use of all connections of a workspace, and gives each connection its own.

use std::collections::BTreeMap;

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::EventKind,
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    providers::sightings::Sighting,
    trail::events::{self, Event},
};
use vestibule_web::observe::sightings::SightingKind;

use super::{
    history::{History, text},
    oidc::Oidc,
    saml::facts::Saml,
};

/// Actor of what happens by SAML.
const SAML_ACTOR: &str = "okta:saml";
/// How many events of each kind are read.
const EVENTS: i64 = 200;

/// The use of all connections.
pub(super) struct Histories {
    now: Micros,
    of_connections: BTreeMap<String, BTreeMap<String, Sighting>>,
    signed_in: Vec<Event>,
    logouts: Vec<Event>,
    logouts_refused: Option<Event>,
}

impl Histories {
    /// Reads them; `seen` are the sightings of the workspace, from which those of connections are taken out.
    pub(super) fn read(
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        seen: &mut Vec<Sighting>,
        now: Micros,
    ) -> Result<Self, Error> {
        let mut of_connections: BTreeMap<String, BTreeMap<String, Sighting>> = BTreeMap::new();
        for one in seen.extract_if(.., |one| !one.connection_id.is_empty()) {
            of_connections.entry(one.connection_id.clone()).or_default().insert(one.kind.clone(), one);
        }
        Ok(Self {
            now,
            of_connections,
            signed_in: events::newest_of(conn, workspace_id, EventKind::SignedIn, EVENTS)?,
            logouts: events::newest_of(conn, workspace_id, EventKind::UniversalLogout, EVENTS)?,
            logouts_refused: events::newest(conn, workspace_id, EventKind::UniversalLogoutRefused)?,
        })
    }

    /// The last sign-in of the workspace by SAML or by OpenID Connect, among the newest.
    fn last_sign_in(&self, is_saml: bool) -> Option<Micros> {
        self.signed_in.iter().find(|event| (event.actor == SAML_ACTOR) == is_saml).map(|event| event.at)
    }

    /// Gives each connection its history. Where there is only one, or one of the protocol, also what names no connection is its own.
    pub(super) fn give(mut self, oidc: &mut [Oidc], saml: &mut [Saml], refusals: Vec<Event>) {
        let is_only = oidc.len() + saml.len() == 1;
        let (is_only_oidc, is_only_saml) = (oidc.len() == 1, saml.len() == 1);
        let last = (self.last_sign_in(false), self.last_sign_in(true));
        for one in oidc.iter_mut() {
            let signed_in = last.0.filter(|_| is_only_oidc);
            one.history =
                self.take(&one.connection.connection_id, signed_in, &one.connection.issuer, is_only);
        }
        for one in saml.iter_mut() {
            let signed_in = last.1.filter(|_| is_only_saml);
            one.history =
                self.take(&one.connection.connection_id, signed_in, &one.connection.okta_org, is_only);
        }
        for event in refusals {
            let (reason, detail) = (text(&event, "reason"), text(&event, "detail"));
            let issuer = text(&event, "issuer");
            if let Some(one) = oidc.iter_mut().find(|one| one.connection.issuer == issuer) {
                one.history.add_refused(&reason, &detail, event.at).add_person(&event);
            } else if let Some(one) = saml.iter_mut().find(|one| one.connection.issuer == issuer) {
                one.history.add_refused_by_saml(&reason, &detail, event.at).add_person(&event);
            } else if let [one] = &mut *oidc {
                one.history.add_refused(&reason, &detail, event.at).add_person(&event);
            }
        }
        for one in oidc.iter_mut() {
            one.history.forget_replaced();
        }
    }

    /// The history of a connection without its refused sign-ins. `org`: issuer of its Universal Logouts.
    fn take(&mut self, id: &ConnectionId, signed_in: Option<Micros>, org: &str, is_only: bool) -> History {
        let sightings = self.of_connections.remove(id.as_str()).unwrap_or_default();
        let mut history = History { now: self.now, sightings, ..History::default() };
        history.signed_in = history.last(SightingKind::SignedIn).max(signed_in);
        let mut logouts = self.logouts.iter();
        history.logout = logouts.find(|event| is_only || text(event, "issuer") == org).map(|event| event.at);
        history.logout_refused = match (&self.logouts_refused, is_only) {
            (Some(event), true) => Some((event.at, text(event, "reason"), text(event, "detail"))),
            (None, true) => None,
            (_, false) => history.sightings.get(SightingKind::LogoutRefused.name()).and_then(|seen| {
                let (reason, sentence) = seen.detail.split_once(' ')?;
                Some((seen.last_at, reason.to_owned(), sentence.to_owned()))
            }),
        };
        history
    }
}
