//! Which facts are drift, in which words, and what to do about each. Pure.

use vestibule_core::{fold::fold, providers::Provider, sets::DriftKind};
use vestibule_store::{
    drift::{Found, Line},
    rights::mappings::matches,
};

use super::{FIRST, compare::Compared};

/// What was read of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether SCIM manages anybody.
    pub is_provisioned: bool,
    /// Whether the provider gives roles: directly, or through groups and rules.
    pub gives_roles: bool,
    /// People whom no push has reached for a while.
    pub not_pushed: Found,
    /// People who sign in and whom SCIM does not manage.
    pub never_provisioned: Found,
    /// People of SCIM who are linked to no account.
    pub never_signed_in: Found,
    /// People of SCIM without `externalId`.
    pub external_id_absent: Found,
    /// People who share an `externalId`; the detail is it.
    pub external_id_shared: Found,
    /// People whose names are alike; the detail is the other's name.
    pub names_alike: Found,
    /// Groups without members.
    pub empty_groups: Found,
    /// Members who wait for their person; the id is that of the group, the detail its name.
    pub members_parked: Found,
    /// People of SCIM with a role that was given by hand.
    pub roles_by_hand: Found,
    /// People without a role who have a live session or token.
    pub access_without_role: Found,
    /// The owners; the detail is the email address, or empty.
    pub owners: Vec<Line>,
    /// The verified domains, folded.
    pub verified: Vec<String>,
    /// Links to unknown issuers; the detail is the issuer.
    pub unknown_issuers: Found,
    /// The rules: the id is the folded name or pattern, the name as written.
    pub rules: Vec<Line>,
    /// The folded names of all groups, pushed or claimed.
    pub groups: Vec<String>,
    /// Connections through which nobody is linked; the detail is the protocol.
    pub connections_unused: Found,
}

/// One kind of drift that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub kind: DriftKind,
    /// A few words for it.
    pub title: &'static str,
    /// How many there are.
    pub count: i64,
    /// One sentence about them.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
    /// The first of them.
    pub first: Vec<Sample>,
}

/// One of those found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Name of the person, group, rule or connection.
    pub name: String,
    /// More about it; may be empty.
    pub detail: String,
    /// Path of its page; empty: it has none.
    pub path: String,
}

impl Finding {
    /// How many are not named.
    pub fn more(&self) -> i64 {
        self.count.saturating_sub(i64::try_from(self.first.len()).unwrap_or_default())
    }
}

/// The findings, in the order of kinds.
pub fn findings(facts: Facts, provider: &Provider, days: i64) -> Vec<Finding> {
    use DriftKind::{
        AccessWithoutRole, ConnectionsUnused, EmptyGroups, ExternalIdAbsent, ExternalIdShared, MembersParked,
        NamesAlike, NeverProvisioned, NeverSignedIn, NotPushed, OwnersOutside, RolesByHand, RulesUnmatched,
        UnknownIssuers,
    };
    let outside = owners_outside(&facts.owners, &facts.verified);
    let unmatched = rules_unmatched(facts.rules, &facts.groups);
    // Without provisioning, nobody is missing from it; where the provider gives no role, each is given by hand.
    let never_provisioned = if facts.is_provisioned { facts.never_provisioned } else { Found::default() };
    let by_hand = if facts.gives_roles { facts.roles_by_hand } else { Found::default() };
    let all = [
        (NotPushed, facts.not_pushed),
        (NeverProvisioned, never_provisioned),
        (NeverSignedIn, facts.never_signed_in),
        (ExternalIdAbsent, facts.external_id_absent),
        (ExternalIdShared, facts.external_id_shared),
        (NamesAlike, facts.names_alike),
        (EmptyGroups, facts.empty_groups),
        (MembersParked, facts.members_parked),
        (RolesByHand, by_hand),
        (AccessWithoutRole, facts.access_without_role),
        (OwnersOutside, outside),
        (UnknownIssuers, facts.unknown_issuers),
        (RulesUnmatched, unmatched),
        (ConnectionsUnused, facts.connections_unused),
    ];
    all.into_iter().filter_map(|(kind, found)| finding(kind, found, provider, days)).collect()
}

/// The findings of a comparison with a list of assignments.
pub fn of_list(compared: Compared, provider: &Provider) -> Vec<Finding> {
    let all = [
        (DriftKind::AssignedNotHere, compared.assigned_not_here),
        (DriftKind::HereNotAssigned, compared.here_not_assigned),
        (DriftKind::DeactivatedThere, compared.deactivated_there),
    ];
    all.into_iter().filter_map(|(kind, found)| finding(kind, found, provider, 0)).collect()
}

/// Owners of whom neither the name nor the address is under a verified domain.
fn owners_outside(owners: &[Line], verified: &[String]) -> Found {
    let is_inside = |text: &str| {
        text.rsplit_once('@').is_some_and(|(_, domain)| verified.iter().any(|known| *known == fold(domain)))
    };
    let outside = owners.iter().filter(|owner| !is_inside(&owner.name) && !is_inside(&owner.detail));
    Found::of(outside.map(|owner| Line { detail: String::new(), ..owner.clone() }).collect(), FIRST)
}

/// Rules whose name or pattern is that of no group.
fn rules_unmatched(rules: Vec<Line>, groups: &[String]) -> Found {
    let is_unmatched = |rule: &Line| !groups.iter().any(|group| matches(&rule.id, group));
    Found::of(rules.into_iter().filter(is_unmatched).collect(), FIRST)
}

