//! Operations on workspaces, their domains, connection and brake.

use crate::{
    operation::{Operation, delete, get, patch, post, put},
    resources::{
        provider::{connection, domains, setup_links},
        workspaces::{self, brake},
    },
    types::{
        brake::{Brake, BrakeRelease},
        connection::{Connection, ConnectionSettings},
        domains::{Domain, NewDomain},
        workspaces::{SetupLink, Workspace, WorkspaceChange},
    },
};

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/workspaces/{workspace}", workspaces::get)
            .named("get_workspace", "workspaces", "Get a workspace")
            .ok::<Workspace>(),
        patch("/workspaces/{workspace}", workspaces::patch)
            .named(
                "change_workspace",
                "workspaces",
                "Change what is named; null takes a limit back to what is configured",
            )
            .body::<WorkspaceChange>()
            .ok::<Workspace>(),
        get("/workspaces/{workspace}/brake", brake::get)
            .named("get_brake", "brake", "Say how the safety brake stands, and what it held")
            .ok::<Brake>(),
        post("/workspaces/{workspace}/brake/release", brake::release)
            .named(
                "release_brake",
                "brake",
                "Let what was held through, for an hour or for so many people more",
            )
            .body::<BrakeRelease>()
            .ok::<Brake>(),
        post("/workspaces/{workspace}/brake/keep", brake::keep)
            .named("keep_brake", "brake", "Keep what was held from happening; ends a release")
            .ok::<Brake>(),
        post("/workspaces/{workspace}/setup-links", setup_links::create)
            .named(
                "create_setup_link",
                "workspaces",
                "Make a set-up link for the customer's administrator; shown once",
            )
            .created::<SetupLink>(),
        get("/workspaces/{workspace}/domains", domains::list)
            .named("list_domains", "domains", "List e-mail domains, verified and claimed")
            .page::<Domain>(),
        post("/workspaces/{workspace}/domains", domains::claim)
            .named("claim_domain", "domains", "Claim a domain; answers the TXT record that proves it")
            .body::<NewDomain>()
            .created::<Domain>(),
        delete("/workspaces/{workspace}/domains/{domain}", domains::delete)
            .named("delete_domain", "domains", "Let a domain go")
            .done(),
        post("/workspaces/{workspace}/domains/{domain}/check", domains::check)
            .named("check_domain", "domains", "Ask DNS for the record of a claimed domain")
            .ok::<Domain>(),
        post("/workspaces/{workspace}/domains/{domain}/vouch", domains::vouch)
            .named("vouch_domain", "domains", "Vouch for a domain: verified at once")
            .ok::<Domain>(),
        get("/workspaces/{workspace}/connection", connection::get)
            .named("get_connection", "connection", "Get the identity provider's settings, without the secret")
            .ok::<Connection>(),
        put("/workspaces/{workspace}/connection", connection::put)
            .named("save_connection", "connection", "Save them; what is not named stays")
            .body::<ConnectionSettings>()
            .ok::<Connection>(),
    ]
}
