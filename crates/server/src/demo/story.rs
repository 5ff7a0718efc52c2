//! The story: approve SCIM by OAuth, provision people and a group, sign in, create an API token, update, deactivate, Universal Logout,
//! sign in again, Cross App Access by an AI client, sign in by SAML. A browser with a cookie jar and the pretend Okta play it over real
//! HTTP.

mod saml;

use anyhow::{Context, ensure};
use serde_json::Value;
use vestibule_simulator::{Browser, Page, Person};

use super::{
    agents, product,
    report::Report,
    seed::{SUBJECT, Stage, pause, text, user},
};

/// Plays the whole story and reports each step.
///
/// # Errors
/// The first step that failed.
pub(crate) async fn play(stage: &Stage, json: bool) -> anyhow::Result<Value> {
    let mut report = Report::new(json);
    let outcome = steps(stage, &mut report).await;
    report.finish(outcome, stage.state.database().backend())
}

async fn steps(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    approve(stage, report).await?;
    provision(stage, report).await?;
    let (browser, token) = sign_in(stage, report).await?;
    update(stage, report).await?;
    deactivate(stage, report).await?;
    universal_logout(stage, report, &browser, &token).await?;
    sign_in_again(stage, report, &browser, &token).await?;
    agents::act(stage, report).await?;
    saml::play(stage, report).await
}

async fn approve(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    report.chapter("1. Ada approves Okta's SCIM client (OAuth 2.0 authorization code)");
    let browser = Browser::new()?;
    let url = stage.okta.authenticate_url(&stage.app).context("the app has no OAuth settings")?;
    let page = browser.get(&url).await?;
    report.done(
        "Authenticate in Okta",
        &format!("GET authorize → {} redirects → {}", page.hops.len(), page.title()),
    );
    let page = browser.sign_in_to_okta(&page, &stage.people.ada).await?;
    report.expect(
        "Ada signs in",
        page.form_with_button("Approve").is_ok(),
        &format!("{} → {}", page.status, page.title()),
    )?;
    let page = browser.press(&page, "Approve", &[]).await?;
    let authenticated = stage.okta.is_authenticated(&stage.app);
    report.expect(
        "Approve",
        authenticated,
        &format!("POST authorize → code → POST token → {}", page.title()),
    )?;
    let tested = stage.okta.test_connection(&stage.app).await;
    report.outcome("Test Connector Configuration", tested)?;
    Ok(())
}

async fn provision(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    report.chapter("2. Okta provisions people, a group and a role (SCIM 2.0)");
    let Stage { okta, app, people, .. } = stage;
    for person in [&people.grace, &people.linus] {
        report.outcome(&format!("Assign {}", person.given), okta.assign(app, person).await)?;
    }
    report.outcome("Discover roles", okta.discover_roles(app).await)?;
    report.outcome("Push group Engineering", okta.push_group(app, &stage.engineering).await)?;
    report.outcome("Give Linus a role", okta.assign_roles(app, &people.linus, &["admin"]).await)?;
    let linus = user(stage, &people.linus).await?;
    report.expect("Linus is in the workspace", linus.active, &format!("id {}", linus.user_id))
}

async fn sign_in(stage: &Stage, report: &mut Report) -> anyhow::Result<(Browser, String)> {
    report.chapter("3. Grace signs in through Okta (OpenID Connect) and makes an API token");
    let Stage { okta, app, people, .. } = stage;
    let browser = Browser::new()?;
    let url = okta.open_app_url(app).context("the app has no initiate login URI")?;
    let page = browser.get(&url).await?;
    let page = browser.sign_in_to_okta(&page, &people.grace).await?;
    let landed = page.status == 200 && page.url.path() == "/account";
    report.expect(
        "Grace signs in",
        landed,
        &format!("{} {} “{}”", page.status, page.url.path(), page.title()),
    )?;

    let checked = check(stage, &browser, None).await?;
    let roles = checked.get("roles").map(Value::to_string).unwrap_or_default();
    let who = format!("GET /api/check with the cookie → 200 {}, roles {roles}", text(&checked, "/user_name"));
    report.expect("The app asks who she is", roles.contains("auditor"), &who)?;

    let page = browser.press(&page, "Create API token", &[("name", "laptop")]).await?;
    let token = page
        .text()
        .split_whitespace()
        .find(|word| word.starts_with("vapi_"))
        .context("the account page shows no token")?
        .to_owned();
    let checked = check(stage, &Browser::new()?, Some(&token)).await?;
    let right = text(&checked, "/user_name") == people.grace.login;
    report.expect("Her API token works", right, "GET /api/check with the token → 200")?;

    let outside = Browser::new()?;
    let page = outside.get(&url).await?;
    let page = outside.sign_in_to_okta(&page, &people.mallory).await?;
    report.expect(
        "Mallory is refused",
        page.status == 403,
        &format!("{} “{}”", page.status, page.title()),
    )?;
    product::open(stage, report, &browser).await?;
    Ok((browser, token))
}

