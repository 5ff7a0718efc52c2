//! The attributes a workspace declares for its users beside those of the RFC. From then on they are attributes like any
//! other: advertised, stored, filtered, patched. Declared by the operator; kept as JSON with the workspace.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use vestibule_core::time::Micros;
use vestibule_scim_engine::{
    error::Rejection,
    schema::{Attribute, DEFAULT_LENGTH, ResourceKind, Schema, Type, USER_URN},
};
use vestibule_store::{
    Conn, Error,
    people::users,
    search::{Condition, From, Key, Page, Place, Test},
    trail::events::kinds::AttributeData,
};

/// The most attributes a workspace may declare.
pub const MAX_CUSTOM: usize = 100;

/// A declared attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Custom {
    /// The URN of the schema it belongs to: the User's own, the enterprise extension's, or one of the workspace's.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The type of its values; never complex.
    pub kind: Type,
    /// Whether it holds several.
    pub multi_valued: bool,
    /// Whether letter case distinguishes them.
    pub case_exact: bool,
    /// What it means, for people.
    pub description: String,
}

impl Custom {
    /// As JSON, in the words of RFC 7643 §7.
    pub fn to_json(&self) -> Value {
        json!({
            "schema": self.schema,
            "name": self.name,
            "type": self.kind.as_str(),
            "multiValued": self.multi_valued,
            "caseExact": self.case_exact,
            "description": self.description,
        })
    }

    /// The attribute as events have it.
    pub fn event_data(&self) -> AttributeData<'_> {
        AttributeData {
            schema: &self.schema,
            name: &self.name,
            kind: self.kind.as_str(),
            multi_valued: self.multi_valued,
            case_exact: self.case_exact,
            description: &self.description,
        }
    }

    fn of_json(value: &Value) -> Result<Self, Rejection> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let truth = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or_default();
        Ok(Self {
            schema: text("schema"),
            name: text("name"),
            kind: kind_of(&text("type"))?,
            multi_valued: truth("multiValued"),
            case_exact: truth("caseExact"),
            description: text("description"),
        })
    }

    fn attribute(&self) -> Attribute {
        let mut attribute = Attribute::new(self.name.clone(), self.kind, self.description.clone());
        attribute.multi_valued = self.multi_valued;
        attribute.case_exact |= self.case_exact;
        attribute.max_length = attribute.max_length.min(DEFAULT_LENGTH);
        attribute
    }
}

/// The type of that name.
///
/// # Errors
/// `invalidValue` that lists those there are.
pub fn kind_of(name: &str) -> Result<Type, Rejection> {
    let simple = [
        Type::String,
        Type::Boolean,
        Type::Decimal,
        Type::Integer,
        Type::DateTime,
        Type::Reference,
        Type::Binary,
    ];
    simple.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
        let known: Vec<&str> = simple.iter().map(|kind| kind.as_str()).collect();
        Rejection::value(format!("the type is one of {}", known.join(", ")))
    })
}

/// What a workspace declared.
///
/// # Errors
/// What is stored can't be read.
pub fn parse(stored: &str) -> Result<Vec<Custom>, Rejection> {
    let stored: Value = serde_json::from_str(stored).map_err(|error| Rejection::value(error.to_string()))?;
    stored.as_array().into_iter().flatten().map(Custom::of_json).collect()
}

/// Declares one attribute more. A schema that is there already keeps its spelling, in which values are stored.
///
/// # Errors
/// A name or URN that can't be addressed or is taken; too many.
pub fn declare(declared: &mut Vec<Custom>, mut custom: Custom) -> Result<(), Rejection> {
    let schema = schema_with(declared)?;
    let core = std::iter::once(schema.core());
    let known = core.chain(schema.extensions()).find(|known| known.urn.eq_ignore_ascii_case(&custom.schema));
    if let Some(known) = known {
        custom.schema = known.urn.to_string();
    }
    declared.push(custom);
    schema_with(declared).map(drop)
}

/// What a user looks like in a workspace that declared this.
///
/// # Errors
/// A name or URN that can't be addressed or is taken; too many.
pub fn schema_with(declared: &[Custom]) -> Result<Schema, Rejection> {
    if declared.len() > MAX_CUSTOM {
        return Err(Rejection::value(format!("a workspace declares at most {MAX_CUSTOM} attributes")));
    }
    let mut schema = Schema::user().clone();
    for custom in declared {
        if is_reserved(&custom.schema) {
            let detail = format!("{} is the schema of something of its own, not of a user", custom.schema);
            return Err(Rejection::value(detail));
        }
        // `$ref` is the name of a part, never of an attribute.
        if !custom.name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            return Err(Rejection::value("the name of an attribute begins with a letter"));
        }
        schema = schema.with_attribute(&custom.schema, custom.attribute())?;
    }
    Ok(schema)
}

/// Whether the URN says what another kind of resource, or a message, is (RFC 7643 §10, RFC 7644 §8.2).
fn is_reserved(urn: &str) -> bool {
    let begins = |prefix: &str| urn.get(..prefix.len()).is_some_and(|part| part.eq_ignore_ascii_case(prefix));
    let of_other = |kind| Schema::of_kind(kind).core().urn.eq_ignore_ascii_case(urn);
    !urn.eq_ignore_ascii_case(USER_URN)
        && (begins("urn:ietf:params:scim:api:")
            || begins("urn:ietf:params:scim:schemas:core:")
            || ResourceKind::ALL.into_iter().any(of_other))
}

/// The same from what is stored; the common case costs nothing.
pub(crate) fn schema(stored: &str) -> Result<Cow<'static, Schema>, Rejection> {
    if stored == "[]" {
        return Ok(Cow::Borrowed(Schema::user()));
    }
    schema_with(&parse(stored)?).map(Cow::Owned)
}

/// Takes an attribute that is declared no longer away from every user who has it. Returns from how many.
pub fn forget(conn: &mut Conn, workspace_id: &str, gone: &Custom, now: Micros) -> Result<usize, Error> {
    let mut names = vec![gone.name.clone()];
    if !gone.schema.eq_ignore_ascii_case(USER_URN) {
        // In the spelling in which values are stored: all attributes of a schema are declared in the same.
        names.insert(0, gone.schema.clone());
    }
    let mut page = Page {
        condition: Condition::Is(Place::Document(names.clone()), Test::Present),
        sort: None,
        from: From::Skip(0),
        count: 500,
    };
    let mut forgotten = 0;
    loop {
        let found = users::list(conn, workspace_id, &page)?.resources;
        let Some(last) = found.last() else { return Ok(forgotten) };
        page.from = From::After(Key { value: None, id: last.user_id.clone() });
        for user in &found {
            let mut user = users::get_locked(conn, workspace_id, &user.user_id)?;
            user.attributes = without(&user.attributes, &names);
            user.comparable = without(&user.comparable, &names);
            users::save(conn, &mut user, None, now)?;
            forgotten += 1;
        }
    }
}

/// The document without what stands there, and without what held nothing else.
fn without(document: &str, names: &[String]) -> String {
    let mut document: Map<String, Value> = serde_json::from_str(document).unwrap_or_default();
    if let [urn, name] = names {
        if let Some(extension) = document.get_mut(urn).and_then(Value::as_object_mut) {
            extension.shift_remove(name);
            if extension.is_empty() {
                document.shift_remove(urn);
            }
        }
    } else if let [name] = names {
        document.shift_remove(name);
    }
    Value::Object(document).to_string()
}
