//! Workspaces: creates one, and changes its settings. A change records one `workspace_changed` if a setting differs.

pub mod brake;
pub mod deletion;
pub mod emergency;
mod limits;
pub mod observation;

use vestibule_core::{
    ids::{RoleId, WorkspaceId},
    sets::OktaAppKind,
};
use vestibule_store::{
    Conn, Error, Tx,
    providers::{setup_links, setup_progress, sign_in_domains},
    rights::roles,
    safeguards::brakes,
    trail::events::{
        Target,
        kinds::{WorkspaceChanged, WorkspaceCreated, WorkspaceSettings},
    },
    workspaces::{self, Workspace, deletion as store_deletion},
};
use vestibule_web::http::return_to;

use crate::{
    actor::Actor,
    checks,
    provider::domains,
    refusal::{Refusal, field},
    rights::authority,
    workspaces::brake::MOST_PEOPLE,
};

pub use limits::{Limit, Seconds};

/// The largest number of allowed origins of a workspace.
const MOST_ORIGINS: usize = 100;
/// The largest number of domains of a new workspace.
const MOST_DOMAINS: usize = 100;

/// A workspace to be created.
#[derive(Debug, Clone, Copy)]
pub struct NewWorkspace<'a> {
    /// Its id; made when `None`.
    pub id: Option<&'a WorkspaceId>,
    /// Name that people see.
    pub name: &'a str,
    /// Region of its data.
    pub region: &'a str,
    /// Domains that the operator verifies without a DNS record.
    pub domains: &'a [String],
}

/// Changes to the settings of a workspace; `None` changes nothing.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceChange {
    /// Name that people see.
    pub name: Option<String>,
    /// Id of the role of users who have no other.
    pub default_role: Option<RoleId>,
    /// Whether SCIM may authenticate with Basic.
    pub allow_basic: Option<bool>,
    /// Whether group members that do not exist yet are parked until they do.
    pub park_members: Option<bool>,
    /// How long a session lasts at most; `Some(None)`: as configured.
    pub session: Option<Option<Seconds>>,
    /// How long a session lasts without a request, 0 for no limit; `Some(None)`: as configured.
    pub idle: Option<Option<Seconds>>,
    /// How long ago people may have authenticated at the provider; `Some(None)`: no limit.
    pub max_age: Option<Option<Seconds>>,
    /// Origins that people may be sent to after sign-in.
    pub allowed_origins: Option<Vec<String>>,
    /// Domains for which the sign-in page offers the workspace.
    pub sign_in_domains: Option<Vec<String>>,
    /// Percentage of people above which the brake blocks.
    pub brake_percent: Option<i64>,
    /// Number of people up to which the brake never blocks.
    pub brake_least: Option<i64>,
    /// Kind of the app in Okta.
    pub okta_app: Option<OktaAppKind>,
}

/// Creates a workspace; returns it and the plain text of a set-up link.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    new: NewWorkspace<'_>,
) -> Result<(Workspace, String), Refusal> {
    if new.domains.len() > MOST_DOMAINS {
        return field("domains", format!("must be at most {MOST_DOMAINS}"));
    }
    if let Some(id) = new.id
        && store_deletion::find(conn, id)?.is_some_and(|deletion| deletion.finished_at.is_some())
    {
        return field("id", "belonged to a workspace that was deleted");
    }
    let workspace = workspaces::create(conn, new.id, checks::title(new.name)?, new.region, actor.now)?;
    let id = &workspace.workspace_id;
    for domain in new.domains {
        domains::verify(conn, actor, id, domain)?;
    }
    let link = setup_links::issue(conn, id, actor.now)?;
    let data = WorkspaceCreated { name: &workspace.name, domains: new.domains };
    actor.record(conn, id, Target::Workspace, &data)?;
    Ok((workspace, link))
}

/// Changes the settings of a workspace. Records an event only if something differs. Returns the changed workspace.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: &Workspace,
    change: &WorkspaceChange,
    allow_insecure: bool,
) -> Result<Workspace, Refusal> {
    let (id, region) = (&before.workspace_id, &before.region);
    authority::keep_administered(conn, actor, id, |conn| {
        let old = settings(conn, before)?;
        save(conn, actor, before, change, allow_insecure)?;
        let after = workspaces::find(conn, id, region)?.ok_or(Error::NotFound)?;
        if let Some(data) = WorkspaceChanged::between(old, settings(conn, &after)?) {
            actor.record(conn, id, Target::Workspace, &data)?;
        }
        Ok(after)
    })
}

