//! What a file may say: the kinds of things, and the keys of each. Reading, writing and comparing follow these tables.

use vestibule_core::sets::{
    Algorithm, ClientAuth, ClientKind, DpopMode, OktaAppKind, ProviderAuth, ProviderKind, SamlBinding,
    UidField, Unsolicited,
};

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// `deployment.toml`: what belongs to all workspaces.
    Deployment,
    /// `workspaces/*.toml`: one workspace.
    Workspace,
}

/// A kind of thing. The order is that of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The workspace itself: the keys at the top of its file.
    Workspace,
    /// An email domain of the workspace, an element of `domains`.
    Domain,
    /// A custom attribute of users.
    Attribute,
    /// A role.
    Role,
    /// An entitlement.
    Entitlement,
    /// A mapping of groups to roles and entitlements.
    Mapping,
    /// An OpenID Connect connection.
    OidcConnection,
    /// A SAML connection.
    SamlConnection,
    /// A resource that tokens may be for.
    Resource,
    /// An OAuth client.
    Client,
    /// A webhook.
    Webhook,
}

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text without a space at its ends.
    Text,
    /// Any text.
    Prose,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Number,
    /// A whole number, or this word in its place.
    NumberOr(&'static str),
    /// A list of texts, of which the order does not matter.
    Texts,
    /// A reference to a secret.
    Secret,
    /// A list of scopes, each with a description.
    Scopes,
}

/// A key of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// The shape of its value.
    pub shape: Shape,
    /// Whether it can't be changed after the thing is created.
    pub is_fixed: bool,
    /// Whether a new thing must have it.
    pub is_needed: bool,
}

impl Field {
    const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, is_fixed: false, is_needed: false }
    }

    const fn fixed(self) -> Self {
        Self { is_fixed: true, ..self }
    }

    const fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }
}

const fn text(name: &'static str) -> Field {
    Field::new(name, Shape::Text)
}

const fn texts(name: &'static str) -> Field {
    Field::new(name, Shape::Texts)
}

const fn switch(name: &'static str) -> Field {
    Field::new(name, Shape::Switch)
}

