//! The chapter about SAML: a user whom SCIM provisioned signs in by SAML and keeps the same id; signing out of Okta ends the session here.

use vestibule_simulator::Browser;
use vestibule_store::people::users;

use super::{check, refused};
use crate::demo::{
    report::Report,
    seed::{Stage, text, user},
};

pub(super) async fn play(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    report.chapter("9. Ines is provisioned by SCIM and signs in by SAML: one person (UID)");
    let Stage { okta, app, saml, state, .. } = stage;
    let domain = stage.people.ada.login.rsplit_once('@').map_or("", |(_, domain)| domain);
    let ines = okta.add_person(&format!("ines@{domain}"), "Ines", "Family");
    report.outcome("Assign Ines", okta.assign(app, &ines).await)?;
    okta.assign_quietly(&saml.app, &ines);
    let provisioned = user(stage, &ines).await?;
    let before = count(stage).await?;

    let browser = Browser::new()?;
    let page = browser.get(&saml.login_url(state)).await?;
    let page = browser.sign_in_by_saml(&page, &ines).await?;
    let landed = page.status == 200 && page.url.path() == "/account";
    report.expect(
        "Ines signs in by SAML",
        landed,
        &format!("{} {} “{}”", page.status, page.url.path(), page.title()),
    )?;
    let checked = check(stage, &browser, None).await?;
    let name_id = okta.saml_name_id(&saml.app, &ines).unwrap_or_default();
    report.expect(
        "She is whom SCIM provisioned",
        text(&checked, "/user_name") == ines.login && name_id != ines.login,
        &format!("GET /api/check → 200 {}; the NameID says {name_id}", text(&checked, "/user_name")),
    )?;
    let after = count(stage).await?;
    let same = user(stage, &ines).await?.user_id == provisioned.user_id && after == before;
    report.expect("No duplicate", same, &format!("{after} users, same id {}", provisioned.user_id))?;

    let page = browser.get(&format!("{}/login/signout", okta.issuer())).await?;
    let frames = browser.open_frames(&page).await?;
    let told = okta.saml_logouts(&saml.app).iter().all(vestibule_simulator::SamlLogout::succeeded);
    report.expect(
        "She signs out of Okta",
        frames.len() == 1 && told,
        "LogoutRequest in a frame → LogoutResponse Success",
    )?;
    refused(stage, report, &browser, None, "Her session here has ended").await
}

async fn count(stage: &Stage) -> anyhow::Result<i64> {
    let workspace_id = stage.workspace.workspace_id.clone();
    Ok(stage.state.read(move |conn| users::count(conn, &workspace_id)).await?)
}
