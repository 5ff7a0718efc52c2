//! `GET /mapping/preview`: whom a rule would affect, and what they would gain and lose. It saves nothing.

use askama::Template;
use vestibule_admin::refusal;
use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, GroupId, RoleId, WorkspaceId},
    providers::Provider,
};
use vestibule_store::{
    Conn, Error,
    people::users::UserSummary,
    rights::{
        mappings::{self, Rule},
        roles::{
            self,
            holders::HolderFilter,
            preview::{Difference, Preview, preview},
        },
    },
};

use crate::{
    layout::{access::Administrator, error::PageResult, form::Fields},
    roles::{
        catalog::Catalog,
        mapping::{form, wanted::WantedRule},
    },
};

/// How many people a preview examines.
const MOST: i64 = 20_000;
/// How many of them it names.
const NAMED: usize = 20;
/// How many groups it names.
const GROUPS: usize = 20;

#[derive(Template)]
#[template(path = "mapping_preview.html")]
struct PreviewPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    found: Found,
}

/// What the preview found.
struct Found {
    wanted: WantedRule,
    roles: Vec<String>,
    entitlements: Vec<String>,
    /// The id and name of each group.
    groups: Vec<(GroupId, String)>,
    more_groups: usize,
    preview: Preview,
    /// The name of a role or entitlement, how many people gain it, how many lose it.
    changes: Vec<(String, i64, i64)>,
    /// The first people, and what they gain and lose.
    first: Vec<(UserSummary, String)>,
}

/// Shows the preview.
pub async fn get_preview(administrator: Administrator) -> PageResult {
    let wanted = WantedRule::read(&administrator.query()?);
    let (workspace_id, by_owner, rule) =
        (administrator.workspace_id(), administrator.is_owner(), wanted.clone());
    let provider = administrator.provider();
    let found = administrator
        .search(move |conn| {
            let catalog = Catalog::read(conn, &workspace_id)?;
            match refusal::sentence(rule.check(&catalog, by_owner, provider))? {
                Ok((_, checked)) => Ok(Ok(find(conn, &workspace_id, &catalog, rule, checked)?)),
                Err(problem) => Ok(Err(problem)),
            }
        })
        .await?;
    match found {
        Ok(found) => administrator.page(
            "Preview of a rule",
            &PreviewPage { provider: administrator.provider(), csrf: administrator.csrf(), found },
        ),
        Err(problem) => form::show(&administrator, wanted, Some(problem)).await,
    }
}

fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    catalog: &Catalog,
    wanted: WantedRule,
    rule: Option<Rule>,
) -> Result<Found, Error> {
    let key = fold(&wanted.group);
    let keys = [key.clone()];
    let mut groups = mappings::groups(conn, workspace_id, &keys)?;
    let more_groups = groups.len().saturating_sub(GROUPS);
    groups.truncate(GROUPS);
    let among = HolderFilter::ruled(conn, workspace_id, &keys)?;
    let now = roles::shared(conn, workspace_id)?;
    let mut then = now.clone();
    then.rules.retain(|rule| rule.key != key);
    let (mut role_names, mut entitlement_names) = (Vec::new(), Vec::new());
    if let Some(rule) = rule {
        role_names = rule.roles.iter().map(|id| catalog.role_name(id)).collect();
        entitlement_names = rule.entitlements.iter().map(|id| catalog.entitlement_name(id)).collect();
        then.rules.push(rule);
    }
    let preview = preview(conn, workspace_id, (now, then), &among, (MOST, NAMED))?;
    let role = |(id, (gain, lose)): (&RoleId, &(i64, i64))| (catalog.role_name(id), *gain, *lose);
    let entitlement = |(id, (gain, lose)): (&EntitlementId, &(i64, i64))| {
        (format!("Entitlement {}", catalog.entitlement_name(id)), *gain, *lose)
    };
    let changes = preview.roles.iter().map(role);
    let changes = changes.chain(preview.entitlements.iter().map(entitlement)).collect();
    let person =
        |(summary, difference): &(UserSummary, Difference)| (summary.clone(), in_words(catalog, difference));
    Ok(Found {
        wanted,
        roles: role_names,
        entitlements: entitlement_names,
        groups,
        more_groups,
        changes,
        first: preview.first.iter().map(person).collect(),
        preview,
    })
}

/// "gains Editor; loses Member"
fn in_words(catalog: &Catalog, difference: &Difference) -> String {
    let names = |roles: &[RoleId], entitlements: &[EntitlementId]| {
        let roles = roles.iter().map(|id| catalog.role_name(id));
        roles.chain(entitlements.iter().map(|id| catalog.entitlement_name(id))).collect::<Vec<_>>().join(", ")
    };
    let gained = names(&difference.roles_gained, &difference.entitlements_gained);
    let lost = names(&difference.roles_lost, &difference.entitlements_lost);
    let clause =
        |verb: &str, names: String| Some(names).filter(|n| !n.is_empty()).map(|n| format!("{verb} {n}"));
    [clause("gains", gained), clause("loses", lost)].into_iter().flatten().collect::<Vec<_>>().join("; ")
}
