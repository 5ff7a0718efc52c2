//! The stored settings, as documents: every value, secrets as digests.

mod access;
mod providers;
mod workspace;

use secrecy::ExposeSecret;
use vestibule_core::ids::DEPLOYMENT;
use vestibule_store::{Conn, access::secrets, workspaces::Workspace};
use vestibule_transfer::configuration::{Area, Document, Secret, Value};
use vestibule_web::crypto::seal::Sealer;

use crate::cli::commands::Sentence;

/// The settings of a workspace.
pub(super) fn of_workspace(
    conn: &mut Conn,
    sealer: &Sealer,
    stored: &Workspace,
) -> Result<Document, Sentence> {
    let mut things = workspace::things(conn, stored)?;
    things.extend(providers::things(conn, sealer, &stored.workspace_id)?);
    things.extend(access::things(conn, sealer, &stored.workspace_id)?);
    Ok(Document { file: String::new(), area: Area::Workspace, things })
}

/// The settings of the deployment.
pub(super) fn of_deployment(conn: &mut Conn, sealer: &Sealer) -> Result<Document, Sentence> {
    let things = access::things(conn, sealer, &DEPLOYMENT)?;
    Ok(Document { file: String::new(), area: Area::Deployment, things })
}

/// A sealed secret, as its digest. One that no key opens has none, so it differs from every other.
fn sealed(sealer: &Sealer, context: &str, secret: &str) -> Value {
    let plain = sealer.open(context, secret).ok();
    let digests = plain.iter().map(|plain| secrets::digest(plain.expose_secret())).collect();
    Value::Secret(Secret { reference: None, digests })
}

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}
