//! `GET /people/access.csv`: who has which role and entitlement, from where, since when and by whom, a line each. It streams a page of
//! people at a time, so a large workspace needs no memory.

use std::collections::BTreeMap;

use actix_web::web::Bytes;
use futures_util::stream;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time,
};
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    rights::{
        entitlements::{self, Entitlement},
        origins::{self, Origin, Right},
        roles::{self, Role},
    },
};

use crate::{
    layout::{access::Reader, csv, error::PageResult},
    people::person,
};

/// People that are read together.
const PAGE: i64 = 500;

/// `not_after`: when it was first recorded, if nobody knows since when the person has it.
const HEAD: &str = "user_id,user_name,active,kind,id,name,source,since,not_after,by,event\r\n";

/// Streams what everybody has.
pub async fn export(reader: Reader) -> PageResult {
    let (workspace_id, state) = (reader.workspace_id(), reader.state().clone());
    let name = format!("access-{workspace_id}.csv");
    let first = Some((String::new(), HEAD.to_owned()));
    let pages = stream::try_unfold(first, move |next| {
        let (state, workspace_id) = (state.clone(), workspace_id.clone());
        async move {
            let Some((after, mut text)) = next else { return Ok::<_, Error>(None) };
            let of_job = workspace_id.clone();
            // Each page waits its turn among the searches of the workspace.
            let (lines, last) = state.search(&workspace_id, move |conn| page(conn, &of_job, &after)).await?;
            text.extend(lines);
            let next = last.map(|last| (last.into_string(), String::new()));
            if text.is_empty() && next.is_none() { Ok(None) } else { Ok(Some((Bytes::from(text), next))) }
        }
    });
    Ok(csv::answer(&name, pages))
}

/// The lines of the people after an id, and the id of the last of them, if there may be more.
fn page(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
) -> Result<(Vec<String>, Option<UserId>), Error> {
    let people = users::list_after(conn, workspace_id, after, PAGE)?;
    let ids: Vec<UserId> = people.iter().map(|user| user.user_id.clone()).collect();
    let mut rights: BTreeMap<_, _> = origins::rights_of(conn, workspace_id, &ids)?;
    let roles = roles::list(conn, workspace_id)?;
    let entitlements = entitlements::list(conn, workspace_id)?;
    let mut lines = Vec::new();
    for user in &people {
        for (right, origin) in rights.remove(&user.user_id).unwrap_or_default() {
            lines.push(line(user, &right, origin.as_ref(), (&roles, &entitlements)));
        }
    }
    let is_full = i64::try_from(people.len()).is_ok_and(|count| count >= PAGE);
    Ok((lines, ids.into_iter().next_back().filter(|_| is_full)))
}

fn line(
    user: &User,
    right: &Right,
    origin: Option<&Origin>,
    (roles, entitlements): (&[Role], &[Entitlement]),
) -> String {
    let since = origin.and_then(|origin| origin.since);
    let not_after = origin.filter(|_| since.is_none()).map(|origin| origin.recorded_at);
    let text = |text: fn(&Origin) -> &String| origin.map(text).cloned().unwrap_or_default();
    csv::line(&[
        user.user_id.to_string(),
        user.user_name.clone(),
        user.active.to_string(),
        right.kind.word().to_owned(),
        right.id.clone(),
        person::right_name(right, roles, entitlements),
        right.source.clone(),
        since.map(time::rfc3339).unwrap_or_default(),
        not_after.map(time::rfc3339).unwrap_or_default(),
        text(|origin| &origin.by),
        text(|origin| &origin.event_id),
    ])
}
