//! Runs Okta's test suites against a workspace of a running service, over HTTP and with a token of its own, and reports each step. What it
//! creates it removes, and its token it revokes, whatever fails.

use std::fmt::Write as _;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    access::provisioning_tokens::{self, NewProvisioningToken},
};
use vestibule_core::{ids::WorkspaceId, time::rfc3339};
use vestibule_simulator::{AppSettings, Okta, Options, ScimAuth, ScimSettings, Style, SuiteNames, SuiteStep};
use vestibule_store::{Conn, Database, observation, people::users};
use vestibule_web::config::Config;

use super::Run;
use crate::cli::{
    Refused,
    commands::{self, open, read, write},
};

/// Lifetime of the run's token, in days, in case the run is killed.
const DAYS: i64 = 1;

/// Runs the suites.
pub(super) fn run(arguments: &Run, config: &Config, json: bool) -> anyhow::Result<Value> {
    let (database, now) = open(config)?;
    let workspace_id = read(&database, |conn| Ok(admitted(conn, config, arguments)?))?;
    let origin = arguments.url.as_deref().unwrap_or(&config.region.api_url).trim_end_matches('/');
    let base_url = format!("{origin}/api/scim/v2/{workspace_id}");
    let scopes: Vec<String> =
        ["scim.read", "scim.write", "entitlements.read"].into_iter().map(str::to_owned).collect();
    let names = SuiteNames::new();
    let (token_id, token) = write(&database, |conn| {
        let new = NewProvisioningToken { name: "OIN kit run", scopes: &scopes, days: Some(DAYS) };
        let (token, plain) = provisioning_tokens::create(conn, &Actor::cli(now), &workspace_id, new)?;
        Ok((token.token_id, plain))
    })?;
    let played = actix_web::rt::System::new().block_on(play(&base_url, token, &names));
    revoke(&database, &workspace_id, &token_id)?;
    let steps = played?;
    let has_passed = steps.iter().all(SuiteStep::has_passed);
    let report = Report { base_url: &base_url, at: rfc3339(now), steps: &steps, has_passed };
    let output = if json { report.json(&workspace_id) } else { Value::String(report.markdown()) };
    if has_passed {
        return Ok(output);
    }
    let failed = steps.iter().filter(|step| !step.has_passed()).count();
    Err(Refused { sentence: format!("{failed} of {} steps failed", steps.len()), output }.into())
}

/// The workspace, if the suites may run in it.
fn admitted(conn: &mut Conn, config: &Config, arguments: &Run) -> anyhow::Result<WorkspaceId> {
    let workspace = commands::workspace(conn, config, &arguments.workspace)?;
    let id = workspace.workspace_id;
    if workspace.suspended_at.is_some() {
        return Err(anyhow!("the workspace is suspended: the suites could change nothing"));
    }
    if observation::is_observed(conn, &id)? {
        return Err(anyhow!("the workspace is observed: the suites would change its plan, and nothing else"));
    }
    let people = users::count(conn, &id)?;
    if people > 0 && !arguments.among_people {
        return Err(anyhow!(
            "there are people in this workspace ({people}): use one for tests, or say --among-people"
        ));
    }
    Ok(id)
}

async fn play(base_url: &str, token: String, names: &SuiteNames) -> anyhow::Result<Vec<SuiteStep>> {
    let okta = Okta::start(Options { name: "OIN kit".to_owned(), ..Options::default() })
        .context("the pretend Okta cannot listen on loopback")?;
    let app = okta.create_app(AppSettings {
        label: "Vestibule".to_owned(),
        name: "vestibule_oin_kit_1".to_owned(),
        style: Style::Catalog,
        ..AppSettings::default()
    });
    okta.enable_provisioning(&app, ScimSettings::new(base_url, ScimAuth::Bearer(token)));
    let outcome = match okta.test_connection(&app).await {
        Ok(_) => Ok(okta.run_suites(&app, names).await),
        Err(failure) => {
            Err(anyhow!("{base_url} could not be used, so nothing was run: {}", failure.sentence))
        }
    };
    okta.stop().await;
    outcome
}

fn revoke(database: &Database, workspace_id: &WorkspaceId, token_id: &str) -> anyhow::Result<()> {
    let now = vestibule_web::clock::Clock::default().now();
    write(database, |conn| {
        provisioning_tokens::revoke(conn, &Actor::cli(now), workspace_id, token_id)?;
        Ok(())
    })
    .with_context(|| format!("the token {token_id} of the run could not be revoked; it expires in a day"))
}

/// The report of a run.
struct Report<'a> {
    base_url: &'a str,
    at: String,
    steps: &'a [SuiteStep],
    has_passed: bool,
}

impl Report<'_> {
    /// The suites in order, each with its steps.
    fn suites(&self) -> Vec<(&'static str, Vec<&SuiteStep>)> {
        let mut suites: Vec<(&'static str, Vec<&SuiteStep>)> = Vec::new();
        for step in self.steps {
            match suites.iter_mut().find(|(name, _)| *name == step.suite) {
                Some((_, steps)) => steps.push(step),
                None => suites.push((step.suite, vec![step])),
            }
        }
        suites
    }

    fn json(&self, workspace_id: &WorkspaceId) -> Value {
        let suites = self.suites().into_iter().map(|(name, steps)| {
            let passed = steps.iter().all(|step| step.has_passed());
            let steps = steps.into_iter().map(|step| {
                json!({
                    "title": step.title, "request": step.request, "status": step.status,
                    "passed": step.has_passed(), "failures": step.failures,
                })
            });
            json!({ "suite": name, "passed": passed, "steps": steps.collect::<Vec<_>>() })
        });
        json!({
            "workspace": workspace_id, "base_url": self.base_url, "at": self.at, "version": env!("CARGO_PKG_VERSION"),
            "passed": self.has_passed, "suites": suites.collect::<Vec<_>>(),
        })
    }

    fn markdown(&self) -> String {
        let failed = self.steps.iter().filter(|step| !step.has_passed()).count();
        let mut text = format!(
            "# Test report\n\nOkta's SCIM 2.0 tests, run by Vestibule {} against {} at {}, with a simulator of Okta's client.\n\n{} steps, {failed} failed.\n",
            env!("CARGO_PKG_VERSION"),
            self.base_url,
            self.at,
            self.steps.len(),
        );
        for (name, steps) in self.suites() {
            let _ = write!(text, "\n## {name}\n\n| | Step | Last request | Status |\n|---|---|---|---|\n");
            for step in steps {
                let result = if step.has_passed() { "passed" } else { "FAILED" };
                let title = match step.failures.as_slice() {
                    [] => step.title.clone(),
                    failures => format!("{}: {}", step.title, failures.join("; ")),
                };
                let status = if step.status == 0 { "-".to_owned() } else { step.status.to_string() };
                let _ =
                    writeln!(text, "| {result} | {} | {} | {status} |", cell(&title), cell(&step.request));
            }
        }
        text
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .collect::<String>()
        .replace('|', "\\|")
        .replace('<', "&lt;")
}
