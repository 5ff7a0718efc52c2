//! Sends a test and waits some seconds for its answer, so that the page that follows has it.

use std::time::Duration;

use vestibule_admin::outbox::webhooks;
use vestibule_store::outbox::{attempts, deliveries};

use crate::{
    layout::{
        access::Administrator,
        error::{PageError, PageResult},
    },
    webhooks::webhook::{change::change, page::show, read::deliveries_of},
};

/// How often the answer is looked for, and how many times: nine seconds in all.
const PAUSE: Duration = Duration::from_millis(150);
const LOOKS: usize = 60;

/// Sends a test and redirects to the page with its answer.
pub(super) async fn send(administrator: &Administrator, id: &str) -> PageResult {
    let sent = change(administrator, id, |conn, actor, _, webhook| {
        webhooks::send_test(conn, actor, &webhook)?;
        // The newest delivery without an event is the test.
        let newest = deliveries::list(conn, &deliveries_of(&webhook), 100)?;
        Ok(newest.into_iter().find(|delivery| delivery.seq == 0).map(|delivery| delivery.delivery_id))
    });
    let test = match sent.await? {
        Ok(test) => test.unwrap_or_default(),
        Err(problem) => return show(administrator, id, None, problem).await,
    };
    for _ in 0..LOOKS {
        if is_answered(administrator, id, &test).await? {
            break;
        }
        actix_web::rt::time::sleep(PAUSE).await;
    }
    Ok(administrator.redirect(&format!("/webhooks/{id}?test={test}")))
}

async fn is_answered(administrator: &Administrator, id: &str, test: &str) -> Result<bool, PageError> {
    let (workspace_id, id, test) = (administrator.workspace_id(), id.to_owned(), test.to_owned());
    let read = administrator.read(move |conn| attempts::of_delivery(conn, &workspace_id, &id, &test));
    Ok(read.await?.is_some())
}
