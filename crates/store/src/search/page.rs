//! Which part of a list, in which order. Without an order of its own a list is in the order of ids, which never change
//! and grow with time: a page then begins behind an id, however deep it is.

use super::{
    Column, Condition, Dialect, Fragment, Op, Place, Rows, Scope, Test,
    place::path,
    render::{Operand, Renderer},
};
use crate::Conn;

/// A page to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What must hold.
    pub condition: Condition,
    /// By what; by id if nothing.
    pub sort: Option<Sort>,
    /// Where it begins.
    pub from: From,
    /// How many at most.
    pub count: i64,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// Behind so many.
    Skip(i64),
    /// Behind the resource that has this place in the order.
    After(Key),
}

/// The place of a resource in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// What it is sorted by; nothing when it has no value there, or the order is that of ids.
    pub value: Option<Test>,
    /// Its id.
    pub id: String,
}

/// An order. Who has no value comes last, or first when descending (RFC 7644 §3.4.2.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The array whose primary, else first, element counts; or nothing when the place is the resource's own.
    pub elements: Option<Vec<String>>,
    /// What is compared.
    pub place: Place,
    /// As what.
    pub kind: SortKind,
    /// Greatest first.
    pub descending: bool,
}

/// What kind of values are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKind {
    /// Texts.
    Text,
    /// Whole numbers and moments.
    Whole,
    /// False, then true.
    Truth,
    /// Numbers.
    Real,
}

/// A page that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// How many there are in all.
    pub total: i64,
    /// Those of the page.
    pub resources: Vec<T>,
}

/// The total, when the page itself shows it: it is the last one. Otherwise they must be counted.
pub(crate) fn total_of(page: &Page, read: usize) -> Option<i64> {
    let read = i64::try_from(read).unwrap_or(i64::MAX);
    match page.from {
        From::Skip(0) if read < page.count => Some(read),
        From::Skip(skip) if 0 < read && read < page.count => Some(skip + read),
        _ => None,
    }
}

/// What a page is in SQL.
pub(crate) struct PageSql {
    /// What must hold, without where the page begins.
    pub condition: Fragment,
    /// The same, and where it begins, when that is behind a resource.
    pub after: Fragment,
    /// For ORDER BY.
    pub order: String,
    /// How many to skip.
    pub skip: i64,
}

impl PageSql {
    pub(crate) fn of(conn: &Conn, scope: Scope, workspace_id: &str, page: &Page) -> Self {
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

    /// What is behind the key in the order.
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
    /// Whether lists may be sorted by it.
    pub fn is_sortable(&self) -> bool {
        !matches!(self, Column::Address(_) | Column::Email | Column::AssignedType | Column::AssignedPrimary)
    }
}