fn finding(kind: DriftKind, found: Found, provider: &Provider, days: i64) -> Option<Finding> {
    if found.count == 0 {
        return None;
    }
    let (sentence, remedy) = words(kind, provider, days);
    let first = found.first.into_iter().map(|line| sample(kind, line)).collect();
    Some(Finding { kind, title: title(kind), count: found.count, sentence, remedy, first })
}

fn sample(kind: DriftKind, line: Line) -> Sample {
    let path = match kind {
        DriftKind::EmptyGroups | DriftKind::MembersParked => format!("/groups/{}", line.id),
        DriftKind::ConnectionsUnused => format!("/integrations/okta/{}/{}", line.detail, line.id),
        DriftKind::RulesUnmatched => "/roles".to_owned(),
        DriftKind::AssignedNotHere => String::new(),
        _ => format!("/people/{}", line.id),
    };
    let detail = match kind {
        DriftKind::ConnectionsUnused => String::new(),
        _ => line.detail,
    };
    Sample { name: line.name, detail, path }
}

fn title(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::NotPushed => "Not pushed",
        DriftKind::NeverProvisioned => "Never provisioned",
        DriftKind::NeverSignedIn => "Never signed in",
        DriftKind::ExternalIdAbsent => "Without externalId",
        DriftKind::ExternalIdShared => "Shared externalId",
        DriftKind::NamesAlike => "Names that are alike",
        DriftKind::EmptyGroups => "Empty groups",
        DriftKind::MembersParked => "Members who wait",
        DriftKind::RolesByHand => "Roles by hand",
        DriftKind::AccessWithoutRole => "Access without a role",
        DriftKind::OwnersOutside => "Owners outside verified domains",
        DriftKind::UnknownIssuers => "Links to a former issuer",
        DriftKind::RulesUnmatched => "Rules that match no group",
        DriftKind::ConnectionsUnused => "Unused connections",
        DriftKind::AssignedNotHere => "Assigned, not here",
        DriftKind::HereNotAssigned => "Here, not assigned",
        DriftKind::DeactivatedThere => "Deactivated there, active here",
    }
}

/// The sentence about a kind, and its remedy.
fn words(kind: DriftKind, provider: &Provider, days: i64) -> (String, String) {
    let (name, label, scim) = (provider.name, provider.label, provider.scim);
    let at = |place: &str| format!("{}.", provider.place(place));
    match kind {
        DriftKind::NotPushed => (
            format!("{label} has not pushed these people for {days} days."),
            format!("Compare them with the list of assignments: who left is removed there or deactivated here. {label} sends a person only when something about them changes, so some of them may be right."),
        ),
        DriftKind::NeverProvisioned => (
            format!("These people sign in, and {name} never provisioned them: it can't deactivate them here."),
            at(scim.admit),
        ),
        DriftKind::NeverSignedIn => (
            format!("{label} provisioned these people, and they never signed in."),
            format!("Remove them in {name} if they don't need this service, or ask them whether sign-in works."),
        ),
        DriftKind::ExternalIdAbsent => (
            "These provisioned people have no externalId, so only their names say who they are.".to_owned(),
            at(&format!("{}: map externalId, unique to each person", scim.mappings)),
        ),
        DriftKind::ExternalIdShared => (
            "The externalId of these people is also another person's, in another spelling or as the id that the other signs in with.".to_owned(),
            at(&format!("{}: map externalId, unique to each person; then look at the links on the page of each", scim.mappings)),
        ),
        DriftKind::NamesAlike => (
            "The names of these people differ from another's only by letter case or by the form of their characters.".to_owned(),
            format!("Rename or remove one of each pair in {name}, so that a name means one person."),
        ),
        DriftKind::EmptyGroups => (
            "These groups were pushed and have no members.".to_owned(),
            at(&format!("{}; or stop pushing it", scim.groups)),
        ),
        DriftKind::MembersParked => (
            "These members of groups wait for a person who was never provisioned.".to_owned(),
            at(&format!("{}; or remove them from the group", scim.admit)),
        ),
        DriftKind::RolesByHand => (
            format!("These provisioned people have roles that were given by hand, beside those of {name}."),
            format!("Give the role through {name}, then take it away on the person's page; or leave it, where it is meant."),
        ),
        DriftKind::AccessWithoutRole => (
            "These people hold no role, and have live sessions or tokens.".to_owned(),
            "Give them a role, or end their access on their page.".to_owned(),
        ),
        DriftKind::OwnersOutside => (
            "Neither the names nor the addresses of these owners are under a verified domain.".to_owned(),
            "Verify the domain under Settings, or make somebody else the owner.".to_owned(),
        ),
        DriftKind::UnknownIssuers => (
            "These people are linked to an account of an issuer that is not connected any more.".to_owned(),
            "Unlink them with vestibule identity unlink, or connect the issuer again.".to_owned(),
        ),
        DriftKind::RulesUnmatched => (
            "These rules name groups that are not here.".to_owned(),
            at(&format!("{}; or correct or delete the rule", scim.groups)),
        ),
        DriftKind::ConnectionsUnused => (
            "Nobody is linked through these connections, and they are on.".to_owned(),
            "Test the sign-in on the connection's page, or switch it off.".to_owned(),
        ),
        DriftKind::AssignedNotHere => (
            format!("These people are assigned in {name}, and are not here."),
            at(&format!("{}; if they are assigned, {}", scim.admit, scim.creates)),
        ),
        DriftKind::HereNotAssigned => (
            "These people are active here, and are not in the list of assignments.".to_owned(),
            format!("End the access of who left on the person's page. {label} deactivates only people whom it has assigned."),
        ),
        DriftKind::DeactivatedThere => (
            format!("These people are deactivated in {name}, and active here."),
            format!("{}.", provider.place(scim.deactivates)),
        ),
    }
}

#[cfg(test)]
mod tests;
