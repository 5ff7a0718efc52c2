//! What `vestibule workspace update` says of signing in: how long sessions last, where people may go afterwards, for which
//! e-mail domains the sign-in page offers the workspace.

use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::domains;
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Conn,
    providers::sign_in_domains,
    workspaces::{self, Workspace},
};
use vestibule_web::{
    config::Config,
    http::{return_to, session},
};

use super::Sentence;

#[derive(Debug, Args)]
pub(crate) struct SignIn {
    /// How long sessions last at most, in hours (1 to 8760), or `default`: as configured
    #[arg(long, value_name = "HOURS")]
    session_hours: Option<Limit>,
    /// How long sessions last without a request, in minutes (0 to 525600; 0: no limit), or `default`: as configured
    #[arg(long, value_name = "MINUTES")]
    idle_minutes: Option<Limit>,
    /// How long ago people may have authenticated at Okta when they sign in, in minutes (0 to 525600), or `default`: however long
    #[arg(long, value_name = "MINUTES")]
    max_age_minutes: Option<Limit>,
    /// An origin that people may be sent to after sign-in, such as https://app.example.com; may be repeated
    #[arg(long = "allow-origin", value_name = "URL")]
    allow: Vec<String>,
    /// An origin that they may be sent to no longer; may be repeated
    #[arg(long = "disallow-origin", value_name = "URL")]
    disallow: Vec<String>,
    /// An e-mail domain whose people the sign-in page offers this workspace; recognises nobody; may be repeated
    #[arg(long = "sign-in-domain", value_name = "DOMAIN")]
    offer: Vec<String>,
    /// A domain whose people it offers this workspace no longer; may be repeated
    #[arg(long = "no-sign-in-domain", value_name = "DOMAIN")]
    withdraw: Vec<String>,
}

/// A number, or the configuration's.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<i64>);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "default" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|number| Self(Some(number)))
            .map_err(|_| "must be a whole number or default".to_owned())
    }
}

impl SignIn {
    /// Changes what was named.
    pub(crate) fn apply(
        &self,
        conn: &mut Conn,
        config: &Config,
        workspace: &Workspace,
        now: Micros,
    ) -> Result<(), Sentence> {
        let id = &workspace.workspace_id;
        let hours = within("--session-hours", self.session_hours, 1, 8760, 3600)?;
        let minutes = within("--idle-minutes", self.idle_minutes, 0, 525_600, 60)?;
        if hours.is_some() || minutes.is_some() {
            let (hours, minutes) =
                (hours.unwrap_or(workspace.session_seconds), minutes.unwrap_or(workspace.idle_seconds));
            workspaces::set_session_limits(conn, id, hours, minutes, now)?;
        }
        if let Some(seconds) = within("--max-age-minutes", self.max_age_minutes, 0, 525_600, 60)? {
            workspaces::set_max_age(conn, id, seconds, now)?;
        }
        let mut origins = workspace.origins();
        for origin in &self.allow {
            let origin = return_to::check_origin(origin, config.okta.allow_insecure_issuers)
                .map_err(|error| anyhow!("--allow-origin: {error}"))?;
            origins.push(origin);
        }
        origins.sort();
        origins.dedup();
        for origin in &self.disallow {
            let place = origins.iter().position(|known| known == origin);
            origins.remove(place.ok_or_else(|| anyhow!("--disallow-origin: {origin} is not allowed"))?);
        }
        if origins != workspace.origins() {
            workspaces::set_origins(conn, id, &origins, now)?;
        }
        for domain in &self.offer {
            // As the sign-in page will read it.
            let domain = domains::normalise(domain).map_err(|error| anyhow!("--sign-in-domain: {error}"))?;
            sign_in_domains::add(conn, id, &domain, now)?;
        }
        for domain in &self.withdraw {
            let named = domains::normalise(domain).unwrap_or_else(|_| domain.trim().to_owned());
            if !sign_in_domains::remove(conn, id, &named)? {
                return Err(anyhow!("--no-sign-in-domain: {domain} is not one of this workspace").into());
            }
        }
        Ok(())
    }
}

/// What is in force, as members of a workspace's JSON.
pub(crate) fn show(
    conn: &mut Conn,
    config: &Config,
    workspace: &Workspace,
) -> Result<[(&'static str, Value); 5], Sentence> {
    let idle = session::idle(config, workspace).map_or(0, |idle| idle / (60 * SECOND));
    Ok([
        ("session_hours", json!(session::lifetime(config, workspace) / (3600 * SECOND))),
        ("idle_minutes", json!(idle)),
        ("max_age_minutes", json!(workspace.max_age_seconds.map(|seconds| seconds / 60))),
        ("allowed_origins", json!(workspace.origins())),
        ("sign_in_domains", json!(sign_in_domains::list(conn, &workspace.workspace_id)?)),
    ])
}

/// A limit in seconds, if one was named.
fn within(
    option: &str,
    limit: Option<Limit>,
    least: i64,
    most: i64,
    unit: i64,
) -> Result<Option<Option<i64>>, Sentence> {
    match limit {
        None => Ok(None),
        Some(Limit(None)) => Ok(Some(None)),
        Some(Limit(Some(number))) if (least..=most).contains(&number) => Ok(Some(Some(number * unit))),
        Some(_) => Err(anyhow!("{option} must be {least} to {most}, or default").into()),
    }
}
