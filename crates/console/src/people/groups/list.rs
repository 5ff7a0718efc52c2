//! `/groups`: the groups by name, how many members they have and what these get by rules, a page at a time, with a search.

use askama::Template;
use vestibule_core::{fold::fold, ids::GroupId, providers::Provider};
use vestibule_store::{
    people::{
        groups::{self, Group},
        members,
    },
    search::{Column, Condition, Op, Place, Test},
};

use crate::{
    layout::{access::Reader, error::PageResult, number::grouped, pager::Pager},
    people::groups::COUNTED,
    roles::catalog::{Catalog, RuleView},
};

/// The column that the list is sorted by.
pub(crate) const BY: Column = Column::DisplayName;

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    provider: &'static Provider,
    total: i64,
    groups: Vec<GroupRow>,
    pager: Pager,
}

struct GroupRow {
    id: GroupId,
    name: String,
    /// "12", "more than 1,000".
    members: String,
    /// What members get.
    rules: Vec<RuleView>,
}

/// `GET /groups`
pub async fn get(reader: Reader) -> PageResult {
    let pager = Pager::of("/groups", &reader.query()?);
    let page = pager.page(name_contains(&pager.search), Place::Column(BY));
    let workspace_id = reader.workspace_id();
    let (total, groups) = pager
        .read(&reader, move |conn| {
            let found = groups::list(conn, &workspace_id, &page)?;
            let ids: Vec<GroupId> = found.resources.iter().map(|group| group.group_id.clone()).collect();
            let counts = members::count(conn, &workspace_id, &ids, COUNTED + 1)?;
            let catalog = Catalog::read(conn, &workspace_id)?;
            let row = |group: Group| {
                let count = counts.get(&group.group_id).copied().unwrap_or_default();
                GroupRow::of(group, count, &catalog)
            };
            Ok((found.total, found.resources.into_iter().map(row).collect()))
        })
        .await?;
    reader.page(
        "Groups",
        &GroupsPage { provider: reader.provider(), total, groups, pager: pager.counted(total) },
    )
}

impl GroupRow {
    fn of(group: Group, count: i64, catalog: &Catalog) -> Self {
        Self {
            rules: catalog.rules_about(&group.display_name_key),
            members: in_words(count),
            id: group.group_id,
            name: group.display_name,
        }
    }
}

/// A number of members, of which at most one more than [`COUNTED`] were counted.
fn in_words(count: i64) -> String {
    if count > COUNTED { format!("more than {}", grouped(COUNTED)) } else { grouped(count) }
}

/// Groups whose name contains this text.
pub(crate) fn name_contains(text: &str) -> Condition {
    if text.is_empty() {
        return Condition::Always;
    }
    Condition::Is(Place::Column(Column::DisplayName), Test::Text(Op::Contains, fold(text)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_of_members_is_exact_up_to_the_most_that_are_counted() {
        for (count, words) in [(0, "0"), (1_000, "1,000"), (1_001, "more than 1,000")] {
            assert_eq!(super::in_words(count), words);
        }
    }
}
