//! Background tasks: delete expired rows and full buckets of the rate limits, store the uses of tokens and sightings, continue unfinished
//! ends of access, syncs and applications of plans, record since when people have their roles, check domains and SAML metadata, warn of
//! tokens that expire soon, and create the next signing keys.

pub(crate) mod backups;
pub(crate) mod receipts;

use std::time::Duration;

use vestibule_admin::{
    access::expiry as token_expiry,
    drift::weekly,
    people::end_access,
    provider::{
        domains::renewal,
        saml_connection::{expiry, provider_metadata},
        sync,
    },
    rights::origins,
    workspaces::deletion,
};
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND},
};
use vestibule_scim::apply;
use vestibule_store::{
    Error,
    oauth::unused,
    outbox::{attempts, deliveries},
    safeguards::sweep,
    trail::{counts as store_counts, events, receipts as store_receipts},
    workspaces,
};
use vestibule_web::{
    State,
    crypto::signing::{self, Algorithm, SigningError},
    observe::writers,
    receipts as signed_receipts,
};

/// Runs the tasks that are due every minute or every hour. Never returns.
pub(crate) async fn run(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    for minute in 0_u64.. {
        minutes.tick().await;
        if minute % 60 == 1
            && let Err(error) = clear(&state).await
        {
            tracing::warn!(%error, "sweep.failed");
        }
        state.limits().forget();
        if let Err(error) = writers::token_uses::write_down(&state).await {
            tracing::warn!(%error, "uses.not_written");
        }
        // Before the sweep, which may delete rows that are not counted yet.
        if let Err(error) = signed_receipts::finish_left(&state, state.now()).await {
            tracing::warn!(%error, "receipt.not_finished");
        }
        let now = state.now();
        let (delivered, dead) =
            (state.config().delivery.keep_delivered_days, state.config().delivery.keep_dead_days);
        let before = move |days: i64| now - days * 86_400 * SECOND;
        let swept = state.write(move |conn| {
            let gone = sweep::expired(conn, now)?;
            let attempts = attempts::sweep(conn, before(delivered))?;
            Ok::<_, Error>(gone + attempts + deliveries::sweep(conn, before(delivered), before(dead))?)
        });
        match swept.await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "sweep.done"),
            Err(error) => tracing::warn!(%error, "sweep.failed"),
        }
        if let Err(error) = warn_of_tokens(&state).await {
            tracing::warn!(%error, "credentials.not_warned_of");
        }
        if let Err(error) = rotate(&state).await {
            tracing::warn!(%error, "signing_key.not_rotated");
        }
    }
}

/// Stores sightings every second and counts every ten, and continues ends of access, syncs and applications of plans that another process left
/// unfinished. Never returns.
pub(crate) async fn observe(state: State) {
    let mut seconds = actix_web::rt::time::interval(Duration::from_secs(1));
    for second in 0_u64.. {
        seconds.tick().await;
        if let Err(error) = state.refresh_read_only().await {
            tracing::warn!(%error, "read_only.not_read");
        }
        if second % 10 == 4
            && let Err(error) = end_access::resume(&state).await
        {
            tracing::warn!(%error, "access.not_ended");
        }
        if second % 10 == 9
            && let Err(error) = sync::resume(&state).await
        {
            tracing::warn!(%error, "sync.not_resumed");
        }
        if second % 3 == 2
            && let Err(error) = apply::resume(&state).await
        {
            tracing::warn!(%error, "plan.not_applied");
        }
        if second % 10 == 1
            && let Err(error) = writers::counts::write_down(&state).await
        {
            tracing::warn!(%error, "counts.not_written");
        }
        if let Err(error) = writers::sightings::write_down(&state).await {
            tracing::warn!(%error, "sightings.not_written");
        }
    }
}

/// Every second, records since when and by whom people have what the trail says they got or lost. A separate task, because a rule may
/// concern many people. Never returns.
pub(crate) async fn follow_rights(state: State) {
    let mut seconds = actix_web::rt::time::interval(Duration::from_secs(1));
    let mut done = origins::LastLines::new();
    loop {
        seconds.tick().await;
        if let Err(error) = origins::follow(&state, &mut done).await {
            tracing::warn!(%error, "rights.not_followed");
        }
    }
}

/// Checks the DNS records of the domains that are due, every minute. A separate task, because DNS may be slow. Never returns.
pub(crate) async fn renew_domains(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = renewal::renew_due(&state).await {
            tracing::warn!(%error, "domains.not_renewed");
        }
    }
}

