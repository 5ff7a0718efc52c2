//! Sightings: what requests show about a workspace's Okta. Collected in memory and written between requests, so that no request waits
//! for them. The doctor reads them. A crash loses seconds of sightings, never an event.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    time::Micros,
};
use vestibule_store::providers::sightings::Sighting;

/// The most workspaces with sightings between two writes, so that a flood of workspaces does not fill the memory.
const MOST: usize = 10_000;
/// The longest detail.
const LONGEST: usize = 300;

/// Kinds of sightings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SightingKind {
    /// A SCIM request was answered.
    ScimAnswered,
    /// An authorized SCIM request was refused; the detail is the sentence.
    ScimRefused,
    /// A SCIM request had no valid credential for this workspace; the detail is why.
    ScimStranger,
    /// A token came without `Bearer` (okta-facts §2.1).
    BareToken,
    /// A user name and password came in place of a token.
    Basic,
    /// A valid token came to the base URL of no or another workspace; the detail is what the URL had in place of the id.
    BaseUrl,
    /// `roles` came as text, not as an array.
    RolesAsText,
    /// A PUT carried the parts of the three default mappings that Okta's guides tell people to remove.
    EmptyTypes,
    /// A user or group could not be created because another has its name or `externalId`.
    Taken,
    /// A group was refused because it named unknown members.
    UnknownMembers,
    /// The connection was changed to another app or another Okta. Earlier sightings are about the old one.
    ConnectionReplaced,
    /// A person was redirected to the provider.
    SignInBegan,
    /// A person came back from the provider, with whatever outcome.
    SignInCameBack,
    /// A Universal Logout without a token; counted for the deployment, because the workspace is not known.
    LogoutUnsigned,
    /// Okta's SCIM client got tokens.
    ScimTokens,
    /// Okta's SCIM client was refused tokens; the detail is why.
    ScimTokensRefused,
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed in; the detail is what the assertion said about the authentication.
    AssertionSaid,
    /// A Universal Logout of a known connection was refused; the detail is the name of the refusal, a space and the sentence.
    LogoutRefused,
    /// The metadata of a SAML provider could not be read; the detail is the sentence.
    SamlMetadataUnread,
    /// A SAML provider answered our request as if there were none, twice.
    SamlLoop,
    /// Somebody signed in by SAML with groups.
    SamlGroups,
    /// Somebody signed in by SAML without the attribute of groups that the settings name.
    SamlNoGroups,
    /// Groups came by SAML as one value with commas.
    SamlJoinedGroups,
    /// Somebody came by SAML without one value of the UID attribute that the settings name.
    SamlNoUid,
    /// A SAML provider took part in a sign-out: its LogoutRequest was followed, or it followed ours.
    SamlLogout,
    /// A SAML logout message failed a check, or the provider did not follow ours; the detail is the check and the sentence.
    SamlLogoutRefused,
    /// An AI client was allowed to act for a person by an assertion; the detail is its id.
    AgentAccess,
    /// An assertion for an AI client was refused; the detail is the name of the check, a space and the sentence.
    AgentRefused,
    /// The provider accepted the saved settings of a connection when it was asked.
    ChecksPassed,
    /// The provider was asked, and something was wrong; the detail has the names of what was, with spaces between.
    ChecksFailed,
}

impl SightingKind {
    /// All kinds.
    pub const ALL: [SightingKind; 31] = [
        SightingKind::ScimAnswered,
        SightingKind::ScimRefused,
        SightingKind::ScimStranger,
        SightingKind::BareToken,
        SightingKind::Basic,
        SightingKind::BaseUrl,
        SightingKind::RolesAsText,
        SightingKind::EmptyTypes,
        SightingKind::Taken,
        SightingKind::UnknownMembers,
        SightingKind::ConnectionReplaced,
        SightingKind::SignInBegan,
        SightingKind::SignInCameBack,
        SightingKind::LogoutUnsigned,
        SightingKind::ScimTokens,
        SightingKind::ScimTokensRefused,
        SightingKind::SignedIn,
        SightingKind::AssertionSaid,
        SightingKind::LogoutRefused,
        SightingKind::SamlMetadataUnread,
        SightingKind::SamlLoop,
        SightingKind::SamlGroups,
        SightingKind::SamlNoGroups,
        SightingKind::SamlJoinedGroups,
        SightingKind::SamlNoUid,
        SightingKind::SamlLogout,
        SightingKind::SamlLogoutRefused,
        SightingKind::AgentAccess,
        SightingKind::AgentRefused,
        SightingKind::ChecksPassed,
        SightingKind::ChecksFailed,
    ];

