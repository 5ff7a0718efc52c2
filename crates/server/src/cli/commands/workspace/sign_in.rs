//! Sign-in options of `vestibule workspace update`: limits of sessions, allowed origins, and email domains for which the sign-in page
//! offers the workspace.

use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::{
    Refusal,
    provider::domains::name::normalise,
    workspaces::{Limit, Seconds, WorkspaceChange},
};
use vestibule_core::time::SECOND;
use vestibule_store::{Conn, providers::sign_in_domains, workspaces::Workspace};
use vestibule_web::{config::Config, http::session};

use crate::cli::commands::Sentence;

#[derive(Debug, Args)]
pub(crate) struct SignIn {
    /// How long sessions last at most, in hours (1 to 8760), or `default`: as configured
    #[arg(long, value_name = "HOURS")]
    session_hours: Option<Typed>,
    /// How long sessions last without a request, in minutes (0 to 525600; 0: no limit), or `default`: as configured
    #[arg(long, value_name = "MINUTES")]
    idle_minutes: Option<Typed>,
    /// How long ago people may have authenticated at the provider when they sign in, in minutes (0 to 525600), or `default`: no limit
    #[arg(long, value_name = "MINUTES")]
    max_age_minutes: Option<Typed>,
    /// An origin that people may be sent to after sign-in, such as https://app.example.com; may be repeated
    #[arg(long = "allow-origin", value_name = "URL")]
    allow: Vec<String>,
    /// An origin to remove from these; may be repeated
    #[arg(long = "disallow-origin", value_name = "URL")]
    disallow: Vec<String>,
    /// An email domain for which the sign-in page offers this workspace; not used to identify people; may be repeated
    #[arg(long = "sign-in-domain", value_name = "DOMAIN")]
    offer: Vec<String>,
    /// A domain to remove from these; may be repeated
    #[arg(long = "no-sign-in-domain", value_name = "DOMAIN")]
    withdraw: Vec<String>,
}

/// A number, or `default`: as configured.
#[derive(Debug, Clone, Copy)]
struct Typed(Option<i64>);

impl FromStr for Typed {
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
    /// The change that the options ask for.
    pub(crate) fn change(&self, conn: &mut Conn, workspace: &Workspace) -> Result<WorkspaceChange, Sentence> {
        Ok(WorkspaceChange {
            session: read(Limit::SessionHours, self.session_hours)?,
            idle: read(Limit::IdleMinutes, self.idle_minutes)?,
            max_age: read(Limit::MaxAgeMinutes, self.max_age_minutes)?,
            allowed_origins: self.origins(workspace)?,
            sign_in_domains: self.domains(conn, workspace)?,
            ..WorkspaceChange::default()
        })
    }

    fn origins(&self, workspace: &Workspace) -> Result<Option<Vec<String>>, Sentence> {
        if self.allow.is_empty() && self.disallow.is_empty() {
            return Ok(None);
        }
        let mut origins = [workspace.origins(), self.allow.clone()].concat();
        for origin in &self.disallow {
            if !origins.contains(origin) {
                return Err(anyhow!("--disallow-origin: {origin} is not allowed").into());
            }
            origins.retain(|other| other != origin);
        }
        Ok(Some(origins))
    }

    fn domains(&self, conn: &mut Conn, workspace: &Workspace) -> Result<Option<Vec<String>>, Sentence> {
        if self.offer.is_empty() && self.withdraw.is_empty() {
            return Ok(None);
        }
        let mut domains = sign_in_domains::list(conn, &workspace.workspace_id)?;
        for domain in &self.offer {
            // Normalised, as the sign-in page looks domains up.
            let domain = normalise(domain).map_err(|error| anyhow!("--sign-in-domain: {error}"))?;
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        for domain in &self.withdraw {
            let named = normalise(domain).unwrap_or_else(|_| domain.trim().to_owned());
            if !domains.contains(&named) {
                return Err(anyhow!("--no-sign-in-domain: {domain} is not one of this workspace").into());
            }
            domains.retain(|other| *other != named);
        }
        Ok(Some(domains))
    }
}

/// The limits in effect, the origins and the domains, as members of a workspace's JSON.
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

/// A limit in seconds, if one was given.
fn read(limit: Limit, typed: Option<Typed>) -> Result<Option<Option<Seconds>>, Sentence> {
    let Some(Typed(number)) = typed else { return Ok(None) };
    limit.read(number).map(Some).map_err(|refusal| match refusal {
        Refusal::Field(..) => Sentence(anyhow!("{}, or default", Sentence::from(refusal).0)),
        other => other.into(),
    })
}