fn save(
    conn: &mut Conn,
    actor: &Actor,
    before: &Workspace,
    change: &WorkspaceChange,
    allow_insecure: bool,
) -> Result<(), Refusal> {
    let (id, now) = (&before.workspace_id, actor.now);
    set_brake(conn, actor, id, change)?;
    if let Some(name) = &change.name {
        workspaces::set_name(conn, id, checks::title(name)?, now)?;
    }
    if let Some(role_id) = &change.default_role {
        check_default_role(role_id)?;
        workspaces::set_default_role(conn, id, role_id, now)?;
    }
    if let Some(allow) = change.allow_basic {
        workspaces::set_allow_basic(conn, id, allow, now)?;
    }
    if let Some(park) = change.park_members {
        workspaces::set_park_members(conn, id, park, now)?;
    }
    if change.session.is_some() || change.idle.is_some() {
        let seconds = |limit: Option<Option<Seconds>>, stored: Option<i64>| match limit {
            Some(limit) => limit.map(Seconds::get),
            None => stored,
        };
        let session = seconds(change.session, before.session_seconds);
        let idle = seconds(change.idle, before.idle_seconds);
        workspaces::set_session_limits(conn, id, session, idle, now)?;
    }
    if let Some(max_age) = change.max_age {
        workspaces::set_max_age(conn, id, max_age.map(Seconds::get), now)?;
    }
    if let Some(origins) = &change.allowed_origins {
        let origins = check_origins(origins, &before.origins(), allow_insecure)?;
        workspaces::set_origins(conn, id, &origins, now)?;
    }
    if let Some(kind) = change.okta_app {
        setup_progress::set_app_kind(conn, id, kind)?;
    }
    if let Some(wanted) = &change.sign_in_domains {
        let stored = sign_in_domains::list(conn, id)?;
        for domain in stored.iter().filter(|domain| !wanted.contains(domain)) {
            sign_in_domains::remove(conn, id, domain)?;
        }
        for domain in wanted {
            sign_in_domains::add(conn, id, domain, now)?;
        }
    }
    Ok(())
}

fn set_brake(
    conn: &mut Conn,
    actor: &Actor,
    id: &WorkspaceId,
    change: &WorkspaceChange,
) -> Result<(), Refusal> {
    let (percent, least) = (change.brake_percent, change.brake_least);
    if percent.is_some_and(|percent| !(0..=100).contains(&percent)) {
        return field("brake_percent", "must be a whole number from 0 to 100; 0 switches the brake off");
    }
    if least.is_some_and(|least| !(1..=MOST_PEOPLE).contains(&least)) {
        return field("brake_least", format!("must be a whole number from 1 to {MOST_PEOPLE}"));
    }
    if percent.is_some() || least.is_some() {
        brakes::set(conn, id, percent, least, actor.now)?;
    }
    Ok(())
}

fn check_default_role(role_id: &RoleId) -> Result<(), Refusal> {
    let refused = |consequence: &str| {
        field("default_role", format!("{role_id} can't be the default: everybody would {consequence}"))
    };
    if roles::ADMINISTRATORS.contains(&role_id.as_str()) {
        return refused("administer");
    }
    if roles::READERS.contains(&role_id.as_str()) {
        return refused("see what administrators see");
    }
    Ok(())
}

/// The origins, sorted, each once. More than [`MOST_ORIGINS`] are refused, unless even more are stored.
fn check_origins(typed: &[String], stored: &[String], allow_insecure: bool) -> Result<Vec<String>, Refusal> {
    const FIELD: &str = "allowed_origins";
    let check = |origin: &String| return_to::check_origin(origin, allow_insecure);
    let origins: Result<Vec<String>, String> = typed.iter().map(check).collect();
    let mut origins = match origins {
        Ok(origins) => origins,
        Err(sentence) => return field(FIELD, sentence),
    };
    origins.sort();
    origins.dedup();
    if origins.len() > MOST_ORIGINS && origins.len() >= stored.len() {
        return field(FIELD, format!("must be at most {MOST_ORIGINS}"));
    }
    Ok(origins)
}

/// All settings of a workspace, as events name them.
fn settings(conn: &mut Conn, workspace: &Workspace) -> Result<WorkspaceSettings, Error> {
    let id = &workspace.workspace_id;
    let brake = brakes::find(conn, id)?;
    Ok(WorkspaceSettings {
        name: Some(workspace.name.clone()),
        default_role: Some(workspace.default_role.clone()),
        allow_basic: Some(workspace.allow_basic),
        park_members: Some(workspace.park_members),
        session_seconds: Some(workspace.session_seconds),
        idle_seconds: Some(workspace.idle_seconds),
        max_age_seconds: Some(workspace.max_age_seconds),
        allowed_origins: Some(workspace.origins()),
        sign_in_domains: Some(sign_in_domains::list(conn, id)?),
        brake_percent: Some(brake.percent),
        brake_least: Some(brake.least),
        okta_app: Some(setup_progress::find(conn, id)?.app_kind),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_checked_sorted_and_counted() {
        let origins = |count: usize| -> Vec<String> {
            (0..count).map(|number| format!("https://app-{number:03}.example")).collect()
        };
        let typed =
            ["https://b.example".to_owned(), "https://a.example".to_owned(), "https://b.example".to_owned()];
        assert_eq!(check_origins(&typed, &[], false).unwrap(), ["https://a.example", "https://b.example"]);
        for wrong in ["http://a.example", "https://a.example/", "a.example"] {
            assert!(check_origins(&[wrong.to_owned()], &[], false).is_err(), "{wrong}");
        }
        assert!(check_origins(&origins(100), &[], false).is_ok());
        let refused = check_origins(&origins(101), &[], false).unwrap_err();
        assert_eq!(refused.to_string(), "allowed_origins must be at most 100");
        // Those of a version that had no limit can be reduced.
        assert!(check_origins(&origins(120), &origins(130), false).is_ok());
    }

    #[test]
    fn the_default_role_administers_nothing() {
        for role in ["owner", "admin", "auditor"] {
            assert!(check_default_role(&RoleId::from_stored(role)).is_err(), "{role}");
        }
        assert!(check_default_role(&RoleId::from_stored("member")).is_ok());
    }
}