async fn update(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    report.chapter("4. Grace changes her name in Okta");
    let mut grace = stage.people.grace.clone();
    grace.family = "Murray Hopper".to_owned();
    stage.okta.update_person(&grace);
    report.outcome("Push profile", stage.okta.push_profile(&stage.app, &grace).await)?;
    let row = user(stage, &grace).await?;
    report.expect(
        "The name arrived",
        row.attributes.as_str().contains("Murray Hopper"),
        "one row changed, same id",
    )
}

async fn deactivate(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    report.chapter("5. Linus signs in, is deactivated in Okta, and comes back");
    let Stage { okta, app, people, .. } = stage;
    let browser = Browser::new()?;
    let page = browser.get(&okta.open_app_url(app).context("no initiate login URI")?).await?;
    let page = browser.sign_in_to_okta(&page, &people.linus).await?;
    report.expect("Linus signs in", page.status == 200, &format!("{} “{}”", page.status, page.title()))?;
    let before = user(stage, &people.linus).await?;
    report.outcome("Deactivate", okta.deactivate(app, &people.linus).await)?;
    refused(stage, report, &browser, None, "His session is refused at once").await?;
    report.outcome("Reactivate", okta.reactivate(app, &people.linus).await)?;
    let after = user(stage, &people.linus).await?;
    let same = after.active && after.user_id == before.user_id;
    report.expect("Same person, same id", same, &format!("id {}", after.user_id))?;
    refused(stage, report, &browser, None, "His old session stays dead").await
}

async fn universal_logout(
    stage: &Stage,
    report: &mut Report,
    browser: &Browser,
    token: &str,
) -> anyhow::Result<()> {
    report.chapter("6. Okta logs Grace out everywhere (Universal Logout)");
    let Stage { okta, app, people, .. } = stage;
    report.outcome("Universal Logout", okta.universal_logout(app, &people.grace, SUBJECT).await)?;
    refused(stage, report, browser, None, "Her session is refused at once").await?;
    refused(stage, report, browser, Some(token), "Her API token is refused at once").await?;
    product::is_told(stage, report, browser).await
}

async fn sign_in_again(
    stage: &Stage,
    report: &mut Report,
    browser: &Browser,
    token: &str,
) -> anyhow::Result<()> {
    report.chapter("7. Grace signs in again: her Okta session still lives, but is not enough");
    let Stage { okta, app, people, .. } = stage;
    let page = browser.get(&okta.open_app_url(app).context("no initiate login URI")?).await?;
    let asked = page.form_with_field("password").is_ok();
    report.expect(
        "Okta must ask her again",
        asked,
        &format!("{} redirects, then “{}”", page.hops.len(), page.title()),
    )?;
    let page = sign_in_freshly(browser, &page, &people.grace).await?;
    report.expect(
        "She signs in",
        page.status == 200 && page.url.path() == "/account",
        &format!("{} “{}”", page.status, page.title()),
    )?;
    let checked = check(stage, browser, None).await?;
    report.expect(
        "The new session works",
        text(&checked, "/user_name") == people.grace.login,
        "GET /api/check → 200",
    )?;
    refused(stage, report, browser, Some(token), "The old API token stays dead").await
}

async fn sign_in_freshly(browser: &Browser, page: &Page, person: &Person) -> anyhow::Result<Page> {
    // A person needs longer than a second to type a password.
    pause(1_100).await;
    Ok(browser.sign_in_to_okta(page, person).await?)
}

/// `/api/check` with the browser's cookie, or with a token; must be 200.
async fn check(stage: &Stage, browser: &Browser, token: Option<&str>) -> anyhow::Result<Value> {
    let (status, body) = ask(stage, browser, token).await?;
    ensure!(status == 200, "/api/check answers {status}: {body}");
    Ok(body)
}

async fn refused(
    stage: &Stage,
    report: &mut Report,
    browser: &Browser,
    token: Option<&str>,
    step: &str,
) -> anyhow::Result<()> {
    let (status, _) = ask(stage, browser, token).await?;
    let with = if token.is_some() { "token" } else { "cookie" };
    report.expect(step, status == 401, &format!("GET /api/check with the {with} → {status}"))
}

async fn ask(stage: &Stage, browser: &Browser, token: Option<&str>) -> anyhow::Result<(u16, Value)> {
    let url = stage.state.api_url("/api/check");
    if let Some(token) = token {
        #[expect(
            clippy::disallowed_methods,
            reason = "plays an API client on loopback, which outbound refuses to call"
        )]
        let answer = reqwest::Client::new().get(&url).bearer_auth(token).send().await?;
        return Ok((answer.status().as_u16(), answer.json().await?));
    }
    let page = browser.get(&url).await?;
    Ok((page.status, serde_json::from_str(&page.html)?))
}
