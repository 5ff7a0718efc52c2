//! The state of the org, behind one lock that is never held across an await: plain data, and lookups that several files need.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde_json::{Map, Value};

use crate::{
    directory::{App, Group, Person},
    oidc::{
        issued::{Access, Code, OrgSession},
        misbehavior::Misbehavior,
    },
    saml::{Ready, SamlState},
    scim::settings::{Role, ScimSettings, Tokens},
    support::{clock, exchange::Exchange, keys::KeySet},
    waiting::Waiting,
};

const EXCHANGES_KEPT: usize = 200;

pub(crate) struct Org {
    pub(crate) clock_shift: i64,
    pub(crate) csrf: String,
    /// Id of the identity provider, `00o…`: the `idp` claim.
    pub(crate) idp: String,
    pub(crate) keys: KeySet,
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
    pub(crate) apps: Vec<AppState>,
    pub(crate) sessions: HashMap<String, OrgSession>,
    pub(crate) pending: HashMap<String, Waiting>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) access: HashMap<String, Access>,
    pub(crate) misbehavior: Option<Misbehavior>,
    pub(crate) saml_misbehavior: Option<Ready>,
    /// Whether authorization responses have `iss` and the metadata announces it (RFC 9207). Okta's have none.
    pub(crate) names_issuer: bool,
    /// Number of requests to each counted path.
    pub(crate) asked: BTreeMap<String, u32>,
    /// The nonce that DPoP proofs must have.
    pub(crate) dpop_nonce: String,
    /// The `jti` of every DPoP proof so far.
    pub(crate) proofs: BTreeSet<String>,
    /// `state` of a SCIM OAuth authorization → client id of the app.
    pub(crate) oauth_states: HashMap<String, String>,
    pub(crate) exchanges: VecDeque<Exchange>,
    pub(crate) notice: Option<String>,
}

/// An app and the state of its connection to the service.
pub(crate) struct AppState {
    pub(crate) app: App,
    pub(crate) assigned: BTreeSet<String>,
    pub(crate) scim: Option<ScimSettings>,
    pub(crate) tokens: Option<Tokens>,
    /// Person id → the user in the service.
    pub(crate) people: BTreeMap<String, LinkedPerson>,
    /// Group id → the group in the service.
    pub(crate) groups: BTreeMap<String, LinkedGroup>,
    pub(crate) roles: Vec<Role>,
    pub(crate) imported: Vec<Value>,
    pub(crate) logout_endpoint: Option<String>,
    /// Set when the sign-on method is SAML 2.0 and not OpenID Connect.
    pub(crate) saml: Option<SamlState>,
}

/// A person in a service.
#[derive(Clone)]
pub(crate) struct LinkedPerson {
    pub(crate) id: String,
    /// The profile as last pushed, to find what changed.
    pub(crate) profile: Map<String, Value>,
}

/// A pushed group in a service.
#[derive(Clone)]
pub(crate) struct LinkedGroup {
    pub(crate) id: String,
    /// Service ids of the members as last pushed.
    pub(crate) members: BTreeSet<String>,
}

impl Org {
    pub(crate) fn now(&self) -> i64 {
        clock::seconds().saturating_add(self.clock_shift)
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_milliseconds(&self) -> i64 {
        clock::milliseconds().saturating_add(self.clock_shift.saturating_mul(1000))
    }

    /// Removes and returns the next fault, if it is one of these.
    pub(crate) fn misbehavior_of(&mut self, places: &[Misbehavior]) -> Option<Misbehavior> {
        self.misbehavior.take_if(|misbehavior| places.contains(misbehavior))
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    pub(crate) fn person_mut(&mut self, id: &str) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.id == id)
    }

    pub(crate) fn group_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.id == id)
    }

    pub(crate) fn app(&self, client_id: &str) -> Option<&AppState> {
        self.apps.iter().find(|state| state.app.client_id == client_id)
    }

    /// The app, if its sign-on method is OpenID Connect.
    pub(crate) fn openid_app(&self, client_id: &str) -> Option<&AppState> {
        self.app(client_id).filter(|state| state.saml.is_none())
    }

    pub(crate) fn app_mut(&mut self, client_id: &str) -> Option<&mut AppState> {
        self.apps.iter_mut().find(|state| state.app.client_id == client_id)
    }

    pub(crate) fn group_names(&self, person: &str) -> Vec<String> {
        let mine = self.groups.iter().filter(|group| group.members.iter().any(|member| member == person));
        mine.map(|group| group.name.clone()).collect()
    }

    /// Signs the person out of the org itself.
    pub(crate) fn end_sessions(&mut self, person: &str) {
        self.sessions.retain(|_, session| session.person != person);
    }

    pub(crate) fn record(&mut self, exchange: Exchange) {
        if self.exchanges.len() >= EXCHANGES_KEPT {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(exchange);
    }
}
