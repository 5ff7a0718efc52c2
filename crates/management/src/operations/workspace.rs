//! Operations on workspaces, their domains, connections and brake.

use crate::{
    operation::{Operation, delete, get, patch, post, put},
    resources::{
        provider::{connection, connections, domains, saml_connections, setup_links},
        workspaces::{self, brake, plan},
    },
    types::{
        provider::{
            connection::{Connection, ConnectionSettings},
            connections::{ConnectionDomains, OidcConnection, OidcConnectionSettings},
            domains::{Domain, NewDomain},
            saml_connections::{SamlConnection, SamlConnectionSettings, SamlMetadataRead},
        },
        workspaces::{
            SetupLink, Workspace, WorkspaceChange,
            brake::{Brake, BrakeRelease},
            plan::{Plan, PlannedGroup, PlannedPerson},
        },
    },
};

pub(super) fn all() -> Vec<Operation> {
    let mut all = of_workspace();
    all.extend(of_oidc_connections());
    all.extend(of_saml_connections());
    all
}

fn of_workspace() -> Vec<Operation> {
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
            .named("get_brake", "brake", "Get the safety brake and the blocked pushes")
            .ok::<Brake>(),
        post("/workspaces/{workspace}/brake/release", brake::release)
            .named(
                "release_brake",
                "brake",
                "Let blocked pushes through, for an hour or for a number of people",
            )
            .body::<BrakeRelease>()
            .ok::<Brake>(),
        post("/workspaces/{workspace}/brake/keep", brake::keep)
            .named("keep_brake", "brake", "Keep pushes blocked; ends a release")
            .ok::<Brake>(),
        get("/workspaces/{workspace}/plan", plan::get)
            .named("get_plan", "plan", "Get the numbers of what SCIM would change in an observed workspace")
            .ok::<Plan>(),
        get("/workspaces/{workspace}/plan/people", plan::people)
            .named("list_planned_people", "plan", "List the people whom the plan affects")
            .page::<PlannedPerson>(),
        get("/workspaces/{workspace}/plan/groups", plan::groups)
            .named("list_planned_groups", "plan", "List the groups that the plan changes")
            .page::<PlannedGroup>(),
        post("/workspaces/{workspace}/plan/apply", plan::apply)
            .named(
                "apply_plan",
                "plan",
                "Begin to carry out the plan; refused if what it touches changed since",
            )
            .done(),
        post("/workspaces/{workspace}/plan/discard", plan::discard)
            .named("discard_plan", "plan", "Forget the plan, and stop to observe the workspace")
            .done(),
        post("/workspaces/{workspace}/setup-links", setup_links::create)
            .named(
                "create_setup_link",
                "workspaces",
                "Make a set-up link for the customer's administrator; shown once",
            )
            .created::<SetupLink>(),
        get("/workspaces/{workspace}/domains", domains::list)
            .named("list_domains", "domains", "List email domains, verified and claimed")
            .page::<Domain>(),
        post("/workspaces/{workspace}/domains", domains::claim)
            .named("claim_domain", "domains", "Claim a domain; returns the TXT record that proves it")
            .body::<NewDomain>()
            .created::<Domain>(),
        delete("/workspaces/{workspace}/domains/{domain}", domains::delete)
            .named("delete_domain", "domains", "Remove a domain")
            .done(),
        post("/workspaces/{workspace}/domains/{domain}/check", domains::check)
            .named("check_domain", "domains", "Check the DNS record of a claimed domain")
            .ok::<Domain>(),
        post("/workspaces/{workspace}/domains/{domain}/vouch", domains::vouch)
            .named("vouch_domain", "domains", "Verify a domain at once, without DNS")
            .ok::<Domain>(),
        get("/workspaces/{workspace}/connection", connection::get)
            .named(
                "get_connection",
                "connection",
                "Get the settings of the OpenID Connect connection: the only one, the default or the oldest",
            )
            .ok::<Connection>(),
        put("/workspaces/{workspace}/connection", connection::put)
            .named(
                "save_connection",
                "connection",
                "Save them; what is not named stays. Refused where the workspace has several",
            )
            .body::<ConnectionSettings>()
            .ok::<Connection>(),
    ]
}

fn of_oidc_connections() -> Vec<Operation> {
    const ALL: &str = "/workspaces/{workspace}/connections";
    const ONE: &str = "/workspaces/{workspace}/connections/{connection}";
    const DOMAINS: &str = "/workspaces/{workspace}/connections/{connection}/domains";
    vec![
        get(ALL, connections::list)
            .named("list_connections", "connection", "List OpenID Connect connections")
            .page::<OidcConnection>(),
        post(ALL, connections::create)
            .named("create_connection", "connection", "Create an OpenID Connect connection")
            .body::<OidcConnectionSettings>()
            .created::<OidcConnection>(),
        get(ONE, connections::get)
            .named("get_one_connection", "connection", "Get an OpenID Connect connection")
            .ok::<OidcConnection>(),
        patch(ONE, connections::patch)
            .named("change_connection", "connection", "Change what is named")
            .body::<OidcConnectionSettings>()
            .ok::<OidcConnection>(),
        delete(ONE, connections::delete)
            .named("delete_connection", "connection", "Delete an OpenID Connect connection")
            .done(),
        get(DOMAINS, connections::domains)
            .named(
                "get_connection_domains",
                "connection",
                "List the email domains of a connection, also of SAML",
            )
            .ok::<ConnectionDomains>(),
        put(DOMAINS, connections::set_domains)
            .named(
                "set_connection_domains",
                "connection",
                "Replace the email domains of a connection, also of SAML",
            )
            .body::<ConnectionDomains>()
            .ok::<ConnectionDomains>(),
    ]
}

fn of_saml_connections() -> Vec<Operation> {
    const ALL: &str = "/workspaces/{workspace}/saml-connections";
    const ONE: &str = "/workspaces/{workspace}/saml-connections/{connection}";
    vec![
        get(ALL, saml_connections::list)
            .named("list_saml_connections", "connection", "List SAML connections")
            .page::<SamlConnection>(),
        post(ALL, saml_connections::create)
            .named(
                "create_saml_connection",
                "connection",
                "Create a SAML connection; reads the provider's metadata",
            )
            .body::<SamlConnectionSettings>()
            .created::<SamlConnection>(),
        get(ONE, saml_connections::get)
            .named("get_saml_connection", "connection", "Get a SAML connection with its certificates")
            .ok::<SamlConnection>(),
        patch(ONE, saml_connections::patch)
            .named("change_saml_connection", "connection", "Change what is named")
            .body::<SamlConnectionSettings>()
            .ok::<SamlConnection>(),
        delete(ONE, saml_connections::delete)
            .named("delete_saml_connection", "connection", "Delete a SAML connection with its certificates")
            .done(),
        post(
            "/workspaces/{workspace}/saml-connections/{connection}/read-metadata",
            saml_connections::read_metadata,
        )
        .named("read_saml_metadata", "connection", "Read the provider's metadata now, at most once a minute")
        .ok::<SamlMetadataRead>(),
        post(
            "/workspaces/{workspace}/saml-connections/{connection}/certificates/{fingerprint}/trust",
            saml_connections::trust,
        )
        .named("trust_saml_certificate", "connection", "Trust a waiting certificate")
        .ok::<SamlConnection>(),
    ]
}
