//! `GET /plan/people.csv`: the people of a plan, a line each. It streams a page of them at a time, so a large plan needs no memory.

use actix_web::web;
use futures_util::stream;
use vestibule_store::{
    Error,
    observation::{self, PersonChange},
};

use crate::layout::{access::Reader, csv, error::PageResult};

/// People that are read together.
const PAGE: i64 = 500;

const HEAD: &str = "id,user_name,user_name_before,change,attributes,letter_case,adopted,ends_access,roles_gained,roles_lost,\
                    entitlements_gained,entitlements_lost,groups_joined,groups_left\r\n";

/// Streams the people of the plan. A workspace that is not observed has none.
pub async fn export(reader: Reader) -> PageResult {
    let (workspace_id, state) = (reader.workspace_id(), reader.state().clone());
    let of_job = workspace_id.clone();
    let observed = reader.read(move |conn| observation::find(conn, &of_job)).await?;
    let first = observed.map(|of| (of, String::new(), true));
    let of_pages = workspace_id.clone();
    let pages = stream::try_unfold(first, move |next| {
        let (state, workspace_id) = (state.clone(), of_pages.clone());
        async move {
            let Some((of, after, is_first)) = next else { return Ok::<_, Error>(None) };
            let of_job = of.clone();
            // Each page waits its turn among the searches of the workspace.
            let people = state
                .search(&workspace_id, move |conn| observation::people(conn, &of_job, &after, PAGE))
                .await?;
            let mut text = if is_first { HEAD.to_owned() } else { String::new() };
            text.extend(people.iter().map(line));
            let last = people.last().map(|person| person.user_id.to_string());
            let next = last.map(|last| (of, last, false));
            if text.is_empty() { Ok(None) } else { Ok(Some((web::Bytes::from(text), next))) }
        }
    });
    Ok(csv::answer(&format!("plan-{workspace_id}.csv"), pages))
}

fn line(person: &PersonChange) -> String {
    let truth = |is: bool| if is { "true" } else { "false" }.to_owned();
    let rights = &person.rights;
    let ids = |ids: Vec<&str>| ids.join(" ");
    let cells = [
        person.user_id.to_string(),
        person.user_name.clone(),
        person.user_name_before.clone().unwrap_or_default(),
        person.kind.name().to_owned(),
        person.attributes.join(" "),
        truth(person.letter_case),
        truth(person.adopted),
        truth(person.ends_access),
        ids(rights.roles_gained.iter().map(|id| id.as_str()).collect()),
        ids(rights.roles_lost.iter().map(|id| id.as_str()).collect()),
        ids(rights.entitlements_gained.iter().map(|id| id.as_str()).collect()),
        ids(rights.entitlements_lost.iter().map(|id| id.as_str()).collect()),
        person.joined.join("; "),
        person.left.join("; "),
    ];
    csv::line(&cells)
}
