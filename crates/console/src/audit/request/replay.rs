//! `/requests/{id}/replay`: sends a refused SCIM request again. The page is a dry run: it says what would change today, and changes
//! nothing. Its button sends the request. The server gives the function that runs it, because it is the SCIM endpoints' own.

use actix_web::web;
use askama::Template;
use vestibule_admin::trail::replay::{Replay, Replayed, Replayer};
use vestibule_core::ids;

use super::{
    facts::{Change, changes},
    missing,
};
use crate::layout::{
    access::Administrator,
    error::{PageError, PageResult},
    form::Form,
};
use vestibule_store::Error;

#[derive(Template)]
#[template(path = "request_replay.html")]
struct ReplayPage<'a> {
    csrf: &'a str,
    request_id: String,
    replayed: Replayed,
    /// What would change.
    changes: Vec<Change>,
    /// Whether it was just sent, and not a dry run.
    is_sent: bool,
}

/// Says what the request would change today.
pub async fn get(administrator: Administrator, replayer: web::Data<Replayer>) -> PageResult {
    let replayed = run(&administrator, &replayer, true).await?;
    page(&administrator, replayed, false)
}

/// Sends it.
pub async fn post(form: Form<Administrator, ()>, replayer: web::Data<Replayer>) -> PageResult {
    let administrator = form.visitor;
    match run(&administrator, &replayer, false).await? {
        Replayed::Done(_) => {
            let request_id = id(&administrator).unwrap_or_default();
            Ok(administrator.redirect(&format!("/requests/{request_id}")))
        }
        not_done => page(&administrator, not_done, true),
    }
}

fn id(administrator: &Administrator) -> Option<String> {
    ids::parse(administrator.http().match_info().get("id").unwrap_or_default())
}

async fn run(
    administrator: &Administrator,
    replayer: &Replayer,
    is_dry: bool,
) -> Result<Replayed, PageError> {
    let request_id = id(administrator).ok_or_else(|| missing(administrator))?;
    administrator.store_inspected().await?;
    let replay = Replay {
        workspace: administrator.workspace().clone(),
        request_id,
        actor: administrator.actor(),
        is_read_only: administrator.state().is_read_only(),
        is_dry,
    };
    let (workspace_id, Replayer(run)) = (administrator.workspace_id(), *replayer);
    match administrator.state().job_of(&workspace_id, move |database| run(database, &replay)).await {
        Ok(replayed) => Ok(replayed),
        Err(Error::NotFound) => Err(missing(administrator)),
        Err(error) => Err(administrator.failed(&error)),
    }
}

fn page(administrator: &Administrator, replayed: Replayed, is_sent: bool) -> PageResult {
    let changes = match &replayed {
        // The headings have ids, of which a new one is of this dry run alone.
        Replayed::Done(effect) => changes(&effect.changes)
            .into_iter()
            .map(|change| Change { what: String::new(), ..change })
            .collect(),
        Replayed::Impossible(_) | Replayed::Refused(_) => Vec::new(),
    };
    let request_id = id(administrator).unwrap_or_default();
    let content = ReplayPage { csrf: administrator.csrf(), request_id, replayed, changes, is_sent };
    administrator.form_page("Send the request again", is_sent, &content)
}
