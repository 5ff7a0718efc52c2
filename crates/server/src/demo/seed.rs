//! Sets up the demo: a workspace in the service, people and an app in the pretend Okta, connected as an operator and an administrator
//! would connect them.

use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use vestibule_admin::{
    Actor,
    people::{self, NewUser},
    provider::connection::{self, Settings},
    rights::assignments,
};
use vestibule_core::{
    ids::RoleId,
    sets::{ClientKind, DomainProof, ProviderKind},
};
use vestibule_simulator::{
    App, AppSettings, Group, OAuthSettings, Okta, Person, Product, ScimAuth, ScimSettings, Style,
    SubjectFormat,
};
use vestibule_store::{
    oauth::clients,
    people::users,
    providers::domains,
    rights::mappings,
    workspaces::{self, Workspace},
};
use vestibule_web::State;

use super::{
    product,
    saml::{self, Saml},
};
use crate::cli::commands;

/// The people of the demo.
pub struct People {
    /// Administrator of the workspace, created by the operator.
    pub ada: Person,
    /// Provisioned by SCIM.
    pub grace: Person,
    /// Provisioned by SCIM.
    pub linus: Person,
    /// In Okta, not assigned to the app.
    pub mallory: Person,
}

/// Everything that the demo set up.
pub struct Stage {
    /// The service.
    pub state: State,
    /// The pretend Okta org.
    pub okta: Okta,
    /// The app for the workspace in Okta.
    pub app: App,
    /// The SAML app in Okta, and the connection to it.
    pub saml: Saml,
    /// The product behind the service.
    pub product: Product,
    /// The people.
    pub people: People,
    /// A group in Okta, whose members get the role `auditor` once it is pushed.
    pub engineering: Group,
    /// The workspace.
    pub workspace: Workspace,
}

/// Subject format of Universal Logout in the demo: Okta's default.
pub const SUBJECT: SubjectFormat = SubjectFormat::Email;

/// Seeds service and Okta. In a database that may have been used before, the domain is made unique.
pub(crate) async fn seed(
    state: State,
    okta: Okta,
    product: Product,
    shared_database: bool,
) -> anyhow::Result<Stage> {
    let domain = if shared_database {
        let tag: [u8; 4] = vestibule_store::access::secrets::random()?;
        format!("acme-{:08x}.example", u32::from_be_bytes(tag))
    } else {
        "acme.example".to_owned()
    };
    let person = |name: &str, family: &str| {
        okta.add_person(&format!("{}@{domain}", name.to_lowercase()), name, family)
    };
    let people = People {
        ada: person("Ada", "Lovelace"),
        grace: person("Grace", "Hopper"),
        linus: person("Linus", "Torvalds"),
        mallory: person("Mallory", "Outside"),
    };
    let (region, now, ada) = (state.config().region.name.clone(), state.now(), people.ada.login.clone());
    let workspace = state
        .write(move |conn| {
            let workspace = workspaces::create(conn, None, "Acme", &region, now)?;
            domains::verify(conn, &workspace.workspace_id, &domain, DomainProof::Operator, now)?;
            let ada = NewUser { user_name: ada, ..NewUser::default() };
            let user = people::create(conn, &Actor::cli(now), &workspace.workspace_id, &ada)?;
            assignments::replace_roles(conn, &Actor::cli(now), &user, &[RoleId::from_stored("admin")])?;
            mappings::set(
                conn,
                &workspace.workspace_id,
                "Engineering",
                &RoleId::from_stored("auditor"),
                now,
            )?;
            Ok::<_, commands::Sentence>(workspace)
        })
        .await
        .map_err(|commands::Sentence(error)| error)?;
    let app = connect_both(&state, &okta, &workspace).await?;
    okta.assign_quietly(&app, &people.ada);
    let engineering = okta.add_group("Engineering");
    okta.add_member(&engineering, &people.grace);
    okta.add_member(&engineering, &people.linus);
    let saml = saml::connect(&state, &okta, &workspace).await?;
    okta.assign_quietly(&saml.app, &people.ada);
    product::register(&state, &workspace, &product).await?;
    Ok(Stage { state, okta, app, saml, product, people, engineering, workspace })
}

