//! The place of a value: a column, a member of the JSON in `users.comparable`, a column of a row that belongs to the resource, or
//! a part of the value that a condition is about. Names of JSON members are input: they are always quoted.

use super::Dialect;

/// Place of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A column of the resource itself.
    Column(Column),
    /// A member of a user's `comparable`: the path of names.
    Document(Vec<String>),
    /// A part of the current value, or the value itself.
    Part(Option<String>),
    /// A column of the current row.
    Row(Column),
}

/// A column of a user, of a group, or of a row that belongs to one.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// `id`
    Id,
    /// `userName`, folded
    UserName,
    /// `externalId`
    ExternalId,
    /// `displayName`, folded
    DisplayName,
    /// `active`
    Active,
    /// `meta.created`, in microseconds
    Created,
    /// `meta.lastModified`, in microseconds
    Updated,
    /// The URL of the resource: this prefix and the id.
    Address(String),
    /// The folded email address, of a row of an email address.
    Email,
    /// The folded type, of an assignment.
    AssignedType,
    /// Whether it is primary, of an assignment.
    AssignedPrimary,
}

/// Multiple values of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// The elements of an array in a user's `comparable`.
    Elements(Vec<String>),
    /// The email addresses of a user, by their index.
    Emails,
    /// The groups of a user.
    Groups,
    /// The roles that SCIM assigned to a user.
    Roles,
    /// The values that SCIM assigned to a user through `entitlements`.
    Entitlements,
    /// The members of a group.
    Members,
}

/// The table that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `users`
    Users,
    /// `groups`
    Groups,
}

impl Scope {
    /// Column of the id.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Scope::Users => "users.user_id",
            Scope::Groups => "groups.group_id",
        }
    }
}

impl Column {
    /// The SQL of a column of the resource, and whether it may be NULL.
    pub(super) fn of(&self, scope: Scope) -> (String, bool) {
        let table = match scope {
            Scope::Users => "users",
            Scope::Groups => "groups",
        };
        match self {
            Column::Id => (scope.id().to_owned(), false),
            Column::UserName => ("users.user_name_key".to_owned(), false),
            Column::ExternalId => (format!("{table}.external_id"), true),
            Column::DisplayName => (format!("{table}.display_name_key"), scope == Scope::Users),
            Column::Active => ("users.active".to_owned(), false),
            Column::Created => (format!("{table}.created_at"), false),
            Column::Updated => (format!("{table}.updated_at"), false),
            Column::Address(base) => (format!("({} || {})", text(base), scope.id()), false),
            // Only rows have these columns; for a resource they are NULL, which passes no test.
            Column::Email | Column::AssignedType | Column::AssignedPrimary => ("NULL".to_owned(), true),
        }
    }
}

impl Rows {
    /// The beginning of a subselect of ids, to which the caller appends the workspace id; `None` for elements.
    pub(super) fn select(&self) -> Option<&'static str> {
        Some(match self {
            Rows::Elements(_) => return None,
            Rows::Emails => {
                "users.user_id IN (SELECT r.user_id FROM user_emails AS r WHERE r.workspace_id = "
            }
            Rows::Groups => {
                "users.user_id IN (SELECT r.user_id FROM members AS r JOIN groups AS o \
                 ON o.workspace_id = r.workspace_id AND o.group_id = r.group_id WHERE r.workspace_id = "
            }
            Rows::Roles => {
                "users.user_id IN (SELECT r.user_id FROM assignments AS r JOIN roles AS o \
                 ON o.workspace_id = r.workspace_id AND o.role_id = r.role_id \
                 WHERE r.source = 'scim' AND o.by_okta = TRUE AND r.workspace_id = "
            }
            // Entitlements, and roles that were assigned through the same attribute.
            Rows::Entitlements => {
                "users.user_id IN (SELECT r.user_id FROM (\
                 SELECT a.workspace_id, a.user_id, a.entitlement_id AS id, a.element_type_key, a.is_primary, \
                 COALESCE(a.element_display_key, n.display_name_key) AS display_key FROM entitlement_assignments AS a JOIN entitlements AS n \
                 ON n.workspace_id = a.workspace_id AND n.entitlement_id = a.entitlement_id \
                 WHERE a.source <> 'manual' UNION ALL \
                 SELECT a.workspace_id, a.user_id, a.role_id, a.element_type_key, a.is_primary, \
                 COALESCE(a.element_display_key, n.display_name_key) FROM assignments AS a JOIN roles AS n \
                 ON n.workspace_id = a.workspace_id AND n.role_id = a.role_id \
                 WHERE a.source = 'scim:entitlements' AND n.by_okta = TRUE) AS r WHERE r.workspace_id = "
            }
            Rows::Members => {
                "groups.group_id IN (SELECT r.group_id FROM members AS r JOIN users AS o \
                 ON o.workspace_id = r.workspace_id AND o.user_id = r.user_id WHERE r.workspace_id = "
            }
        })
    }

    /// The SQL of a column of one of the rows, and whether it may be NULL.
    pub(super) fn column(&self, column: &Column) -> (String, bool) {
        let id = match self {
            Rows::Groups => "r.group_id",
            Rows::Roles => "r.role_id",
            Rows::Entitlements => "r.id",
            _ => "r.user_id",
        };
        let (sql, nullable) = match column {
            Column::Id => (id, false),
            Column::Email => ("r.email_key", false),
            // The returned text: the client's value, or else the name.
            Column::DisplayName if *self == Rows::Entitlements => ("r.display_key", false),
            Column::DisplayName if *self == Rows::Roles => {
                ("COALESCE(r.element_display_key, o.display_name_key)", false)
            }
            Column::DisplayName => ("o.display_name_key", false),
            Column::UserName => ("o.user_name_key", false),
            Column::AssignedType => ("r.element_type_key", true),
            Column::AssignedPrimary => ("r.is_primary", true),
            Column::Address(base) => return (format!("({} || {id})", text(base)), false),
            _ => ("NULL", true),
        };
        (sql.to_owned(), nullable)
    }
}

/// A text as an SQL literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The path of names into a JSON document as an SQL literal.
pub(super) fn path(names: &[String], dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => {
            let members: String =
                names.iter().map(|name| format!(".\"{}\"", name.replace('"', ""))).collect();
            text(&format!("${members}"))
        }
        Dialect::Postgres => {
            let quoted: Vec<String> =
                names.iter().map(|name| format!("\"{}\"", name.replace(['"', '\\'], ""))).collect();
            text(&format!("{{{}}}", quoted.join(",")))
        }
    }
}
