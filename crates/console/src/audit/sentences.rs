//! The sentence of each kind of event, for people who read the trail. Pure.

use vestibule_core::sets::EventKind;

/// The sentence of a kind.
pub(crate) const fn of_kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::UserCreated => "A person was added",
        EventKind::UserAdopted => "Okta took over a person who was there already",
        EventKind::UserUpdated => "A person's details changed",
        EventKind::UserDeactivated => "A person was deactivated",
        EventKind::UserReactivated => "A person was activated again",
        EventKind::UserDeleted => "A person was deleted",
        EventKind::UserSynced => "A person's roles were worked out again",
        EventKind::AccessEnded => "All access of a person was ended",
        EventKind::SignedIn => "Somebody signed in",
        EventKind::SignedOut => "Somebody signed out",
        EventKind::SessionEnded => "A signed-in browser was ended",
        EventKind::SignInRefused => "A sign-in was refused",
        EventKind::TestSignIn => "A sign-in was tried as a test",
        EventKind::IdentityLinked => "A person was linked to who they are at Okta",
        EventKind::IdentityUnlinked => "A person was unlinked from who they were at Okta",
        EventKind::ConflictDismissed => "A question of who somebody is was set aside",
        EventKind::UserArchived => "Somebody who left was archived under another name",
        EventKind::ExternalIdFreed => "The externalId of somebody deactivated was freed",
        EventKind::RolesChanged => "A person's roles changed",
        EventKind::EntitlementsChanged => "A person's grants changed",
        EventKind::GroupsClaimed => "The groups Okta told at sign-in changed",
        EventKind::GroupCreated => "A group was added",
        EventKind::GroupUpdated => "A group or who is in it changed",
        EventKind::GroupDeleted => "A group was deleted",
        EventKind::RoleCreated => "A role was made",
        EventKind::RoleChanged => "A role changed",
        EventKind::RoleDeleted => "A role was deleted",
        EventKind::EntitlementCreated => "A grant was added to those there are",
        EventKind::EntitlementDeleted => "A grant was taken from those there are",
        EventKind::MappingSet => "A rule from group to roles was set",
        EventKind::MappingDeleted => "A rule from group to roles was deleted",
        EventKind::PushHeld => "A push was held: it would have taken the last owner",
        EventKind::PushRefused => {
            "A push was refused: only an owner's credential gives or takes the role Owner"
        }
        EventKind::GivenByHandDropped => "What somebody who left had been given by hand was dropped",
        EventKind::BrakeHeld => "The safety brake held a push",
        EventKind::BrakeReleased => "What the safety brake held was let through",
        EventKind::BrakeLapsed => "The safety brake was let go: those it was on for are active again",
        EventKind::BrakeKept => "What the safety brake held stays held",
        EventKind::SyncStarted => "“Sync now” was started",
        EventKind::SyncFinished => "“Sync now” went through everybody",
        EventKind::UniversalLogout => "A Universal Logout was carried out",
        EventKind::UniversalLogoutRefused => "A Universal Logout was refused",
        EventKind::SignalReceived => "A security signal was taken",
        EventKind::SignalRefused => "A security signal was refused",
        EventKind::EverybodyEndStarted => "Ending everybody's access was started",
        EventKind::EverybodyEnded => "Everybody's access was ended",
        EventKind::ConnectionChanged => "The Okta settings changed",
        EventKind::ConnectionDeleted => "An OpenID Connect connection was deleted",
        EventKind::ConnectionDomainsSet => "The e-mail domains of a connection were set",
        EventKind::ConnectionTaken => {
            "Another workspace proved that the Okta app of these settings is its own"
        }
        EventKind::SamlConnectionChanged => "The settings of a SAML connection changed",
        EventKind::SamlConnectionDeleted => "A SAML connection was deleted",
        EventKind::SamlCertificatesRead => "The identity provider's metadata listed other certificates",
        EventKind::SamlCertificateTrusted => "A certificate of a SAML connection was trusted",
        EventKind::SamlCertificateEnding => "A certificate of a SAML connection ends soon",
        EventKind::WorkspaceCreated => "The workspace was made",
        EventKind::WorkspaceChanged => "The settings of the workspace changed",
        EventKind::AttributeCreated => "An attribute of people was declared",
        EventKind::AttributeDeleted => "An attribute of people was given up",
        EventKind::DomainClaimed => "An e-mail domain was claimed",
        EventKind::DomainVerified => "An e-mail domain was proved",
        EventKind::DomainLapsing => "The DNS record of an e-mail domain is gone",
        EventKind::DomainLapsed => "An e-mail domain lapsed",
        EventKind::DomainRenewed => "The DNS record of an e-mail domain is there again",
        EventKind::DomainLost => "Another workspace proved an e-mail domain that had lapsed",
        EventKind::DomainRemoved => "An e-mail domain was removed",
        EventKind::SetupLinkMade => "A set-up link was made",
        EventKind::SetupLinkUsed => "A set-up link was used",
        EventKind::SetupSessionEnded => "The browser of a set-up link was closed",
        EventKind::ProvisioningTokenCreated => "A provisioning token was made",
        EventKind::TokenRevoked => "A provisioning token was revoked",
        EventKind::ApiTokenCreated => "An API token was made",
        EventKind::ApiTokenRevoked => "An API token was revoked",
        EventKind::ClientApproved => "A client was let in",
        EventKind::ClientCreated => "An OAuth client was registered",
        EventKind::ClientChanged => "An OAuth client changed",
        EventKind::ClientDeleted => "An OAuth client was deleted",
        EventKind::ClientSecretIssued => "An OAuth client was given another secret",
        EventKind::ClientSecretEnded => "A secret of an OAuth client was ended",
        EventKind::GrantGiven => "A client was given tokens",
        EventKind::GrantEnded => "What a client was granted was ended",
        EventKind::AgentAccessGiven => "An AI client was let act for somebody",
        EventKind::AgentAccessRefused => "An AI client was refused",
        EventKind::AgentAccessEnded => "AI clients were stopped",
        EventKind::TokenExchanged => "A service was let act for somebody at another resource",
        EventKind::ExchangedTokensEnded => "A service was stopped from acting for somebody",
        EventKind::ResourceCreated => "A resource of the product was registered",
        EventKind::ResourceDeleted => "A resource of the product was deleted",
        EventKind::WebhookCreated => "A webhook was made",
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