/// Creates the app in Okta, its settings in the workspace, and the OAuth client of Okta's SCIM.
async fn connect_both(state: &State, okta: &Okta, workspace: &Workspace) -> anyhow::Result<App> {
    let workspace_id = workspace.workspace_id.clone();
    let app = okta.create_app(AppSettings {
        label: "Vestibule".to_owned(),
        name: "vestibule_demo_1".to_owned(),
        redirect_uris: vec![state.api_url("/api/okta/oidc/callback")],
        post_logout_redirect_uris: vec![state.app_url("/auth")],
        initiate_login_uri: Some(state.api_url(&format!("/api/okta/oidc/login?team_id={workspace_id}"))),
        style: Style::Catalog,
        ..AppSettings::default()
    });
    let settings = Settings {
        issuer: okta.issuer().to_owned(),
        client_id: app.client_id.clone(),
        client_secret: Some(app.client_secret.clone().into()),
        enabled: Some(true),
        jit: Some(false),
        assumed: ProviderKind::Okta,
        ..Settings::default()
    };
    let (job_state, redirect_uri, now) = (state.clone(), okta.scim_redirect_uri(&app), state.now());
    let (client, secret) = state
        .write(move |conn| {
            connection::save(conn, &Actor::cli(now), job_state.sealer(), &workspace_id, settings)?;
            Ok::<_, connection::SettingsError>(clients::create(
                conn,
                &workspace_id,
                ClientKind::Scim,
                "Okta",
                &[redirect_uri],
                now,
            )?)
        })
        .await?;
    let oauth = OAuthSettings {
        authorize_url: state.api_url("/api/okta/scim/oauth/authorize"),
        token_url: state.api_url("/api/okta/scim/oauth/token"),
        client_id: client.client_id.into_string(),
        client_secret: secret,
        scopes: ["scim.read", "scim.write", "entitlements.read"].map(str::to_owned).to_vec(),
        basic: false,
    };
    let base = state.api_url(&format!("/api/scim/v2/{}", workspace.workspace_id));
    okta.enable_provisioning(&app, ScimSettings::new(base, ScimAuth::OAuth(oauth)));
    okta.enable_universal_logout(&app, &state.api_url("/api/okta/universal-logout"));
    Ok(app)
}

/// Finds a person's user in the workspace, for checks of the story that don't use HTTP. Fails if there is none.
pub(crate) async fn user(stage: &Stage, person: &Person) -> anyhow::Result<users::User> {
    let (workspace_id, name) = (stage.workspace.workspace_id.clone(), person.login.clone());
    let found = stage.state.read(move |conn| users::find_by_user_name(conn, &workspace_id, &name)).await?;
    found.with_context(|| format!("{} is not in the workspace", person.login))
}

/// Prints the URLs to open and the people who can sign in.
#[expect(clippy::print_stdout, reason = "the demo's own page on the terminal")]
pub(crate) fn introduce(stage: &Stage) {
    let Stage { state, okta, product, people, .. } = stage;
    println!(
        "\nVestibule is running with a pretend Okta org and a pretend product. Everything is on this machine; Ctrl-C ends it.\n"
    );
    println!("  Open                              what it is");
    println!("  {:<32}  sign in to the workspace Acme", state.app_url("/auth"));
    println!("  {:<32}  the administrator's page", state.app_url("/integrations/okta"));
    println!("  {:<32}  the same by SAML", stage.saml.login_url(state));
    println!("  {:<32}  the pretend Okta: assign, push, log out", okta.issuer());
    println!("  {:<32}  a product whose people sign in here", product.url());
    println!("\n  Who can sign in                   password      what they are");
    for (person, what) in [
        (&people.ada, "administrator of Acme"),
        (&people.grace, "assign and provision her in the pretend Okta first"),
        (&people.linus, "assign and provision him in the pretend Okta first"),
        (&people.mallory, "not assigned: is refused"),
    ] {
        println!("  {:<32}  {:<12}  {what}", person.login, person.password);
    }
    println!("\n  First: sign in as Ada, then in the pretend Okta choose Authenticate to let it provision.");
    println!(
        "  Then: assign Grace, sign in to the product as her, and choose Universal Logout in the pretend Okta.\n"
    );
}

/// Waits, for steps that need a later second on the wire (`auth_time` has whole seconds).
pub(crate) async fn pause(milliseconds: u64) {
    actix_web::rt::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// A JSON member as text.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
