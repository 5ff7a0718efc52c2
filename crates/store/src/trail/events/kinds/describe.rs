//! Writes docs/events.md from the types of this folder: what a kind means, its members and an example. The test compares it with
//! the file.

use std::fmt::Write;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::{example::Example, *};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.md");

const HEAD: &str = "\
# Events

<!-- Made from the types in crates/store/src/trail/events/kinds. Don't edit it: change their comments, then run
VESTIBULE_WRITE_EVENTS=1 cargo test -p vestibule-store events_document -->

Each change of a workspace is an event of its governance trail, written in the transaction of the change. The same event, with the
same data, is in the pages (Activity), at the command line (`vestibule event list`), in the management API
(`/api/v1/workspaces/{workspace}/events`), in the feed and stream for apps, and in messages to [webhooks](webhooks.md), where the data
is called `details`.

Every member is present unless it is optional; null means none. In an event that a SCIM request caused, `credential` follows: what the
request authenticated with, as `kind` (`token`: a provisioning token, or `grant`: an OAuth grant), `id` and `name` (of the token, or of
the grant's client). Later versions add kinds and members: skip what you don't know. Data never has a secret.
";

/// One kind of event as the document describes it.
struct Kind {
    targets: Targets,
    schema: Value,
    example: Value,
}

fn of<T: EventData + Example + JsonSchema>() -> (EventKind, Kind) {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let example = serde_json::to_value(T::example()).unwrap();
    (T::KIND, Kind { targets: T::TARGETS, schema, example })
}

/// The type of each kind. A new kind does not compile until it has one.
fn kind(kind: EventKind) -> (EventKind, Kind) {
    match kind {
        EventKind::UserCreated => of::<UserCreated<'static>>(),
        EventKind::UserAdopted => of::<UserAdopted>(),
        EventKind::UserUpdated => of::<UserUpdated<'static>>(),
        EventKind::UserDeactivated => of::<UserDeactivated>(),
        EventKind::UserReactivated => of::<UserReactivated>(),
        EventKind::UserDeleted => of::<UserDeleted<'static>>(),
        EventKind::UserSynced => of::<UserSynced<'static>>(),
        EventKind::AccessEnded => of::<AccessEnded<'static>>(),
        EventKind::SignedIn => of::<SignedIn<'static>>(),
        EventKind::SignedOut => of::<SignedOut<'static>>(),
        EventKind::SessionEnded => of::<SessionEnded<'static>>(),
        EventKind::SignInRefused => of::<SignInRefused<'static>>(),
        EventKind::TestSignIn => of::<TestSignIn<'static>>(),
        EventKind::IdentityLinked => of::<IdentityLinked<'static>>(),
        EventKind::IdentityUnlinked => of::<IdentityUnlinked<'static>>(),
        EventKind::ConflictDismissed => of::<ConflictDismissed<'static>>(),
        EventKind::UserArchived => of::<UserArchived<'static>>(),
        EventKind::ExternalIdFreed => of::<ExternalIdFreed<'static>>(),
        EventKind::RolesChanged => of::<RolesChanged<'static>>(),
        EventKind::EntitlementsChanged => of::<EntitlementsChanged<'static>>(),
        EventKind::RightsChanged => of::<RightsChanged<'static>>(),
        EventKind::GroupsClaimed => of::<GroupsClaimed<'static>>(),
        EventKind::GroupCreated => of::<GroupCreated<'static>>(),
        EventKind::GroupUpdated => of::<GroupUpdated<'static>>(),
        EventKind::GroupDeleted => of::<GroupDeleted<'static>>(),
        EventKind::RoleCreated => of::<RoleCreated<'static>>(),
        EventKind::RoleChanged => of::<RoleChanged<'static>>(),
        EventKind::RoleDeleted => of::<RoleDeleted<'static>>(),
        EventKind::EntitlementCreated => of::<EntitlementCreated<'static>>(),
        EventKind::EntitlementChanged => of::<EntitlementChanged<'static>>(),
        EventKind::EntitlementDeleted => of::<EntitlementDeleted<'static>>(),
        EventKind::MappingSet => of::<MappingSet<'static>>(),
        EventKind::MappingDeleted => of::<MappingDeleted<'static>>(),
        EventKind::PushHeld => of::<PushHeld<'static>>(),
        EventKind::PushRefused => of::<PushRefused<'static>>(),
        EventKind::ScimRequestReplayed => of::<ScimRequestReplayed<'static>>(),
        EventKind::GivenByHandDropped => of::<GivenByHandDropped<'static>>(),
        EventKind::BrakeHeld => of::<BrakeHeld<'static>>(),
        EventKind::BrakeReleased => of::<BrakeReleased>(),
        EventKind::BrakeLapsed => of::<BrakeLapsed>(),
        EventKind::BrakeKept => of::<BrakeKept>(),
        EventKind::SyncStarted => of::<SyncStarted<'static>>(),
        EventKind::SyncFinished => of::<SyncFinished<'static>>(),
        EventKind::UniversalLogout => of::<UniversalLogout<'static>>(),
        EventKind::UniversalLogoutRefused => of::<UniversalLogoutRefused<'static>>(),
        EventKind::SignalReceived => of::<SignalReceived<'static>>(),
        EventKind::SignalRefused => of::<SignalRefused<'static>>(),
        EventKind::EverybodyEndStarted => of::<EverybodyEndStarted<'static>>(),
        EventKind::EverybodyEnded => of::<EverybodyEnded<'static>>(),
        EventKind::ConnectionChanged => of::<ConnectionChanged<'static>>(),
        EventKind::ConnectionDeleted => of::<ConnectionDeleted<'static>>(),
        EventKind::ConnectionDomainsSet => of::<ConnectionDomainsSet<'static>>(),
        EventKind::ConnectionTaken => of::<ConnectionTaken<'static>>(),
        EventKind::SamlConnectionChanged => of::<SamlConnectionChanged<'static>>(),
        EventKind::SamlConnectionDeleted => of::<SamlConnectionDeleted<'static>>(),
        EventKind::SamlCertificatesRead => of::<SamlCertificatesRead<'static>>(),
        EventKind::SamlCertificateTrusted => of::<SamlCertificateTrusted<'static>>(),
        EventKind::SamlCertificateEnding => of::<SamlCertificateEnding<'static>>(),
        EventKind::WorkspaceCreated => of::<WorkspaceCreated<'static>>(),
        EventKind::WorkspaceSuspended => of::<WorkspaceSuspended>(),
        EventKind::WorkspaceResumed => of::<WorkspaceResumed>(),
        EventKind::WorkspaceDeletionPlanned => of::<WorkspaceDeletionPlanned>(),
        EventKind::WorkspaceDeletionCanceled => of::<WorkspaceDeletionCanceled>(),
        EventKind::ReadOnlyChanged => of::<ReadOnlyChanged>(),
        EventKind::WorkspaceObserveStarted => of::<WorkspaceObserveStarted>(),
        EventKind::WorkspaceObserveEnded => of::<WorkspaceObserveEnded<'static>>(),
        EventKind::WorkspaceRestored => of::<WorkspaceRestored<'static>>(),
        EventKind::DriftFound => of::<DriftFound<'static>>(),
        EventKind::WorkspaceChanged => of::<WorkspaceChanged>(),
        EventKind::AttributeCreated => of::<AttributeCreated<'static>>(),
        EventKind::AttributeDeleted => of::<AttributeDeleted<'static>>(),
        EventKind::DomainClaimed => of::<DomainClaimed<'static>>(),
        EventKind::DomainVerified => of::<DomainVerified<'static>>(),
        EventKind::DomainLapsing => of::<DomainLapsing<'static>>(),
        EventKind::DomainLapsed => of::<DomainLapsed<'static>>(),
        EventKind::DomainRenewed => of::<DomainRenewed<'static>>(),
        EventKind::DomainLost => of::<DomainLost<'static>>(),
        EventKind::DomainRemoved => of::<DomainRemoved<'static>>(),
        EventKind::SetupLinkMade => of::<SetupLinkMade>(),
        EventKind::SetupLinkUsed => of::<SetupLinkUsed>(),
        EventKind::SetupSessionEnded => of::<SetupSessionEnded>(),
        EventKind::ProvisioningTokenCreated => of::<ProvisioningTokenCreated<'static>>(),
        EventKind::TokenRevoked => of::<TokenRevoked<'static>>(),
        EventKind::ApiTokenCreated => of::<ApiTokenCreated<'static>>(),
        EventKind::ApiTokenRevoked => of::<ApiTokenRevoked<'static>>(),
        EventKind::CredentialExpiring => of::<CredentialExpiring<'static>>(),
        EventKind::ClientApproved => of::<ClientApproved<'static>>(),
        EventKind::ClientCreated => of::<ClientCreated<'static>>(),
        EventKind::ClientChanged => of::<ClientChanged<'static>>(),
        EventKind::ClientDeleted => of::<ClientDeleted<'static>>(),
        EventKind::ClientSecretIssued => of::<ClientSecretIssued<'static>>(),
        EventKind::ClientSecretEnded => of::<ClientSecretEnded<'static>>(),
        EventKind::GrantGiven => of::<GrantGiven<'static>>(),
        EventKind::GrantEnded => of::<GrantEnded>(),
        EventKind::AgentAccessGiven => of::<AgentAccessGiven<'static>>(),
        EventKind::AgentAccessRefused => of::<AgentAccessRefused<'static>>(),
        EventKind::AgentAccessEnded => of::<AgentAccessEnded<'static>>(),
        EventKind::TokenExchanged => of::<TokenExchanged<'static>>(),
        EventKind::ExchangedTokensEnded => of::<ExchangedTokensEnded<'static>>(),
        EventKind::ResourceCreated => of::<ResourceCreated<'static>>(),
        EventKind::ResourceChanged => of::<ResourceChanged<'static>>(),
        EventKind::ResourceDeleted => of::<ResourceDeleted<'static>>(),
        EventKind::WebhookCreated => of::<WebhookCreated<'static>>(),
        EventKind::WebhookChanged => of::<WebhookChanged<'static>>(),
        EventKind::WebhookDeleted => of::<WebhookDeleted<'static>>(),
    }
}

fn description(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// The type of a member, in words.
fn type_of(schema: &Value) -> String {
    if let Some(either) = schema["anyOf"].as_array() {
        return either.iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    let word = |name: &str| match name {
        "array" => format!("array of {}", type_of(&schema["items"])),
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => word(name),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).map(word).collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    }
}

/// The schema of an object, also of one that may be null.
fn object(schema: &Value) -> &Value {
    let either = schema["anyOf"].as_array().map_or(std::slice::from_ref(schema), Vec::as_slice);
    either.iter().find(|object| object["properties"].is_object()).unwrap_or(&Value::Null)
}

fn members(schema: &Value) -> Option<&Map<String, Value>> {
    object(schema)["properties"].as_object()
}

fn rows(text: &mut String, schema: &Value, within: &str) {
    for (name, member) in members(schema).into_iter().flatten() {
        let says = description(member);
        assert!(!says.is_empty(), "{within}{name} is described");
        let required = object(schema)["required"].as_array();
        let is_optional = required.is_none_or(|names| !names.iter().any(|required| required == name));
        let mut kind = type_of(member);
        if is_optional {
            // Absent in place of null, unless null is a value of its own.
            kind = format!(
                "{}, optional",
                kind.strip_suffix(" or null").filter(|_| !says.contains("null")).unwrap_or(&kind)
            );
        }
        writeln!(text, "| `{within}{name}` | {kind} | {says} |").unwrap();
        rows(text, member, &format!("{within}{name}."));
    }
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    for expected in EventKind::ALL {
        let (found, Kind { targets, schema, example }) = kind(expected);
        assert_eq!(found, expected);
        let targets: Vec<String> = targets.iter().map(|target| format!("`{target}`")).collect();
        write!(text, "\n## `{expected}`\n\n{}\n\nTarget: {}\n", description(&schema), targets.join(" or "))
            .unwrap();
        if members(&schema).is_none_or(Map::is_empty) {
            text += "\nNo members.\n";
            continue;
        }
        text += "\n| Member | Type | Meaning |\n|---|---|---|\n";
        rows(&mut text, &schema, "");
        write!(text, "\n```json\n{}\n```\n", serde_json::to_string_pretty(&example).unwrap()).unwrap();
    }
    text
}

#[test]
fn the_events_document_is_made_from_the_types() {
    let made = document();
    if std::env::var_os("VESTIBULE_WRITE_EVENTS").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        made == stored,
        "docs/events.md is old: VESTIBULE_WRITE_EVENTS=1 cargo test -p vestibule-store events_document"
    );
}
