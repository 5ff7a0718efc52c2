//! The parameters of a list as they were sent: in a query, or in the body of a search (RFC 7644 §3.4.3).

use actix_web::HttpRequest;
use serde_json::{Map, Value};
use vestibule_scim_engine::{
    document::{check_schemas, member, parse_attribute_list},
    error::{Rejection, ScimType},
    filter::{self, Filter, Literal, Op},
    schema::ResourceKind,
};
use vestibule_web::http::input::Parameters;

use super::{Projection, invalid};
use crate::http::answer::ScimError;

const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What was sent, unread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub filter: Option<String>,
    pub sort_by: Option<String>,
    pub sort_order: Option<String>,
    pub cursor: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded: Option<String>,
}

impl Asked {
    /// In the request's query.
    ///
    /// # Errors
    /// A parameter stands twice.
    pub(crate) fn of_query(req: &HttpRequest) -> Result<Self, ScimError> {
        let parameters = Parameters::of_query(req)?;
        let text = |name: &str| parameters.get(name).map(str::to_owned);
        Ok(Self {
            filter: raw(req.query_string(), "filter"),
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

    /// In the body of a search.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn of_body(body: &Value) -> Result<Self, Rejection> {
        let Some(body) = body.as_object() else {
            return Err(Rejection::syntax("a search is a JSON object"));
        };
        check_schemas(body, SEARCH_URN)?;
        Ok(Self {
            filter: text(body, "filter")?,
            sort_by: text(body, "sortBy")?.filter(|name| !name.is_empty()),
            sort_order: text(body, "sortOrder")?.filter(|order| !order.is_empty()),
            cursor: text(body, "cursor")?,
            start_index: text(body, "startIndex")?,
            count: text(body, "count")?,
            attributes: list(body, "attributes")?,
            excluded: list(body, "excludedAttributes")?,
        })
    }

    /// Whether it looks one user up by what has an index and names one: Okta's question before everything it does.
    pub(crate) fn is_lookup(&self) -> bool {
        // `externalId eq null` looks for everybody without one.
        let Some(Ok(Filter::Compare { attr, op: Op::Eq, value: Literal::String(_) })) =
            self.filter.as_deref().map(filter::parse)
        else {
            return false;
        };
        let named = |name: &str| attr.attr.eq_ignore_ascii_case(name) && attr.sub.is_none();
        self.sort_by.is_none() && ["userName", "externalId", "id"].into_iter().any(named)
    }

    pub(crate) fn start_index(&self) -> Result<Option<i64>, Rejection> {
        number("startIndex", self.start_index.as_deref(), ScimType::InvalidValue)
    }

    pub(crate) fn count(&self) -> Result<Option<i64>, Rejection> {
        // RFC 9865 §2.1
        let refused = if self.cursor.is_some() { ScimType::InvalidCount } else { ScimType::InvalidValue };
        number("count", self.count.as_deref(), refused)
    }

    pub(crate) fn projection(&self) -> Result<Projection, Rejection> {
        let list = |names: &Option<String>| names.as_deref().map(parse_attribute_list).transpose();
        let projection = Projection { attributes: list(&self.attributes)?, excluded: list(&self.excluded)? };
        if projection.attributes.is_some() && projection.excluded.is_some() {
            // RFC 7644 §3.9: one or the other.
            return Err(invalid("attributes and excludedAttributes cannot both be given"));
        }
        Ok(projection)
    }

    /// What a cursor belongs to: everything that decides who is in the list and in which order.
    pub(super) fn question(&self, workspace_id: &str, kind: ResourceKind) -> String {
        let Self { filter, sort_by, sort_order, .. } = self;
        format!("scim cursor {workspace_id} {} {filter:?} {sort_by:?} {sort_order:?}", kind.name())
    }
}

/// A parameter of a query, empty ones too. An empty filter is one that can't be read, not the absence of one: it must
/// never mean everyone.
///
/// Every filter holds a blank. A client that writes it as `%20` (Okta does) means a plus sign by `+`, as RFC 3986 has it:
/// `ada+test@acme.example` must be found. One that writes it as `+` is decoded like a form.
fn raw(query: &str, wanted: &str) -> Option<String> {
    let decoded = |pair: &str| {
        let (name, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
        name.eq_ignore_ascii_case(wanted).then(|| value.into_owned())
    };
    let pair = query.split('&').find(|pair| decoded(pair).is_some())?;
    if pair.contains("%20") { decoded(&pair.replace('+', "%2B")) } else { decoded(pair) }
}

fn given<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    member(body, name).filter(|value| !value.is_null())
}

fn text(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match given(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(invalid(&format!("{name} can't be that"))),
    }
}

fn list(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match given(body, name) {
        None => Ok(None),
        Some(Value::String(names)) => Ok(Some(names.clone())),
        Some(Value::Array(names)) => {
            let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
            Ok(Some(names.ok_or_else(|| invalid(&format!("{name} is a list of names")))?.join(",")))
        }
        Some(_) => Err(invalid(&format!("{name} is a list of names"))),
    }
}

fn number(name: &str, text: Option<&str>, refused: ScimType) -> Result<Option<i64>, Rejection> {
    match text.map(str::parse::<i64>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(Rejection::new(refused, format!("{name} must be a whole number"))),
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
        let is_lookup =
            |filter: &str| Asked { filter: Some(filter.to_owned()), ..Asked::default() }.is_lookup();
        assert!(is_lookup("userName eq \"ada\"") && is_lookup("ID eq \"x\""));
        for filter in ["externalId eq null", "userName sw \"a\"", "title eq \"x\"", "userName eq"] {
            assert!(!is_lookup(filter), "{filter}");
        }
    }

    #[test]
    fn a_search_is_read_in_any_letter_case_and_refused_by_name() {
        let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let schemas = format!("\"schemas\":[\"{SEARCH_URN}\"]");
        let asked = Asked::of_body(&body(&format!(
            "{{{schemas},\"Filter\":\"userName pr\",\"startIndex\":3,\"count\":\"2\",\"attributes\":[\"userName\",\"name\"]}}"
        )))
        .unwrap();
        assert_eq!(asked.filter.as_deref(), Some("userName pr"));
        assert_eq!((asked.start_index().unwrap(), asked.count().unwrap()), (Some(3), Some(2)));
        assert_eq!(asked.projection().unwrap().attributes.unwrap().len(), 2);
        for refused in ["{}".to_owned(), "[]".to_owned(), format!("{{{schemas},\"filter\":[]}}")] {
            assert!(Asked::of_body(&body(&refused)).is_err(), "{refused}");
        }
    }
}
