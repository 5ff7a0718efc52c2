//! The column with the public keys of a client. Keys are text until they are read; keys that can't be read are an error, never an
//! empty set.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::Text,
};
use serde_json::{Map, Value};

use super::client::is_address;
use crate::db::json::Json;

/// Public keys of a client for `private_key_jwt` (RFC 7591 §2).
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Jwks {
    /// None: the client authenticates otherwise. Stored as an empty text.
    None,
    /// The URL of a JSON Web Key Set (`jwks_uri`).
    Uri(String),
    /// A JSON Web Key Set (`jwks`, RFC 7517 §5).
    Set(Json<Map<String, Value>>),
}

impl Jwks {
    /// The text as stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "",
            Self::Uri(uri) => uri,
            Self::Set(set) => set.as_str(),
        }
    }
}

impl From<String> for Jwks {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" => Self::None,
            uri if is_address(uri) => Self::Uri(text),
            _ => Self::Set(Json::from_text(text)),
        }
    }
}

impl<DB: Backend> FromSql<Text, DB> for Jwks
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(value).map(Self::from)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Jwks
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(self.as_str(), out)
    }
}
