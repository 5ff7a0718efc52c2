//! Operations on users, identities and conflicts.

use crate::{
    operation::{Operation, delete, get, post, put},
    resources::{
        access::{api_tokens, sessions},
        provider::{conflicts, identities},
        rights::entitlements,
        users,
    },
    types::{
        access::tokens::{ApiToken, NewApiToken, NewlyMadeApiToken},
        provider::conflicts::{Conflict, Settled},
        users::{
            AssignedEntitlements, AssignedRoles, EndedAccess, Identity, NewUser, Session, Subject, User,
            UserWithAccess,
        },
    },
};

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/workspaces/{workspace}/users", users::list)
            .named("list_users", "users", "List users")
            .query(&["user_name", "email", "active"])
            .page::<User>(),
        post("/workspaces/{workspace}/users", users::create)
            .named("create_user", "users", "Create a user by hand")
            .body::<NewUser>()
            .created::<UserWithAccess>(),
        get("/workspaces/{workspace}/users/{user}", users::get)
            .named(
                "get_user",
                "users",
                "Get a user: roles and entitlements with their sources, live sessions and tokens",
            )
            .ok::<UserWithAccess>(),
        put("/workspaces/{workspace}/users/{user}/roles", users::set_roles)
            .named(
                "set_roles",
                "users",
                "Replace the roles assigned to a user by hand; those through groups stay",
            )
            .body::<AssignedRoles>()
            .ok::<UserWithAccess>(),
        put("/workspaces/{workspace}/users/{user}/entitlements", entitlements::assign)
            .named(
                "set_entitlements",
                "users",
                "Replace the entitlements assigned to a user by hand; those through groups stay",
            )
            .body::<AssignedEntitlements>()
            .ok::<UserWithAccess>(),
        get("/workspaces/{workspace}/users/{user}/sessions", sessions::list)
            .named("list_sessions", "users", "List the browsers a user is signed in with")
            .page::<Session>(),
        delete("/workspaces/{workspace}/users/{user}/sessions/{session}", sessions::end)
            .in_read_only()
            .named("end_session", "users", "End a session and the tokens that apps got by it")
            .done(),
        get("/workspaces/{workspace}/users/{user}/tokens", api_tokens::list)
            .named("list_api_tokens", "users", "List a user's live API tokens")
            .page::<ApiToken>(),
        post("/workspaces/{workspace}/users/{user}/tokens", api_tokens::create)
            .named("create_api_token", "users", "Create an API token that acts for a user; shown once")
            .body::<NewApiToken>()
            .created::<NewlyMadeApiToken>(),
        delete("/workspaces/{workspace}/users/{user}/tokens/{token}", api_tokens::revoke)
            .in_read_only()
            .named("revoke_api_token", "users", "End an API token at once")
            .done(),
        post("/workspaces/{workspace}/users/{user}/end-access", users::end_access)
            .in_read_only()
            .named("end_access", "users", "End all access of a user at once")
            .ok::<EndedAccess>(),
        get("/workspaces/{workspace}/users/{user}/identities", identities::list)
            .named("list_identities", "identities", "List the user's identities")
            .page::<Identity>(),
        post("/workspaces/{workspace}/users/{user}/identities", identities::link)
            .named("link_identity", "identities", "Link an identity; all access of the user ends")
            .body::<Subject>()
            .created::<Identity>(),
        post("/workspaces/{workspace}/users/{user}/identities/unlink", identities::unlink)
            .in_read_only()
            .named("unlink_identity", "identities", "Unlink an identity; all access of the user ends")
            .body::<Subject>()
            .done(),
        get("/workspaces/{workspace}/conflicts", conflicts::list)
            .named("list_conflicts", "conflicts", "List identities that could not be matched to a user")
            .page::<Conflict>(),
        post("/workspaces/{workspace}/conflicts/settle", conflicts::settle)
            .named("settle_conflict", "conflicts", "Link an identity to a user, or dismiss the conflict")
            .body::<Settled>()
            .done(),
    ]
}