/// Every minute, reads the metadata of SAML providers that is due, and records certificates that expire soon. A separate task, because a
/// provider may be slow. Never returns.
pub(crate) async fn follow_saml_providers(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = provider_metadata::read_due(&state).await {
            tracing::warn!(%error, "saml_metadata.not_listed");
        }
        if let Err(error) = report_endings(&state).await {
            tracing::warn!(%error, "saml_certificate.not_reported");
        }
    }
}

/// Every minute, makes the weekly reports of drift that are due. A separate task, because a report may take a while. Never returns.
pub(crate) async fn report_drift(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = weekly::run_due(&state).await {
            tracing::warn!(%error, "drift.not_reported");
        }
    }
}

/// Every minute, deletes the workspaces whose time has come. A separate task, because a large one takes a while. Never returns.
pub(crate) async fn delete_workspaces(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = deletion::run_due(&state).await {
            tracing::warn!(%error, "workspace.not_deleted");
        }
    }
}

/// Records the events of SAML certificates that expire soon.
async fn report_endings(state: &State) -> Result<(), Error> {
    let (now, region) = (state.now(), state.config().region.name.clone());
    for ending in state.read(move |conn| expiry::due(conn, &region, now)).await? {
        state.write(move |conn| expiry::record(conn, &ending, now)).await?;
    }
    Ok(())
}

/// Records the events of tokens that expire soon.
async fn warn_of_tokens(state: &State) -> Result<(), Error> {
    let (now, region) = (state.now(), state.config().region.name.clone());
    for token in state.read(move |conn| token_expiry::due(conn, &region, now)).await? {
        state.write(move |conn| token_expiry::record(conn, &token, now)).await?;
    }
    Ok(())
}

/// Deletes unused grants and clients, and old requests, counts, events and receipts. Runs every hour, because it reads all of them.
async fn clear(state: &State) -> Result<(), Error> {
    let now = state.now();
    let idle = state.read(move |conn| unused::find(conn, now)).await?;
    let rows = state.write(move |conn| unused::remove(conn, &idle)).await?;
    tracing::debug!(rows, "idle.removed");
    let rows = writers::requests::sweep(state).await?;
    tracing::debug!(rows, "requests.removed");
    each_workspace(state, |id| async move {
        state.write(move |conn| store_counts::remove_old(conn, &id, now)).await.map(drop)
    })
    .await?;
    retain(state, now).await
}

/// Runs a job for each workspace of this region, one after the other.
async fn each_workspace<Job: Future<Output = Result<(), Error>>>(
    state: &State,
    job: impl Fn(WorkspaceId) -> Job,
) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let (region, last) = (state.config().region.name.clone(), after.clone());
        let page = state.read(move |conn| workspaces::page(conn, &region, &last, WORKSPACES)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.workspace_id.to_string();
        for workspace in page {
            job(workspace.workspace_id).await?;
        }
    }
}

/// Number of workspaces that are read together.
const WORKSPACES: i64 = 100;

/// Removes events and receipts older than `events.keep_days`, one batch per transaction.
async fn retain(state: &State, now: Micros) -> Result<(), Error> {
    let days = state.config().events.keep_days;
    if days == 0 {
        return Ok(());
    }
    let until = now - days * 86_400 * SECOND;
    each_workspace(state, |id| async move {
        loop {
            let of_job = id.clone();
            match state.write(move |conn| events::remove_before(conn, &of_job, until)).await {
                Ok(0) => break,
                Ok(rows) => tracing::info!(workspace = %id, rows, "events.removed"),
                // A trail whose chain is broken must not stop the removal in other workspaces.
                Err(error) => {
                    tracing::warn!(workspace = %id, %error, "events.not_removed");
                    break;
                }
            }
        }
        state.write(move |conn| store_receipts::remove_before(conn, &id, until)).await.map(drop)
    })
    .await
}

/// Creates the next signing keys when they are due. Every node tries; the store accepts the key of one node.
async fn rotate(state: &State) -> Result<(), SigningError> {
    let (days, now) = (state.config().signing.rotate_after_days, state.now());
    if days == 0 {
        return Ok(());
    }
    let of_job = state.clone();
    state
        .job(move |database| {
            for algorithm in Algorithm::ALL {
                signing::rotate(database, of_job.sealer(), algorithm, days * 86_400 * SECOND, now)?;
            }
            Ok(())
        })
        .await
}