const fn choice(name: &'static str, all: &'static [&'static str]) -> Field {
    Field::new(name, Shape::Choice(all))
}

const WORKSPACE: &[Field] = &[
    text("id").needed(),
    text("name").needed(),
    text("default_role"),
    texts("without_roles"),
    switch("allow_basic"),
    switch("park_members"),
    Field::new("session_hours", Shape::NumberOr("default")),
    Field::new("idle_minutes", Shape::NumberOr("default")),
    Field::new("max_age_seconds", Shape::NumberOr("none")),
    texts("allowed_origins"),
    texts("sign_in_domains"),
    Field::new("brake_percent", Shape::Number),
    Field::new("brake_least", Shape::Number),
    choice("okta_app", &OktaAppKind::TEXTS),
];

const DOMAIN: &[Field] = &[text("domain").needed()];

const ATTRIBUTE: &[Field] = &[
    text("schema").needed(),
    text("name").needed(),
    text("type").fixed().needed(),
    switch("multi_valued").fixed(),
    switch("case_exact").fixed(),
    Field::new("description", Shape::Prose).fixed(),
];

const ROLE: &[Field] =
    &[text("id").needed(), text("name").needed(), Field::new("description", Shape::Prose), switch("by_okta")];

const ENTITLEMENT: &[Field] =
    &[text("id").needed(), text("name").needed(), Field::new("description", Shape::Prose)];

const MAPPING: &[Field] = &[text("group").needed(), texts("roles"), texts("entitlements")];

const OIDC: &[Field] = &[
    text("id"),
    text("name").needed(),
    choice("provider", &ProviderKind::TEXTS),
    text("issuer").needed(),
    text("client_id").needed(),
    Field::new("client_secret", Shape::Secret),
    choice("auth_method", &ProviderAuth::TEXTS),
    switch("dpop"),
    text("groups_claim"),
    switch("cross_app"),
    switch("enabled"),
    switch("jit"),
    switch("default"),
    texts("domains"),
];

const SAML: &[Field] = &[
    text("id"),
    text("name").needed(),
    text("issuer").needed(),
    text("sso_url").needed(),
    choice("sso_binding", &SamlBinding::TEXTS),
    text("slo_url"),
    choice("slo_binding", &SamlBinding::TEXTS),
    text("slo_response_url"),
    texts("certificates").needed(),
    text("metadata_url"),
    switch("trusts_metadata"),
    text("entity_id"),
    switch("signs_requests"),
    choice("unsolicited", &Unsolicited::TEXTS),
    text("user_name_attribute"),
    text("email_attribute"),
    text("name_attribute"),
    text("given_name_attribute"),
    text("family_name_attribute"),
    text("groups_attribute"),
    text("roles_attribute"),
    text("uid_attribute"),
    choice("uid_is", &UID_FIELDS),
    text("uid_custom_attribute"),
    text("okta_org"),
    text("app_instance_id"),
    switch("enabled"),
    switch("jit"),
    switch("default"),
    texts("domains"),
];

/// An empty text means that the connection names no field.
const UID_FIELDS: [&str; 4] = {
    let [external_id, user_name, custom] = UidField::TEXTS;
    ["", external_id, user_name, custom]
};

const RESOURCE: &[Field] = &[
    text("uri").needed(),
    text("name").needed(),
    Field::new("scopes", Shape::Scopes).needed(),
    texts("roles"),
];

const CLIENT: &[Field] = &[
    text("id"),
    text("name").needed(),
    choice("kind", &ClientKind::TEXTS).fixed().needed(),
    choice("auth_method", &ClientAuth::TEXTS).fixed(),
    Field::new("client_secret", Shape::Secret),
    Field::new("jwks", Shape::Prose),
    texts("redirect_uris"),
    texts("post_logout_redirect_uris"),
    text("backchannel_logout_uri"),
    texts("scopes"),
    Field::new("jwt_access_tokens", Shape::NumberOr("off")),
    choice("id_token_alg", &Algorithm::TEXTS),
    switch("require_pkce"),
    Field::new("default_max_age", Shape::NumberOr("none")),
    switch("require_auth_time"),
    switch("cross_app"),
    switch("token_exchange"),
    texts("serves"),
    choice("dpop", &DpopMode::TEXTS),
];

const WEBHOOK: &[Field] = &[
    text("id"),
    text("url").needed(),
    Field::new("secret", Shape::Secret),
    texts("kinds"),
    switch("enabled"),
];

impl Kind {
    /// All kinds, in the order of a file.
    pub const ALL: [Self; 11] = [
        Self::Workspace,
        Self::Domain,
        Self::Attribute,
        Self::Role,
        Self::Entitlement,
        Self::Mapping,
        Self::OidcConnection,
        Self::SamlConnection,
        Self::Resource,
        Self::Client,
        Self::Webhook,
    ];

    /// Its name in a file and in output: the array of tables it is in.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Domain => "domain",
            Self::Attribute => "attribute",
            Self::Role => "role",
            Self::Entitlement => "entitlement",
            Self::Mapping => "mapping",
            Self::OidcConnection => "oidc_connection",
            Self::SamlConnection => "saml_connection",
            Self::Resource => "resource",
            Self::Client => "client",
            Self::Webhook => "webhook",
        }
    }

    /// Its keys, in the order of a file.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Workspace => WORKSPACE,
            Self::Domain => DOMAIN,
            Self::Attribute => ATTRIBUTE,
            Self::Role => ROLE,
            Self::Entitlement => ENTITLEMENT,
            Self::Mapping => MAPPING,
            Self::OidcConnection => OIDC,
            Self::SamlConnection => SAML,
            Self::Resource => RESOURCE,
            Self::Client => CLIENT,
            Self::Webhook => WEBHOOK,
        }
    }

    /// The keys that name a thing within its file.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Workspace | Self::Role | Self::Entitlement => &["id"],
            Self::Domain => &["domain"],
            Self::Attribute => &["schema", "name"],
            Self::Mapping => &["group"],
            Self::OidcConnection | Self::SamlConnection | Self::Client => &["name"],
            Self::Resource => &["uri"],
            Self::Webhook => &["url"],
        }
    }

    /// Whether things also have an `id`, which identifies them before their name does.
    pub fn has_id(self) -> bool {
        matches!(self, Self::OidcConnection | Self::SamlConnection | Self::Client | Self::Webhook)
    }

    /// Whether letter case does not matter in names.
    pub(super) fn is_folded(self) -> bool {
        matches!(self, Self::Attribute | Self::Mapping)
    }

    /// Whether it is a connection, of either protocol.
    pub(super) fn is_connection(self) -> bool {
        matches!(self, Self::OidcConnection | Self::SamlConnection)
    }

    /// Whether files about this area may have it in an array of tables.
    pub(super) fn is_table_of(self, area: Area) -> bool {
        match area {
            Area::Workspace => !matches!(self, Self::Workspace | Self::Domain),
            Area::Deployment => matches!(self, Self::Resource | Self::Client | Self::Webhook),
        }
    }
}
