//! `/groups`: the groups by name and what their members get by rules, a page at a time, with a search.

use askama::Template;
use vestibule_core::fold::fold;
use vestibule_store::{
    people::groups::{self, Group},
    search::{Column, Condition, Op, Place, Test},
};

use crate::{
    layout::{access::Reader, error::PageResult, pager::Pager},
    roles::catalog::{Catalog, RuleView},
};

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    total: i64,
    groups: Vec<(Group, Vec<RuleView>)>,
    pager: Pager,
}

/// `GET /groups`
pub async fn get(reader: Reader) -> PageResult {
    let pager = Pager::of("/groups", &reader.query()?);
    let page = pager.page(name_contains(&pager.search), Place::Column(Column::DisplayName));
    let workspace_id = reader.workspace_id();
    let (total, groups) = pager
        .read(&reader, move |conn| {
            let (found, catalog) =
                (groups::list(conn, &workspace_id, &page)?, Catalog::read(conn, &workspace_id)?);
            let with_rules = |group: Group| {
                let rules = catalog.rules_about(&group.display_name_key);
                (group, rules)
            };
            Ok((found.total, found.resources.into_iter().map(with_rules).collect()))
        })
        .await?;
    reader.page("Groups", &GroupsPage { total, groups, pager: pager.counted(total) })
}

/// Groups whose name contains this text.
fn name_contains(text: &str) -> Condition {
    if text.is_empty() {
        return Condition::Always;
    }
    Condition::Is(Place::Column(Column::DisplayName), Test::Text(Op::Contains, fold(text)))
}
