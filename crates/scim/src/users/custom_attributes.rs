//! Custom attributes of users, which the operator declares for a workspace. They are advertised, stored, filtered and
//! patched like the attributes of RFC 7643. Stored as JSON with the workspace.

pub mod change;

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_scim_engine::{
    error::Rejection,
    schema::{Attribute, DEFAULT_LENGTH, ResourceKind, Schema, Type, USER_URN},
};
use vestibule_store::{
    Conn, Error,
    db::json::Json,
    people::users,
    search::{Condition, From, Key, Page, Place, Test},
    trail::events::kinds::AttributeData,
    workspaces::CUSTOM_ATTRIBUTES,
};

/// The most custom attributes of one workspace.
pub const MAX_CUSTOM: usize = 100;

/// A custom attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Custom {
    /// The URN of its schema: the core User schema, the enterprise extension, or one of the workspace.
    pub schema: String,
    /// The name of the attribute.
    pub name: String,
    /// The type of its values; never complex.
    pub kind: Type,
    /// Whether it has an array of values.
    pub multi_valued: bool,
    /// Whether values that differ only in letter case are different.
    pub case_exact: bool,
    /// Description for people.
    pub description: String,
}

impl Custom {
    /// The JSON form, with the names of RFC 7643 §7.
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

    pub(crate) fn of_json(value: &Value) -> Result<Self, Rejection> {
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

/// The type with this name.
///
/// # Errors
/// `invalidValue` with a list of the types.
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
        let names: Vec<&str> = simple.iter().map(|kind| kind.as_str()).collect();
        Rejection::value(format!("the type is one of {}", names.join(", ")))
    })
}

/// Reads the stored custom attributes of a workspace.
///
/// # Errors
/// `invalidValue` for an attribute of an unknown type.
pub fn parse(stored: &[Value]) -> Result<Vec<Custom>, Rejection> {
    stored.iter().map(Custom::of_json).collect()
}

/// Adds an attribute to those declared; returns it. The URN of an existing schema keeps its spelling, because values are stored under
/// it.
///
/// # Errors
/// As [`schema_with`].
fn declare(declared: &mut Vec<Custom>, mut custom: Custom) -> Result<Custom, Rejection> {
    let schema = schema_with(declared)?;
    let core = std::iter::once(schema.core());
    let mut definitions = core.chain(schema.extensions());
    if let Some(existing) = definitions.find(|definition| definition.urn.eq_ignore_ascii_case(&custom.schema))
    {
        custom.schema = existing.urn.to_string();
    }
    declared.push(custom.clone());
    schema_with(declared)?;
    Ok(custom)
}

/// The User schema of a workspace with these custom attributes.
///
/// # Errors
/// `invalidValue` for a name or URN that no path can name or that is taken, and for more than [`MAX_CUSTOM`].
pub fn schema_with(declared: &[Custom]) -> Result<Schema, Rejection> {
    if declared.len() > MAX_CUSTOM {
        return Err(Rejection::value(format!("a workspace declares at most {MAX_CUSTOM} attributes")));
    }
    let mut schema = Schema::user().clone();
    for custom in declared {
        if is_reserved(&custom.schema) {
            let detail = format!(
                "{} is the schema of another resource type or of a message, not of users",
                custom.schema
            );
            return Err(Rejection::value(detail));
        }
        // `$ref` names a sub-attribute, never an attribute.
        if !custom.name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            return Err(Rejection::value("the name of an attribute begins with a letter"));
        }
        schema = schema.with_attribute(&custom.schema, custom.attribute())?;
    }
    Ok(schema)
}

/// Whether the URN is that of another resource type or of a message (RFC 7643 §10, RFC 7644 §8.2).
fn is_reserved(urn: &str) -> bool {
    let begins = |prefix: &str| urn.get(..prefix.len()).is_some_and(|part| part.eq_ignore_ascii_case(prefix));
    let of_other = |kind| Schema::of_kind(kind).core().urn.eq_ignore_ascii_case(urn);
    !urn.eq_ignore_ascii_case(USER_URN)
        && (begins("urn:ietf:params:scim:api:")
            || begins("urn:ietf:params:scim:schemas:core:")
            || ResourceKind::ALL.into_iter().any(of_other))
}

/// The User schema of a workspace from its stored custom attributes. Without any it allocates nothing.
///
/// # Errors
/// [`Error::Corrupt`].
pub(crate) fn schema(workspace_id: &WorkspaceId, stored: &[Value]) -> Result<Cow<'static, Schema>, Error> {
    if stored.is_empty() {
        return Ok(Cow::Borrowed(Schema::user()));
    }
    let schema = parse(stored).and_then(|declared| schema_with(&declared));
    schema.map(Cow::Owned).map_err(|error| Error::corrupt(CUSTOM_ATTRIBUTES, &[workspace_id], error))
}

/// Removes the values of an attribute that is no longer declared from all users. Returns the number of changed users.
fn forget(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    removed: &Custom,
    now: Micros,
) -> Result<usize, Error> {
    let mut names = vec![removed.name.clone()];
    if !removed.schema.eq_ignore_ascii_case(USER_URN) {
        // `declare` gives all attributes of a schema the spelling under which values are stored.
        names.insert(0, removed.schema.clone());
    }
    let mut page = Page {
        condition: Condition::Is(Place::Document(names.clone()), Test::Present),
        sort: None,
        from: From::Skip(0),
        count: 500,
    };
    let mut changed = 0;
    loop {
        let found = users::list(conn, workspace_id, &page)?.resources;
        let Some(last) = found.last() else { return Ok(changed) };
        page.from = From::After(Key { value: None, id: last.user_id.to_string() });
        for user in &found {
            let before = users::get_locked(conn, workspace_id, &user.user_id)?;
            let mut user = before.clone();
            user.attributes = Json::new(without(user.attributes()?, &names));
            // A missing comparable document is filled in from the attributes later.
            if !user.comparable.is_missing() {
                user.comparable = Json::new(without(user.comparable()?, &names));
            }
            users::save(conn, &before, &mut user, None, now)?;
            changed += 1;
        }
    }
}

/// The document without the attribute, and without its extension if that becomes empty.
fn without(mut document: Map<String, Value>, names: &[String]) -> Map<String, Value> {
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
    document
}