    /// A sighting of this kind with the count 1, for a caller that stores it at once.
    pub fn of(self, workspace_id: &WorkspaceId, connection_id: &ConnectionId, now: Micros) -> Sighting {
        Sighting {
            workspace_id: workspace_id.clone(),
            kind: self.name().to_owned(),
            times: 1,
            first_at: now,
            last_at: now,
            detail: String::new(),
            connection_id: connection_id.to_string(),
        }
    }

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            SightingKind::ScimAnswered => "scim_answered",
            SightingKind::ScimRefused => "scim_refused",
            SightingKind::ScimStranger => "scim_stranger",
            SightingKind::BareToken => "bare_token",
            SightingKind::Basic => "basic",
            SightingKind::BaseUrl => "base_url",
            SightingKind::RolesAsText => "roles_as_text",
            SightingKind::EmptyTypes => "empty_types",
            SightingKind::Taken => "taken",
            SightingKind::UnknownMembers => "unknown_members",
            SightingKind::ConnectionReplaced => "connection_replaced",
            SightingKind::SignInBegan => "sign_in_began",
            SightingKind::SignInCameBack => "sign_in_came_back",
            SightingKind::LogoutUnsigned => "logout_unsigned",
            SightingKind::ScimTokens => "scim_tokens",
            SightingKind::ScimTokensRefused => "scim_tokens_refused",
            SightingKind::SignedIn => "signed_in",
            SightingKind::AssertionSaid => "assertion_said",
            SightingKind::LogoutRefused => "logout_refused",
            SightingKind::SamlMetadataUnread => "saml_metadata_unread",
            SightingKind::SamlLoop => "saml_loop",
            SightingKind::SamlGroups => "saml_groups",
            SightingKind::SamlNoGroups => "saml_no_groups",
            SightingKind::SamlJoinedGroups => "saml_joined_groups",
            SightingKind::SamlNoUid => "saml_no_uid",
            SightingKind::SamlLogout => "saml_logout",
            SightingKind::SamlLogoutRefused => "saml_logout_refused",
            SightingKind::AgentAccess => "agent_access",
            SightingKind::AgentRefused => "agent_refused",
            SightingKind::ChecksPassed => "checks_passed",
            SightingKind::ChecksFailed => "checks_failed",
        }
    }
}

/// The sightings since the last write.
#[derive(Debug, Default)]
pub struct Sightings(Mutex<HashMap<WorkspaceId, OfWorkspace>>);

/// The sightings of a workspace, by kind and id of the connection; an empty id: of the workspace.
type OfWorkspace = HashMap<(SightingKind, String), Seen>;

#[derive(Debug, Clone)]
struct Seen {
    times: i64,
    first_at: Micros,
    last_at: Micros,
    detail: String,
}

impl Sightings {
    /// Adds a sighting of a workspace. `detail` must contain no secret.
    pub fn note(&self, workspace_id: &WorkspaceId, sight: SightingKind, detail: &str, now: Micros) {
        self.add(workspace_id, (sight, String::new()), detail, now);
    }

    /// Adds a sighting of a connection, which must exist. `detail` must contain no secret.
    pub fn note_of(
        &self,
        (workspace_id, connection_id): (&WorkspaceId, &ConnectionId),
        sight: SightingKind,
        detail: &str,
        now: Micros,
    ) {
        self.add(workspace_id, (sight, connection_id.to_string()), detail, now);
    }

    fn add(&self, workspace_id: &WorkspaceId, kind: (SightingKind, String), detail: &str, now: Micros) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(workspace_id) {
            if all.len() >= MOST {
                return;
            }
            all.insert(workspace_id.clone(), HashMap::new());
        }
        let Some(of_workspace) = all.get_mut(workspace_id) else { return };
        let seen = of_workspace.entry(kind).or_insert_with(|| Seen {
            times: 0,
            first_at: now,
            last_at: now,
            detail: String::new(),
        });
        seen.times += 1;
        seen.last_at = now;
        if seen.detail != detail {
            seen.detail = detail.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
        }
    }

    pub(super) fn take(&self) -> Vec<Sighting> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let rows = taken.into_iter().flat_map(|(workspace_id, seen)| {
            seen.into_iter().map(move |((sight, connection_id), seen)| Sighting {
                workspace_id: workspace_id.clone(),
                kind: sight.name().to_owned(),
                times: seen.times,
                first_at: seen.first_at,
                last_at: seen.last_at,
                detail: seen.detail,
                connection_id,
            })
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_often_is_one_row_with_the_last_detail() {
        let (sightings, acme) = (Sightings::default(), WorkspaceId::new(1));
        sightings.note(&acme, SightingKind::ScimRefused, "first", 1);
        sightings.note(&acme, SightingKind::ScimRefused, "second\u{7}", 5);
        sightings.note(&acme, SightingKind::Basic, "", 3);
        sightings.note_of((&acme, &ConnectionId::from_stored("c")), SightingKind::Basic, "", 4);
        let mut taken = sightings.take();
        taken.sort_by_key(|one| (one.kind.clone(), one.connection_id.clone()));
        assert_eq!(taken.remove(1).connection_id, "c", "that of a connection is another row");
        let found: Vec<_> = taken
            .iter()
            .map(|row| (row.kind.as_str(), row.times, row.first_at, row.last_at, row.detail.as_str()))
            .collect();
        assert_eq!(found, [("basic", 1, 3, 3, ""), ("scim_refused", 2, 1, 5, "second")]);
        assert!(sightings.take().is_empty());
    }

    #[test]
    fn a_flood_of_workspaces_stays_small() {
        let sightings = Sightings::default();
        for number in 0..MOST + 5 {
            sightings.note(
                &WorkspaceId::from_stored(number.to_string()),
                SightingKind::Basic,
                &"x".repeat(1000),
                1,
            );
        }
        let taken = sightings.take();
        assert_eq!(taken.len(), MOST);
        assert!(taken.iter().all(|row| row.detail.len() == LONGEST));
    }

    #[test]
    fn every_kind_has_its_own_name() {
        let names: std::collections::BTreeSet<_> =
            SightingKind::ALL.iter().map(|sight| sight.name()).collect();
        assert_eq!(names.len(), SightingKind::ALL.len());
    }
}
