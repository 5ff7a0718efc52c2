//! The pretend product in the demo: its registration as an operator does it, and its steps in the story.

use anyhow::Context;
use vestibule_admin::{
    Actor,
    access::clients::{self, NewClient},
};
use vestibule_core::sets::{ClientAuth, ClientKind};
use vestibule_simulator::{Browser, Product, ProductClient};
use vestibule_store::workspaces::Workspace;
use vestibule_web::State;

use super::{
    report::Report,
    seed::{Stage, pause},
};
use crate::cli::commands::Sentence;

/// How often the story looks whether the product has learned of an end, every 100 ms.
const LOOKS: usize = 100;

/// Registers the product as an app of the workspace.
pub(super) async fn register(state: &State, workspace: &Workspace, product: &Product) -> anyhow::Result<()> {
    let (workspace_id, now) = (workspace.workspace_id.clone(), state.now());
    let (redirect_uris, after_logout) = ([product.redirect_uri()], [product.post_logout_redirect_uri()]);
    let backchannel = product.backchannel_logout_uri();
    let made = state.write(move |conn| {
        let new = NewClient {
            kind: ClientKind::App,
            name: "Your product",
            redirect_uris: &redirect_uris,
            post_logout_redirect_uris: &after_logout,
            auth_method: ClientAuth::Secret,
            jwks: "",
            scopes: &[],
            jwt_seconds: None,
            id_token_alg: None,
            backchannel_logout_uri: Some(&backchannel),
            requires_pkce: true,
            default_max_age: None,
            requires_auth_time: false,
        };
        Ok::<_, Sentence>(clients::create(conn, &Actor::cli(now), &workspace_id, &new, true)?)
    });
    let (client, secret) = made.await.map_err(|Sentence(error)| error)?;
    product.connect(ProductClient {
        issuer: state.config().region.api_url.clone(),
        client_id: client.client_id.into_string(),
        client_secret: secret.context("the product has no secret")?,
    });
    Ok(())
}

/// Grace, who is signed in to the workspace, opens the product.
pub(super) async fn open(stage: &Stage, report: &mut Report, browser: &Browser) -> anyhow::Result<()> {
    let page = browser.get(&format!("{}/login", stage.product.url())).await?;
    report.expect(
        "The product lets her in",
        page.status == 200 && page.text().contains("Signed in as") && page.text().contains("auditor"),
        &format!("{} redirects → {} with her roles", page.hops.len(), page.status),
    )
}

/// The product has learned that Grace's access has ended, from the token that is refused and from a logout token.
pub(super) async fn is_told(stage: &Stage, report: &mut Report, browser: &Browser) -> anyhow::Result<()> {
    let mut page = browser.get(stage.product.url()).await?;
    let refused = page.status == 401;
    for _ in 0..LOOKS {
        if page.text().contains("A logout token arrived") {
            break;
        }
        pause(100).await;
        page = browser.get(stage.product.url()).await?;
    }
    report.expect("The product refuses her at once", refused, "GET userinfo → 401")?;
    let told = page.text().contains("A logout token arrived");
    report.expect("The product is told", told, "POST backchannel-logout → 200")
}
