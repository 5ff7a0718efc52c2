//! JSON in Text columns. Reading a text that is no JSON of the expected shape is an error ([`Error::Corrupt`]), never an empty
//! value: otherwise a change would overwrite a document that can't be read.

use std::{fmt, marker::PhantomData};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::Text,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result};

/// A JSON document of this shape. It stays text, byte for byte, until it is read: most requests load rows whose documents they
/// don't need.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T> {
    text: String,
    shape: PhantomData<fn() -> T>,
}

impl<T: Into<Value>> Json<T> {
    /// A document with this content.
    pub fn new(content: T) -> Self {
        Self::from_text(content.into().to_string())
    }
}

impl<T> Json<T> {
    /// Whether there is no document yet: the column is filled in later.
    pub fn is_missing(&self) -> bool {
        self.text.is_empty()
    }

    /// The text as stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// No document yet.
    pub fn missing() -> Self {
        Self::from_text(String::new())
    }

    /// The document with this text, which is checked when it is read.
    pub fn from_text(text: String) -> Self {
        Self { text, shape: PhantomData }
    }
}

impl<T: DeserializeOwned> Json<T> {
    /// The content. `column` is `table.column`, `row` the key of the row: the error names both.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the text is no JSON of this shape.
    pub(crate) fn read(&self, column: &'static str, row: &[&str]) -> Result<T> {
        serde_json::from_str(&self.text).map_err(|error| Error::corrupt(column, row, error))
    }
}

// Not derived, because derived impls would require these traits of the shape.
impl<T> Clone for Json<T> {
    fn clone(&self) -> Self {
        Self::from_text(self.text.clone())
    }
}

impl<T> PartialEq for Json<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Json<T> {}

impl<T> fmt::Debug for Json<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl<T, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(value).map(Self::from_text)
    }
}

impl<T, DB: Backend> ToSql<Text, DB> for Json<T>
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(&self.text, out)
    }
}

/// A short JSON array of texts. It is parsed when its row is loaded, and loading fails if it is corrupt.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct JsonList {
    text: String,
    texts: Vec<String>,
}

impl JsonList {
    /// The texts.
    pub fn as_slice(&self) -> &[String] {
        &self.texts
    }

    /// The array as stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<&[String]> for JsonList {
    fn from(texts: &[String]) -> Self {
        Self { text: Value::from(texts).to_string(), texts: texts.to_vec() }
    }
}

impl<DB: Backend> FromSql<Text, DB> for JsonList
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(value)?;
        let texts = serde_json::from_str(&text)?;
        Ok(Self { text, texts })
    }
}

impl<DB: Backend> ToSql<Text, DB> for JsonList
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(&self.text, out)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn a_document_stays_as_it_is_written() {
        let text = r#"{"b": 1,"a":[ ]}"#;
        let document = Json::<Map<String, Value>>::from_text(text.to_owned());
        assert_eq!(document.as_str(), text);
        assert_eq!(Value::Object(document.read("t.c", &["w"]).unwrap()), json!({ "b": 1, "a": [] }));
    }

    #[test]
    fn what_can_not_be_read_names_its_row() {
        for text in ["", "not even JSON", "[]", "1"] {
            let document = Json::<Map<String, Value>>::from_text(text.to_owned());
            let error = document.read("users.attributes", &["w", "u"]).unwrap_err();
            assert!(matches!(error, Error::Corrupt(_)), "{text}");
            assert!(error.to_string().starts_with("users.attributes of row w/u is corrupt: "), "{error}");
            assert!(error.source().is_some());
        }
    }
}
