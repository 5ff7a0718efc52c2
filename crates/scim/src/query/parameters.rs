//! The parameters of a list or a read, from the query of a request or from the body of a search (RFC 7644 §3.4.2,
//! §3.4.3, §3.9).

use std::cell::OnceCell;

use actix_web::HttpRequest;
use serde_json::{Map, Value};
use vestibule_core::ids::WorkspaceId;
use vestibule_scim_engine::{
    document::parse_attribute_list,
    error::{Rejection, ScimType},
    filter::{self, Filter, Literal, Op},
    json::{check_schemas, member},
    schema::ResourceKind,
};
use vestibule_web::http::input::Parameters;

use crate::{http::error::ScimError, query::projection::Projection};

const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Parameters as they were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListParameters {
    pub filter: Option<SentFilter>,
    pub sort_by: Option<String>,
    pub sort_order: Option<String>,
    pub cursor: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded: Option<String>,
}

/// A filter that is parsed when it is first needed, and then once.
#[derive(Debug, Clone)]
pub(crate) struct SentFilter {
    pub text: String,
    parsed: OnceCell<Result<Filter, Rejection>>,
}

impl From<String> for SentFilter {
    fn from(text: String) -> Self {
        Self { text, parsed: OnceCell::new() }
    }
}

impl SentFilter {
    /// The parsed filter, or why it could not be parsed. Only authenticated callers may get the error.
    pub(crate) fn parsed(&self) -> &Result<Filter, Rejection> {
        self.parsed.get_or_init(|| filter::parse(&self.text))
    }
}

impl ListParameters {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// 400 for a parameter that is sent twice.
    pub(crate) fn of_query(req: &HttpRequest) -> Result<Self, ScimError> {
        let parameters = Parameters::of_query(req)?;
        let text = |name: &str| parameters.get(name).map(str::to_owned);
        Ok(Self {
            filter: raw(req.query_string(), "filter").map(SentFilter::from),
            sort_by: text("sortBy"),
            sort_order: text("sortOrder"),
            // RFC 9865 §2: an empty cursor asks for the first page.
            cursor: raw(req.query_string(), "cursor"),
            start_index: text("startIndex"),
            count: text("count"),
            attributes: text("attributes"),
            excluded: text("excludedAttributes"),
        })
    }

    /// Reads the body of a search.
    ///
    /// # Errors
    /// `invalidSyntax` for a body that is no search, `invalidValue` for a parameter of the wrong type.
    pub(crate) fn of_body(body: &Value) -> Result<Self, Rejection> {
        let Some(body) = body.as_object() else {
            return Err(Rejection::syntax("a search is a JSON object"));
        };
        check_schemas(body, SEARCH_URN)?;
        Ok(Self {
            filter: text(body, "filter")?.map(SentFilter::from),
            sort_by: text(body, "sortBy")?.filter(|name| !name.is_empty()),
            sort_order: text(body, "sortOrder")?.filter(|order| !order.is_empty()),
            cursor: text(body, "cursor")?,
            start_index: text(body, "startIndex")?,
            count: text(body, "count")?,
            attributes: list(body, "attributes")?,
            excluded: list(body, "excludedAttributes")?,
        })
    }

    /// Whether it asks for one user by an indexed attribute, as Okta does before each change.
    pub(crate) fn is_lookup(&self) -> bool {
        // `externalId eq null` matches every user without one.
        let Some(Ok(Filter::Compare { attr, op: Op::Eq, value: Literal::String(_) })) =
            self.filter.as_ref().map(SentFilter::parsed)
        else {
            return false;
        };
        let is_named = |name: &str| attr.attr.eq_ignore_ascii_case(name) && attr.sub.is_none();
        self.sort_by.is_none() && ["userName", "externalId", "id"].into_iter().any(is_named)
    }

    /// The parsed filter; none if none was sent.
    ///
    /// # Errors
    /// `invalidFilter`.
    pub(crate) fn parsed_filter(&self) -> Result<Option<&Filter>, Rejection> {
        self.filter.as_ref().map(|sent| sent.parsed().as_ref().map_err(Clone::clone)).transpose()
    }

    /// `startIndex`; none if it was not sent.
    ///
    /// # Errors
    /// `invalidValue`.
    pub(crate) fn start_index(&self) -> Result<Option<i64>, Rejection> {
        number("startIndex", self.start_index.as_deref(), ScimType::InvalidValue)
    }

    /// `count`; none if it was not sent.
    ///
    /// # Errors
    /// `invalidCount` with a cursor, otherwise `invalidValue`.
    pub(crate) fn count(&self) -> Result<Option<i64>, Rejection> {
        // RFC 9865 §2.1
        let scim_type = if self.cursor.is_some() { ScimType::InvalidCount } else { ScimType::InvalidValue };
        number("count", self.count.as_deref(), scim_type)
    }

