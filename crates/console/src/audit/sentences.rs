//! The sentence of each kind of event, for people who read the trail. Pure.

use vestibule_core::sets::EventKind;

/// The sentence of a kind.
pub(crate) const fn of_kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::UserCreated => "A person was added",
        EventKind::UserAdopted => "Provisioning took over a person who was there already",
        EventKind::UserUpdated => "A person's details changed",
        EventKind::UserDeactivated => "A person was deactivated",
        EventKind::UserReactivated => "A person was activated again",
        EventKind::UserDeleted => "A person was deleted",
        EventKind::UserSynced => "A person was sent to the app by “Sync now”",
        EventKind::AccessEnded => "All access of a person was ended",
        EventKind::SignedIn => "Somebody signed in",
        EventKind::SignedOut => "Somebody signed out",
        EventKind::SessionEnded => "A signed-in browser was signed out",
        EventKind::SignInRefused => "A sign-in was refused",
        EventKind::TestSignIn => "A test sign-in was made",
        EventKind::IdentityLinked => "A person was linked to who they are at the identity provider",
        EventKind::IdentityUnlinked => "A person was unlinked from who they were at the identity provider",
        EventKind::ConflictDismissed => "A sign-in conflict was dismissed",
        EventKind::UserArchived => "A person who left was archived under another user name",
        EventKind::ExternalIdFreed => "The externalId of a deactivated person was freed",
        EventKind::RolesChanged => "A person's roles changed",
        EventKind::EntitlementsChanged => "A person's entitlements changed",
        EventKind::RightsChanged => "A person got or lost roles or entitlements",
        EventKind::GroupsClaimed => "The groups that the identity provider sent at sign-in changed",
        EventKind::GroupCreated => "A group was added",
        EventKind::GroupUpdated => "A group or who is in it changed",
        EventKind::GroupDeleted => "A group was deleted",
        EventKind::RoleCreated => "A role was created",
        EventKind::RoleChanged => "A role changed",
        EventKind::RoleDeleted => "A role was deleted",
        EventKind::EntitlementCreated => "An entitlement was created",
        EventKind::EntitlementChanged => "An entitlement changed",
        EventKind::EntitlementDeleted => "An entitlement was deleted",
        EventKind::MappingSet => "A rule of a group was set",
        EventKind::MappingDeleted => "A rule of a group was deleted",
        EventKind::PushHeld => "A push was blocked: it would have removed the last owner",
        EventKind::PushRefused => {
            "A push was refused: only an owner's credential adds or removes the role Owner"
        }
        EventKind::ScimRequestReplayed => "An administrator sent a refused SCIM request again",
        EventKind::GivenByHandDropped => {
            "Roles and entitlements assigned by hand to a person who left were removed"
        }
        EventKind::BrakeHeld => "The safety brake blocked a push",
        EventKind::BrakeReleased => "Pushes that the safety brake blocked were allowed",
        EventKind::BrakeLapsed => "The safety brake ended by itself: the people it was for are active again",
        EventKind::BrakeKept => "Pushes that the safety brake blocked stay blocked",
        EventKind::SyncStarted => "“Sync now” was started",
        EventKind::SyncFinished => "“Sync now” finished",
        EventKind::UniversalLogout => "A Universal Logout was carried out",
        EventKind::UniversalLogoutRefused => "A Universal Logout was refused",
        EventKind::SignalReceived => "A security signal was processed",
        EventKind::SignalRefused => "A security signal was refused",
        EventKind::EverybodyEndStarted => "Ending everybody's access was started",
        EventKind::EverybodyEnded => "Everybody's access was ended",
        EventKind::ConnectionChanged => "The settings of an OpenID Connect connection changed",
        EventKind::ConnectionDeleted => "An OpenID Connect connection was deleted",
        EventKind::ConnectionDomainsSet => "The email domains of a connection were set",
        EventKind::ConnectionTaken => "Another workspace proved that the app of these settings is its own",
        EventKind::SamlConnectionChanged => "The settings of a SAML connection changed",
        EventKind::SamlConnectionDeleted => "A SAML connection was deleted",
        EventKind::SamlCertificatesRead => "The identity provider's metadata listed other certificates",
        EventKind::SamlCertificateTrusted => "A certificate of a SAML connection was trusted",
        EventKind::SamlCertificateEnding => "A certificate of a SAML connection expires soon",
        EventKind::WorkspaceCreated => "The workspace was created",
        EventKind::WorkspaceSuspended => {
            "The workspace was suspended: nobody can sign in, and nothing opens it"
        }
        EventKind::WorkspaceResumed => "The workspace was resumed",
        EventKind::WorkspaceDeletionPlanned => "The deletion of the workspace was planned",
        EventKind::WorkspaceDeletionCanceled => "The deletion of the workspace was canceled",
        EventKind::ReadOnlyChanged => "Changes were blocked for the whole service, or allowed again",
        EventKind::WorkspaceObserveStarted => {
            "The workspace is observed: what SCIM changes is kept as a plan, and nothing changes here"
        }
        EventKind::WorkspaceObserveEnded => "The workspace is not observed any more: SCIM changes it again",
        EventKind::WorkspaceRestored => {
            "The database was restored from a backup, and everybody's access was ended"
        }
        EventKind::DriftFound => "The weekly report found drift from the identity provider",
        EventKind::WorkspaceChanged => "The settings of the workspace changed",
        EventKind::AttributeCreated => "An attribute of people was declared",
        EventKind::AttributeDeleted => "An attribute of people was deleted",
        EventKind::DomainClaimed => "An email domain was claimed",
        EventKind::DomainVerified => "An email domain was verified",
        EventKind::DomainLapsing => "The DNS record of an email domain is gone",
        EventKind::DomainLapsed => "An email domain lapsed",
        EventKind::DomainRenewed => "The DNS record of an email domain is back",
        EventKind::DomainLost => "Another workspace verified an email domain that had lapsed",
        EventKind::DomainRemoved => "An email domain was removed",
        EventKind::SetupLinkMade => "A set-up link was created",
        EventKind::SetupLinkUsed => "A set-up link was used",
        EventKind::SetupSessionEnded => "The browser of a set-up link was signed out",
        EventKind::ProvisioningTokenCreated => "A provisioning token was created",
        EventKind::TokenRevoked => "A provisioning token was revoked",
        EventKind::ApiTokenCreated => "An API token was created",
        EventKind::ApiTokenRevoked => "An API token was revoked",
        EventKind::CredentialExpiring => "A token expires soon",
        EventKind::ClientApproved => "A client was approved",
        EventKind::ClientCreated => "An OAuth client was registered",
        EventKind::ClientChanged => "An OAuth client changed",
        EventKind::ClientDeleted => "An OAuth client was deleted",
        EventKind::ClientSecretIssued => "A secret of an OAuth client was issued",
        EventKind::ClientSecretEnded => "A secret of an OAuth client was ended",
        EventKind::GrantGiven => "A client received its first tokens",
        EventKind::GrantEnded => "The access of a client was ended",
        EventKind::AgentAccessGiven => "An AI client was allowed to act for a person",
        EventKind::AgentAccessRefused => "An AI client was refused",
        EventKind::AgentAccessEnded => "The access of AI clients was ended",
        EventKind::TokenExchanged => "A service was allowed to act for a person at another resource",
        EventKind::ExchangedTokensEnded => "The tokens of a service that acts for a person were ended",
        EventKind::ResourceCreated => "A resource of the product was registered",
        EventKind::ResourceChanged => "A resource of the product changed",
        EventKind::ResourceDeleted => "A resource of the product was deleted",
        EventKind::WebhookCreated => "A webhook was created",
        EventKind::WebhookChanged => "A webhook changed",
        EventKind::WebhookDeleted => "A webhook was deleted",
    }
}

/// All kinds, each with its sentence.
pub(crate) fn all() -> Vec<(&'static str, &'static str)> {
    EventKind::ALL.into_iter().map(|kind| (kind.as_str(), of_kind(kind))).collect()
}

/// The sentence of a kind as it is stored. A kind of another version is its name.
pub(crate) fn sentence(kind: &str) -> String {
    match kind.parse() {
        Ok(kind) => of_kind(kind).to_owned(),
        Err(_) => crate::audit::trail_lines::what(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_kind_says_its_sentence_and_an_unknown_one_its_name() {
        assert_eq!(sentence("signed_in"), "Somebody signed in");
        assert_eq!(sentence("moon_risen"), "Moon risen");
    }
}
