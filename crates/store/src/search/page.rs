//! A part of a list, and its order. The default order is by id. Ids never change and increase with time, so a page begins after
//! an id, at a cost that does not depend on its position.

use vestibule_core::ids::WorkspaceId;

use super::{
    Column, Condition, Dialect, Fragment, Op, Place, Rows, Scope, Test,
    place::path,
    render::{Operand, Renderer},
};
use crate::Conn;

/// A page to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Condition that the resources meet.
    pub condition: Condition,
    /// Sort order; `None`: by id.
    pub sort: Option<Sort>,
    /// Start of the page.
    pub from: From,
    /// Most resources of the page.
    pub count: i64,
}

/// Start of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// After this number of resources.
    Skip(i64),
    /// After the resource with this key.
    After(Key),
}

/// Position of a resource in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The value by which it is sorted; `None` without a value, or when the order is by id.
    pub value: Option<Test>,
    /// Id of the resource.
    pub id: String,
}

/// A sort order. Resources without a value come last, or first when descending (RFC 7644 §3.4.2.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The array whose primary element, or else first element, is compared; `None` when the place belongs to the resource itself.
    pub elements: Option<Vec<String>>,
    /// Place of the value.
    pub place: Place,
    /// Type of the value.
    pub kind: SortKind,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

/// Type of sorted values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKind {
    /// Texts.
    Text,
    /// Integers and times.
    Whole,
    /// Booleans: false, then true.
    Truth,
    /// Floating-point numbers.
    Real,
}

/// The result of reading a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// Number of matching resources in all.
    pub total: i64,
    /// Resources of the page.
    pub resources: Vec<T>,
}

/// The total, if it follows from the page because the page is the last one. Otherwise the resources must be counted.
pub(crate) fn total_of(page: &Page, read: usize) -> Option<i64> {
    let read = i64::try_from(read).unwrap_or(i64::MAX);
    match page.from {
        From::Skip(0) if read < page.count => Some(read),
        From::Skip(skip) if 0 < read && read < page.count => Some(skip + read),
        _ => None,
    }
}

/// The SQL parts of a page.
pub(crate) struct PageSql {
    /// The condition without the start of the page.
    pub condition: Fragment,
    /// The condition with the start of the page, if it begins after a resource.
    pub after: Fragment,
    /// Terms of ORDER BY.
    pub order: String,
    /// Number of resources to skip.
    pub skip: i64,
}

impl PageSql {
    pub(crate) fn of(conn: &Conn, scope: Scope, workspace_id: &WorkspaceId, page: &Page) -> Self {
        let renderer = Renderer { dialect: Dialect::of(conn), scope, workspace_id, within: None };
        let simple = match &page.condition {
            Condition::Always | Condition::Never => true,
            Condition::Is(Place::Column(_), Test::Text(Op::Equal, _)) => true,
            Condition::Any(Rows::Emails, inner) => {
                matches!(**inner, Condition::Is(_, Test::Text(Op::Equal, _)))
            }
            _ => false,
        };
        let mut condition = Fragment::new(simple && page.sort.is_none());
        renderer.condition(&page.condition, &mut condition);
        let mut after = condition.clone();
        let skip = match &page.from {
            From::Skip(skip) => *skip,
            From::After(key) => {
                after.sql(" AND (");
                renderer.behind(page.sort.as_ref(), key, &mut after);
                after.sql(")");
                0
            }
        };
        Self { condition, after, order: renderer.order(page.sort.as_ref()), skip }
    }
}

impl Renderer<'_> {
    fn order(self, sort: Option<&Sort>) -> String {
        let id = self.scope.id();
        let Some(sort) = sort else { return id.to_owned() };
        let Operand { sql, nullable, .. } = self.sorted_by(sort);
        let direction = if sort.descending { " DESC" } else { "" };
        let missing = if nullable { format!("({sql} IS NULL){direction}, ") } else { String::new() };
        format!("{missing}{sql}{direction}, {id}")
    }

    /// Writes the condition that a resource comes after the key in the order.
    fn behind(self, sort: Option<&Sort>, key: &Key, out: &mut Fragment) {
        let id = self.scope.id();
        let Some(sort) = sort else {
            out.sql(&format!("{id} > "));
            return out.text(key.id.as_str());
        };
        let Operand { sql, nullable, .. } = self.sorted_by(sort);
        let Some(value) = &key.value else {
            out.sql(&format!("({sql} IS NULL AND {id} > "));
            out.text(key.id.as_str());
            out.sql(")");
            if sort.descending {
                out.sql(&format!(" OR {sql} IS NOT NULL"));
            }
            return;
        };
        out.sql(&format!("{sql} {} ", if sort.descending { "<" } else { ">" }));
        bind(value, out);
        out.sql(&format!(" OR ({sql} = "));
        bind(value, out);
        out.sql(&format!(" AND {id} > "));
        out.text(key.id.as_str());
        out.sql(")");
        if nullable && !sort.descending {
            out.sql(&format!(" OR {sql} IS NULL"));
        }
    }

    fn sorted_by(self, sort: &Sort) -> Operand {
        let mut operand = self.operand(&sort.place);
        let cast = match (self.dialect, sort.kind) {
            (Dialect::Postgres, SortKind::Text) if operand.json => " COLLATE \"C\"",
            (Dialect::Postgres, SortKind::Whole) if operand.json => "::numeric",
            (Dialect::Postgres, SortKind::Truth) if operand.json => "::boolean",
            (Dialect::Postgres, SortKind::Real) if operand.json => "::double precision",
            _ => "",
        };
        if !cast.is_empty() {
            operand.sql = format!("({}{cast})", operand.sql);
        }
        let Some(elements) = &sort.elements else { return operand };
        let primary = match self.dialect {
            Dialect::Sqlite => {
                format!("COALESCE(json_extract(e.value, {}), 0)", path(&["primary".to_owned()], self.dialect))
            }
            Dialect::Postgres => "COALESCE((e.value ->> 'primary')::boolean, FALSE)".to_owned(),
        };
        operand.sql = format!(
            "(SELECT {} FROM {} ORDER BY {primary} DESC, e.key LIMIT 1)",
            operand.sql,
            self.elements(elements)
        );
        operand.nullable = true;
        operand
    }
}

fn bind(value: &Test, out: &mut Fragment) {
    match value {
        Test::Text(_, value) => out.text(value.as_str()),
        Test::Truth(value) => out.truth(*value),
        Test::Whole(_, value) => out.whole(*value),
        Test::Real(_, value) => out.real(*value),
        Test::Present => out.sql("NULL"),
    }
}

impl Column {
    /// Whether lists can be sorted by this column.
    pub fn is_sortable(&self) -> bool {
        !matches!(self, Column::Address(_) | Column::Email | Column::AssignedType | Column::AssignedPrimary)
    }
}