    /// The selection of attributes.
    ///
    /// # Errors
    /// `invalidValue`.
    pub(crate) fn projection(&self) -> Result<Projection, Rejection> {
        let list = |names: &Option<String>| names.as_deref().map(parse_attribute_list).transpose();
        let projection = Projection { attributes: list(&self.attributes)?, excluded: list(&self.excluded)? };
        if projection.attributes.is_some() && projection.excluded.is_some() {
            // RFC 7644 §3.9: one or the other.
            return Err(Rejection::value("attributes and excludedAttributes cannot both be given"));
        }
        Ok(projection)
    }

    /// The text that cursors of this list are sealed for: everything that decides its resources and their order.
    pub(super) fn cursor_context(&self, workspace_id: &WorkspaceId, kind: ResourceKind) -> String {
        let Self { sort_by, sort_order, .. } = self;
        let filter = self.filter.as_ref().map(|sent| &sent.text);
        format!("scim cursor {workspace_id} {} {filter:?} {sort_by:?} {sort_order:?}", kind.name())
    }
}

/// A parameter of a query, even if it is empty: an empty filter must be refused, never match everyone.
///
/// Every filter contains a space. A client that writes it as `%20`, as Okta does, writes a plus sign as `+` (RFC 3986),
/// so that `ada+test@acme.example` is found. A client that writes it as `+` is decoded like a form.
fn raw(query: &str, parameter: &str) -> Option<String> {
    let decoded = |pair: &str| {
        let (name, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
        name.eq_ignore_ascii_case(parameter).then(|| value.into_owned())
    };
    let pair = query.split('&').find(|pair| decoded(pair).is_some())?;
    if pair.contains("%20") { decoded(&pair.replace('+', "%2B")) } else { decoded(pair) }
}

/// A member of the body that is not null.
fn present<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    member(body, name).filter(|value| !value.is_null())
}

fn text(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match present(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(Rejection::value(format!("{name} must be a text or a number"))),
    }
}

fn list(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match present(body, name) {
        None => Ok(None),
        Some(Value::String(names)) => Ok(Some(names.clone())),
        Some(Value::Array(names)) => {
            let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
            Ok(Some(names.ok_or_else(|| Rejection::value(format!("{name} is a list of names")))?.join(",")))
        }
        Some(_) => Err(Rejection::value(format!("{name} is a list of names"))),
    }
}

fn number(name: &str, text: Option<&str>, scim_type: ScimType) -> Result<Option<i64>, Rejection> {
    match text.map(str::parse::<i64>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(Rejection::new(scim_type, format!("{name} must be a whole number"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_sign_is_one_where_blanks_are_written_otherwise() {
        let read = |query| raw(query, "filter").unwrap();
        assert_eq!(read("count=1&filter=userName%20eq%20%22a+b@c%22"), "userName eq \"a+b@c\"");
        assert_eq!(read("filter=userName+eq+%22a%2Bb@c%22&count=1"), "userName eq \"a+b@c\"");
        assert_eq!(read("Filter=x"), "x", "never everyone for a capital letter");
        assert_eq!(read("%66ilter=userName%20pr"), "userName pr");
        assert_eq!((read("filter"), read("filter=")), (String::new(), String::new()));
        assert_eq!(raw("nofilter=x&count=1", "filter"), None);
    }

    #[test]
    fn a_lookup_names_one_person() {
        let is_lookup = |filter: &str| {
            ListParameters { filter: Some(filter.to_owned().into()), ..Default::default() }.is_lookup()
        };
        assert!(is_lookup("userName eq \"ada\"") && is_lookup("ID eq \"x\""));
        for filter in ["externalId eq null", "userName sw \"a\"", "title eq \"x\"", "userName eq"] {
            assert!(!is_lookup(filter), "{filter}");
        }
    }

    #[test]
    fn a_search_is_read_in_any_letter_case_and_refused_by_name() {
        let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let schemas = format!("\"schemas\":[\"{SEARCH_URN}\"]");
        let parameters = ListParameters::of_body(&body(&format!(
            "{{{schemas},\"Filter\":\"userName pr\",\"startIndex\":3,\"count\":\"2\",\"attributes\":[\"userName\",\"name\"]}}"
        )))
        .unwrap();
        assert_eq!(parameters.filter.as_ref().map(|sent| sent.text.as_str()), Some("userName pr"));
        assert_eq!((parameters.start_index().unwrap(), parameters.count().unwrap()), (Some(3), Some(2)));
        assert_eq!(parameters.projection().unwrap().attributes.unwrap().len(), 2);
        for refused in ["{}".to_owned(), "[]".to_owned(), format!("{{{schemas},\"filter\":[]}}")] {
            assert!(ListParameters::of_body(&body(&refused)).is_err(), "{refused}");
        }
    }
}
