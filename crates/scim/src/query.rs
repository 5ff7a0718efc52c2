//! The parameters of a list or a read (RFC 7644 §3.4.2, §3.9), checked before any SQL.

use actix_web::HttpRequest;
use vestibule_store::search::Condition;
use vestibule_web::input::Parameters;

use crate::{
    answer::ScimError,
    condition,
    document::parse_attribute_list,
    error::{Rejection, ScimType},
    filter,
    path::AttrPath,
    schema::Schema,
};

/// The page size when none is asked: Okta's own.
const DEFAULT_COUNT: i64 = 100;
/// The largest page: advertised as `filter.maxResults`.
pub(crate) const MAX_COUNT: i64 = 500;

/// Which attributes to answer with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection {
    pub attributes: Option<Vec<AttrPath>>,
    pub excluded: Option<Vec<AttrPath>>,
}

impl Projection {
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, Rejection> {
        let list = |name| parameters.get(name).map(parse_attribute_list).transpose();
        let projection = Self { attributes: list("attributes")?, excluded: list("excludedAttributes")? };
        if projection.attributes.is_some() && projection.excluded.is_some() {
            // RFC 7644 §3.9: one or the other.
            return Err(invalid("attributes and excludedAttributes cannot both be given"));
        }
        Ok(projection)
    }
}

/// A list request.
#[derive(Debug)]
pub(crate) struct List {
    pub condition: Condition,
    /// 1-based.
    pub start_index: i64,
    pub count: i64,
    pub projection: Projection,
}

impl List {
    pub(crate) fn read(req: &HttpRequest, schema: &Schema) -> Result<Self, ScimError> {
        let parameters = Parameters::of_query(req)?;
        let filter = filter_of(req);
        let condition = match filter {
            None => Condition::Always,
            Some(text) => {
                let filter = filter::parse(&text)?;
                filter::check(&filter, schema)?;
                condition::of(&filter, schema)?
            }
        };
        for name in ["sortBy", "sortOrder"] {
            if parameters.get(name).is_some() {
                return Err(
                    invalid(&format!("{name} is not supported; see sort in /ServiceProviderConfig")).into()
                );
            }
        }
        Ok(Self {
            condition,
            // RFC 7644 §3.4.2.4: less than 1 means 1; a negative count means 0.
            start_index: number(&parameters, "startIndex")?.unwrap_or(1).max(1),
            count: number(&parameters, "count")?.unwrap_or(DEFAULT_COUNT).clamp(0, MAX_COUNT),
            projection: Projection::read(&parameters)?,
        })
    }

    pub(crate) fn skip(&self) -> i64 {
        self.start_index - 1
    }
}

/// An empty filter is a filter that can't be read, not the absence of one: it must never mean everyone.
pub(crate) fn filter_of(req: &HttpRequest) -> Option<String> {
    filter_in(req.query_string())
}

/// Every filter holds a blank. A client that writes it as `%20` (Okta does) means a plus sign by `+`, as RFC 3986 has it:
/// `ada+test@acme.example` must be found. One that writes it as `+` is decoded like a form.
fn filter_in(query: &str) -> Option<String> {
    let decoded = |pair: &str| {
        let (name, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
        name.eq_ignore_ascii_case("filter").then(|| value.into_owned())
    };
    let pair = query.split('&').find(|pair| decoded(pair).is_some())?;
    if pair.contains("%20") { decoded(&pair.replace('+', "%2B")) } else { decoded(pair) }
}

fn number(parameters: &Parameters, name: &str) -> Result<Option<i64>, Rejection> {
    match parameters.get(name) {
        None => Ok(None),
        Some(text) => match text.parse::<i64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(invalid(&format!("{name} must be a whole number"))),
        },
    }
}

fn invalid(detail: &str) -> Rejection {
    Rejection::new(ScimType::InvalidValue, detail)
}

#[cfg(test)]
mod tests {
    use super::filter_in;

    #[test]
    fn a_plus_sign_is_one_where_blanks_are_written_otherwise() {
        let read = |query| filter_in(query).unwrap();
        assert_eq!(read("count=1&filter=userName%20eq%20%22a+b@c%22"), "userName eq \"a+b@c\"");
        assert_eq!(read("filter=userName+eq+%22a%2Bb@c%22&count=1"), "userName eq \"a+b@c\"");
        assert_eq!(read("Filter=x"), "x", "never everyone for a capital letter");
        assert_eq!(read("%66ilter=userName%20pr"), "userName pr");
        assert_eq!((read("filter"), read("filter=")), (String::new(), String::new()));
        assert_eq!(filter_in("nofilter=x&count=1"), None);
    }
}
