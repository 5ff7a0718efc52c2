//! OAuth clients and their secrets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::{
    sets::{ClientKind, DpopMode},
    time::rfc3339,
};
use vestibule_store::oauth::{client_secrets, clients};

use crate::http::input::present;
use crate::types::{page::Item, parts};

/// A client to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    #[schema(schema_with = parts::client_kind)]
    pub kind: ClientKind,
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    #[serde(default)]
    #[schema(schema_with = parts::redirect_uris)]
    pub redirect_uris: Vec<String>,
    /// Where browsers may go after signing out
    #[serde(default)]
    #[schema(schema_with = parts::redirect_uris)]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(default)]
    #[schema(schema_with = parts::client_scopes)]
    pub scopes: Vec<String>,
    #[schema(schema_with = parts::jwt_seconds)]
    pub jwt_access_tokens: Option<i64>,
    #[schema(schema_with = parts::algorithm)]
    pub id_token_alg: Option<String>,
    #[schema(max_length = 2000)]
    pub backchannel_logout_uri: Option<String>,
    /// Must use PKCE although it is confidential
    #[serde(default)]
    #[schema(default = false)]
    pub requires_pkce: bool,
    #[schema(schema_with = parts::default_max_age)]
    pub default_max_age: Option<i64>,
    /// Its ID tokens must have `auth_time`
    #[serde(default)]
    #[schema(default = false)]
    pub requires_auth_time: bool,
}

/// What to change in a client. A member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientChange {
    #[schema(min_length = 1, max_length = 256)]
    pub name: Option<String>,
    /// These replace all; a code that was sent to a removed one is refused
    pub redirect_uris: Option<Vec<String>>,
    /// Where browsers may go after signing out; these replace all
    pub post_logout_redirect_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(schema_with = parts::jwt_seconds)]
    pub jwt_access_tokens: Option<Option<i64>>,
    #[schema(schema_with = parts::algorithm)]
    pub id_token_alg: Option<String>,
    #[schema(max_length = 2000)]
    pub backchannel_logout_uri: Option<String>,
    #[schema(schema_with = parts::client_scopes)]
    pub scopes: Option<Vec<String>>,
    /// May act for people by an assertion of their provider (Cross App Access)
    pub cross_app: Option<bool>,
    /// Must use PKCE although it is confidential
    pub requires_pkce: Option<bool>,
    /// May exchange access tokens of people (RFC 8693)
    pub token_exchange: Option<bool>,
    /// URIs of the registered resources that it serves: it may exchange tokens that are for one of them
    pub serves: Option<Vec<String>>,
    /// Whether its tokens are bound to a key (RFC 9449)
    #[schema(schema_with = parts::dpop_or_null)]
    pub dpop: Option<DpopMode>,
    #[serde(default, deserialize_with = "present")]
    #[schema(schema_with = parts::default_max_age)]
    pub default_max_age: Option<Option<i64>>,
    /// Its ID tokens must have `auth_time`
    pub requires_auth_time: Option<bool>,
}

/// A client.
#[derive(Serialize, ToSchema)]
pub struct Client {
    pub client_id: String,
    #[schema(value_type = String)]
    pub kind: ClientKind,
    pub name: String,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub scopes: Vec<String>,
    #[schema(required)]
    pub jwt_access_tokens: Option<i64>,
    pub id_token_alg: String,
    pub backchannel_logout_uri: String,
    pub cross_app: bool,
    pub requires_pkce: bool,
    pub token_exchange: bool,
    pub serves: Vec<String>,
    #[schema(schema_with = parts::dpop)]
    pub dpop: DpopMode,
    #[schema(required)]
    pub default_max_age: Option<i64>,
    pub requires_auth_time: bool,
    /// The client's own metadata says that it implements Cross App Access
    pub supports_cross_app: bool,
    #[schema(inline)]
    pub secrets: Vec<ClientSecret>,
    #[schema(format = "date-time")]
    pub created_at: String,
}

impl Item for Client {
    const LIST: &'static str = "Clients";
}

/// A client that was just registered, and its secret. The secret is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewlyMadeClient {
    #[serde(flatten)]
    pub client: Client,
    pub client_secret: String,
}

/// A secret of a client, without its text.
#[derive(Serialize, ToSchema)]
pub struct ClientSecret {
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(required, format = "date-time")]
    pub last_used_at: Option<String>,
}

/// A secret that was just issued. Its text is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewSecret {
    #[schema(format = "uuid")]
    pub id: String,
    pub client_secret: String,
    #[schema(format = "date-time")]
    pub created_at: String,
}

impl Client {
    /// A client with its secrets.
    ///
    /// # Errors
    /// [`vestibule_store::Error::Corrupt`].
    pub(crate) fn new(
        client: &clients::Client,
        secrets: Vec<client_secrets::ClientSecret>,
    ) -> vestibule_store::Result<Self> {
        Ok(Self {
            client_id: client.client_id.to_string(),
            kind: client.kind,
            name: client.name.clone(),
            redirect_uris: client.redirect_uris(),
            post_logout_redirect_uris: client.post_logout_redirect_uris(),
            scopes: client.scope.split_whitespace().map(str::to_owned).collect(),
            jwt_access_tokens: client.jwt_seconds,
            id_token_alg: client.id_token_alg.to_string(),
            backchannel_logout_uri: client.backchannel_logout_uri.clone(),
            cross_app: client.cross_app,
            requires_pkce: client.requires_pkce,
            token_exchange: client.token_exchange,
            serves: client.serves.as_slice().to_vec(),
            dpop: client.dpop,
            default_max_age: client.default_max_age,
            requires_auth_time: client.requires_auth_time,
            supports_cross_app: client.supports_cross_app()?,
            secrets: secrets.into_iter().map(Into::into).collect(),
            created_at: rfc3339(client.created_at),
        })
    }
}

impl From<client_secrets::ClientSecret> for ClientSecret {
    fn from(row: client_secrets::ClientSecret) -> Self {
        Self {
            id: row.secret_id,
            created_at: rfc3339(row.created_at),
            last_used_at: row.last_used_at.map(rfc3339),
        }
    }
}
