//! The page `/search`.

use askama::Template;
use vestibule_core::sets::Door;
use vestibule_store::{
    people::{
        groups::{self, Group},
        users::{self, User},
    },
    search::Place,
    trail::requests::{self, RequestFilter},
};

use crate::{
    audit::requests::RequestRow,
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        pager::Pager,
        visitor::Visitor,
    },
    people::{groups as group_pages, list},
    search::find::exact,
};

/// How many people and groups the page shows.
const MOST: i64 = 10;
/// How many refused sign-ins the page shows.
const REFUSED: usize = 10;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    text: String,
    people: Vec<User>,
    /// How many people match.
    all_people: i64,
    groups: Vec<Group>,
    /// How many groups match.
    all_groups: i64,
    /// The last refused sign-ins for which this address was typed, if the text is one.
    refused: Vec<RequestRow>,
}

/// `GET /search?find=`
pub async fn get(reader: Reader) -> PageResult {
    let text: String = reader.query()?.text("find").trim().chars().take(200).collect();
    if text.is_empty() {
        return Ok(reader.redirect("/overview"));
    }
    reader.store_inspected().await?;
    let (workspace_id, wanted) = (reader.workspace_id(), text.clone());
    if let Some(path) = reader.read(move |conn| exact(conn, &workspace_id, &wanted)).await? {
        return Ok(reader.redirect(&path));
    }
    let content = like(&reader, text).await?;
    match content.refused.as_slice() {
        [only] if content.all_people == 0 && content.all_groups == 0 => {
            Ok(reader.redirect(&format!("/requests/{}", only.id)))
        }
        _ => reader.page("Search", &content),
    }
}

/// The people and groups whose names contain the text, and the refused sign-ins with this address.
async fn like(visitor: &Visitor, text: String) -> Result<SearchPage, PageError> {
    let pager = Pager { path: "/search", search: text, number: 1, pages: 0 };
    let people = pager.page(list::name_contains(&pager.search), Place::Column(list::BY));
    let groups = pager.page(group_pages::name_contains(&pager.search), Place::Column(group_pages::BY));
    let (people, groups) = (first(people), first(groups));
    let (workspace_id, now) = (visitor.workspace_id(), visitor.state().now());
    let of_address = pager.search.contains('@').then(|| RequestFilter {
        door: Some(Door::SignIn),
        refused: Some(true),
        text: pager.search.clone(),
        before: None,
    });
    let (people, groups, refused) = visitor
        .search(move |conn| {
            let refused = match of_address {
                Some(wanted) => requests::list(conn, &workspace_id, &wanted, REFUSED)?,
                None => Vec::new(),
            };
            let people = users::list(conn, &workspace_id, &people)?;
            Ok((people, groups::list(conn, &workspace_id, &groups)?, refused))
        })
        .await?;
    Ok(SearchPage {
        text: pager.search,
        all_people: people.total,
        people: people.resources,
        all_groups: groups.total,
        groups: groups.resources,
        refused: refused.into_iter().map(|request| RequestRow::of(request, now)).collect(),
    })
}

fn first(page: vestibule_store::search::Page) -> vestibule_store::search::Page {
    vestibule_store::search::Page { count: MOST, ..page }
}
