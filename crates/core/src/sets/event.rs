//! The kinds of events. docs/events.md describes each kind and its data; it is generated from the types in
//! `vestibule_store::trail::events::kinds`.

use super::closed_set;

closed_set! {
    /// Kind of an event of the governance trail.
    EventKind, "kind of event" {
        /// A user was created.
        UserCreated = "user_created",
        /// SCIM took over an existing user.
        UserAdopted = "user_adopted",
        /// SCIM changed attributes of a user.
        UserUpdated = "user_updated",
        /// A user was deactivated.
        UserDeactivated = "user_deactivated",
        /// A user was activated again.
        UserReactivated = "user_reactivated",
        /// A user was deleted.
        UserDeleted = "user_deleted",
        /// A user was sent to the app again.
        UserSynced = "user_synced",
        /// All access of a user was ended.
        AccessEnded = "access_ended",
        /// A user signed in.
        SignedIn = "signed_in",
        /// A user signed out.
        SignedOut = "signed_out",
        /// Sessions of a user were ended.
        SessionEnded = "session_ended",
        /// A sign-in was refused.
        SignInRefused = "sign_in_refused",
        /// An administrator tested the sign-in.
        TestSignIn = "test_sign_in",
        /// An identity was linked to a user.
        IdentityLinked = "identity_linked",
        /// An identity was unlinked from a user.
        IdentityUnlinked = "identity_unlinked",
        /// A sign-in conflict was dismissed.
        ConflictDismissed = "conflict_dismissed",
        /// A former user was archived under another name.
        UserArchived = "user_archived",
        /// The `externalId` of an inactive user was removed.
        ExternalIdFreed = "external_id_freed",
        /// The roles of a user were set.
        RolesChanged = "roles_changed",
        /// The entitlements of a user were set.
        EntitlementsChanged = "entitlements_changed",
        /// Roles or entitlements of a user came or went.
        RightsChanged = "rights_changed",
        /// The groups in a user's sign-in claim changed.
        GroupsClaimed = "groups_claimed",
        /// A group was created.
        GroupCreated = "group_created",
        /// A group or its members changed.
        GroupUpdated = "group_updated",
        /// A group was deleted.
        GroupDeleted = "group_deleted",
        /// A role was created.
        RoleCreated = "role_created",
        /// A role was changed.
        RoleChanged = "role_changed",
        /// A role was deleted.
        RoleDeleted = "role_deleted",
        /// An entitlement was created.
        EntitlementCreated = "entitlement_created",
        /// The name or the description of an entitlement was changed.
        EntitlementChanged = "entitlement_changed",
        /// An entitlement was deleted.
        EntitlementDeleted = "entitlement_deleted",
        /// The mapping of a group was set.
        MappingSet = "mapping_set",
        /// The mapping of a group, or a part of it, was deleted.
        MappingDeleted = "mapping_deleted",
        /// A push was refused because nobody would own the workspace.
        PushHeld = "push_held",
        /// A push was refused because its credential may not change owners.
        PushRefused = "push_refused",
        /// An administrator sent a refused SCIM request again.
        ScimRequestReplayed = "scim_request_replayed",
        /// Roles and entitlements of a former person were dropped.
        GivenByHandDropped = "given_by_hand_dropped",
        /// The safety brake refused a push.
        BrakeHeld = "brake_held",
        /// The safety brake was released.
        BrakeReleased = "brake_released",
        /// The safety brake ended without a decision.
        BrakeLapsed = "brake_lapsed",
        /// An administrator confirmed the safety brake.
        BrakeKept = "brake_kept",
        /// Sending all users again was started.
        SyncStarted = "sync_started",
        /// Sending all users again was finished.
        SyncFinished = "sync_finished",
        /// A Universal Logout ended the access of a user.
        UniversalLogout = "universal_logout",
        /// A Universal Logout was refused.
        UniversalLogoutRefused = "universal_logout_refused",
        /// A security signal ended the access of a user.
        SignalReceived = "signal_received",
        /// A security signal, logout token or SAML logout message was refused.
        SignalRefused = "signal_refused",
        /// Ending the access of all users was started.
        EverybodyEndStarted = "everybody_end_started",
        /// Ending the access of all users was finished.
        EverybodyEnded = "everybody_ended",
        /// An OpenID Connect connection was saved.
        ConnectionChanged = "connection_changed",
        /// An OpenID Connect connection was deleted.
        ConnectionDeleted = "connection_deleted",
        /// The domains whose people use a connection were set.
        ConnectionDomainsSet = "connection_domains_set",
        /// Another workspace proved that the provider's app is its own.
        ConnectionTaken = "connection_taken",
        /// A SAML connection was saved.
        SamlConnectionChanged = "saml_connection_changed",
        /// A SAML connection was deleted.
        SamlConnectionDeleted = "saml_connection_deleted",
        /// The metadata of a SAML connection listed other certificates.
        SamlCertificatesRead = "saml_certificates_read",
        /// Somebody trusted a certificate of a SAML connection.
        SamlCertificateTrusted = "saml_certificate_trusted",
        /// A certificate of a SAML connection ends soon.
        SamlCertificateEnding = "saml_certificate_ending",
        /// The workspace was created.
        WorkspaceCreated = "workspace_created",
        /// The workspace was suspended.
        WorkspaceSuspended = "workspace_suspended",
        /// The workspace was resumed.
        WorkspaceResumed = "workspace_resumed",
        /// The workspace will be deleted.
        WorkspaceDeletionPlanned = "workspace_deletion_planned",
        /// The workspace will not be deleted.
        WorkspaceDeletionCanceled = "workspace_deletion_canceled",
        /// The deployment became read-only, or stopped being it.
        ReadOnlyChanged = "read_only_changed",
        /// SCIM requests change a plan from now on, instead of the workspace.
        WorkspaceObserveStarted = "workspace_observe_started",
        /// SCIM requests change the workspace again.
        WorkspaceObserveEnded = "workspace_observe_ended",
        /// The database was restored from a backup.
        WorkspaceRestored = "workspace_restored",
        /// The weekly report found drift from the identity provider.
        DriftFound = "drift_found",
        /// Settings of the workspace were changed.
        WorkspaceChanged = "workspace_changed",
        /// A custom attribute of users was declared.
        AttributeCreated = "attribute_created",
        /// A custom attribute of users was deleted.
        AttributeDeleted = "attribute_deleted",
        /// An email domain was claimed.
        DomainClaimed = "domain_claimed",
        /// An email domain was verified.
        DomainVerified = "domain_verified",
        /// The DNS record of a verified domain is missing.
        DomainLapsing = "domain_lapsing",
        /// A verified domain lapsed.
        DomainLapsed = "domain_lapsed",
        /// The DNS record of a verified domain is back.
        DomainRenewed = "domain_renewed",
        /// Another workspace proved a lapsed domain.
        DomainLost = "domain_lost",
        /// A domain was removed.
        DomainRemoved = "domain_removed",
        /// A set-up link was made.
        SetupLinkMade = "setup_link_made",
        /// A set-up link was used.
        SetupLinkUsed = "setup_link_used",
        /// The browser of a set-up link was signed out.
        SetupSessionEnded = "setup_session_ended",
        /// A provisioning token was created.
        ProvisioningTokenCreated = "provisioning_token_created",
        /// A provisioning token was revoked.
        TokenRevoked = "token_revoked",
        /// An API token was created.
        ApiTokenCreated = "api_token_created",
        /// An API token was revoked.
        ApiTokenRevoked = "api_token_revoked",
        /// A credential expires soon.
        CredentialExpiring = "credential_expiring",
        /// A user approved an OAuth client.
        ClientApproved = "client_approved",
        /// An OAuth client was created.
        ClientCreated = "client_created",
        /// An OAuth client was changed.
        ClientChanged = "client_changed",
        /// An OAuth client was deleted.
        ClientDeleted = "client_deleted",
        /// A secret of an OAuth client was issued.
        ClientSecretIssued = "client_secret_issued",
        /// A secret of an OAuth client was ended.
        ClientSecretEnded = "client_secret_ended",
        /// A client received its first tokens under a new grant.
        GrantGiven = "grant_given",
        /// A grant and its tokens were ended.
        GrantEnded = "grant_ended",
        /// An AI client was allowed to act for a user, by an assertion of the user's provider.
        AgentAccessGiven = "agent_access_given",
        /// An assertion for an AI client was refused.
        AgentAccessRefused = "agent_access_refused",
        /// AI clients were stopped from acting for users.
        AgentAccessEnded = "agent_access_ended",
        /// A service was allowed to act for a user at another resource, by exchange of an access token.
        TokenExchanged = "token_exchanged",
        /// What a service had from exchanges for a user was ended.
        ExchangedTokensEnded = "exchanged_tokens_ended",
        /// A resource of the product was registered.
        ResourceCreated = "resource_created",
        /// A resource of the product was changed.
        ResourceChanged = "resource_changed",
        /// A resource of the product was deleted.
        ResourceDeleted = "resource_deleted",
        /// A webhook was created.
        WebhookCreated = "webhook_created",
        /// A webhook was changed.
        WebhookChanged = "webhook_changed",
        /// A webhook was deleted.
        WebhookDeleted = "webhook_deleted",
    }
}
