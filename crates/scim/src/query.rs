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
fn filter_of(req: &HttpRequest) -> Option<String> {
    url_pairs(req.query_string()).find(|(name, _)| name == "filter").map(|(_, value)| value)
}

fn url_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned()))
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
