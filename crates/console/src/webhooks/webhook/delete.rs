//! `/webhooks/{id}/delete`: deletes a webhook, with the deliveries that wait for it. A page asks first.

use actix_web::web;
use vestibule_admin::outbox::webhooks;
use vestibule_core::sets::DeliveryState;
use vestibule_store::outbox::deliveries;

use crate::{
    layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form, request::id_of},
    webhooks::webhook::{
        change::change,
        page::{missing, show},
        read::{count, find},
    },
};

/// `GET /webhooks/{id}/delete`
pub async fn ask_delete(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let (workspace_id, id) = (administrator.workspace_id(), id_of(&path));
    let found = administrator
        .read(move |conn| {
            let Some(webhook) = find(conn, &workspace_id, &id)? else { return Ok(None) };
            let counts = deliveries::tally(conn, &workspace_id, std::slice::from_ref(&webhook.webhook_id))?;
            Ok(Some((webhook, count(&counts, DeliveryState::Waiting))))
        })
        .await?;
    let (webhook, waiting) = found.ok_or_else(|| missing(&administrator))?;
    let waiting = match waiting {
        0 => "No messages wait.".to_owned(),
        1 => "One message that waits for it is never sent.".to_owned(),
        many => format!("{many} messages that wait for it are never sent."),
    };
    let confirm = Confirm {
        title: "Delete this webhook?".to_owned(),
        lines: vec![
            webhook.url,
            format!(
                "It receives no more messages, and its secrets are deleted. {waiting} To stop it for a while, pause it instead."
            ),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/webhooks/{}/delete", webhook.webhook_id),
        button: "Delete this webhook",
        back: format!("/webhooks/{}", webhook.webhook_id),
    };
    confirm.page(&administrator)
}

/// `POST /webhooks/{id}/delete`
pub async fn delete(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let (administrator, id) = (form.visitor, id_of(&path));
    let deleted =
        change(&administrator, &id, |conn, actor, _, webhook| webhooks::delete(conn, actor, &webhook));
    match deleted.await? {
        Ok(_) => Ok(administrator.redirect("/webhooks?deleted=1")),
        Err(problem) => show(&administrator, &id, None, problem).await,
    }
}
