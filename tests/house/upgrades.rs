//! Tests of upgrades: the rows that migrations keep, and those that they change.

use rstest::rstest;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::UserSource,
};
use vestibule_store::{
    Database,
    access::sessions::{self, NewSession},
    people::users,
    workspaces,
};

use super::{execute, root};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Fresh,
};

#[rstest]
#[actix_web::test]
async fn an_upgrade_adds_roles_and_takes_nobody_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let database = Database::open(fresh.url(), 2).unwrap();
    database.migrate().unwrap();
    let folder = root().join("migrations").join(database.backend());
    // Goes back to the old schema, and creates workspaces of which one has roles with those names, and two have owners from Okta.
    let mut later: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    later.sort();
    for step in later.iter().skip(1).rev() {
        execute(&database, &std::fs::read_to_string(step.join("down.sql")).unwrap());
    }
    execute(&database, "DELETE FROM __diesel_schema_migrations WHERE version > '00000000000001'");
    for id in ["plain", "named", "given", "mapped"] {
        execute(&database, &format!(
            "INSERT INTO workspaces VALUES ('{id}', 'x', 'us', 'member', FALSE, 1, 1);
                 INSERT INTO roles VALUES ('{id}', 'owner', 'Owner', 'owner', '', 1);
                 INSERT INTO users VALUES ('{id}', 'ada', 'ada', 'ada', NULL, NULL, NULL, NULL, TRUE, 'scim', '{{}}', 1, NULL, 1, 1, 1);
                 INSERT INTO assignments VALUES ('{id}', 'ada', 'owner', 'manual', 1);"
        ));
    }
    execute(
        &database,
        "INSERT INTO roles VALUES ('named', 'editor', 'Redakteur', 'redakteur', 'own', 1);
             INSERT INTO roles VALUES ('named', 'guest', 'Viewer', 'viewer', 'own', 1);
             INSERT INTO assignments VALUES ('given', 'ada', 'owner', 'scim', 1);
             INSERT INTO mappings VALUES ('mapped', 'founders', 'owner', 'Founders', 1);",
    );
    database.migrate().unwrap();
    assert!(!database.needs_migration().unwrap());
    let roles = |id: &str| {
        let roles = database
            .read(|conn| vestibule_store::rights::roles::list(conn, &WorkspaceId::from_stored(id)))
            .unwrap();
        roles
            .into_iter()
            .map(|role| format!("{} {} {}", role.role_id, role.display_name, role.by_okta))
            .collect::<Vec<_>>()
    };
    let (editor, viewer) = ("editor Editor true", "viewer Viewer true");
    assert_eq!(roles("plain"), [editor, "owner Owner true", viewer]);
    assert_eq!(roles("named"), ["editor Redakteur true", "guest Viewer true", "owner Owner true"]);
    assert_eq!(roles("given"), [editor, "owner Owner true", viewer]);
    assert_eq!(roles("mapped"), [editor, "owner Owner true", viewer]);
    let given = WorkspaceId::from_stored("given");
    let held = database
        .read(|conn| vestibule_store::rights::roles::of_user(conn, &given, &UserId::from_stored("ada")))
        .unwrap();
    assert_eq!(held.len(), 2, "{held:?}");
}

#[rstest]
#[actix_web::test]
async fn an_upgrade_forgets_authentication_times_of_our_own_clock(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    const FIRST: &str = "20261128215500_authentication_time";
    let fresh = Fresh::make(backend);
    let database = Database::open(fresh.url(), 2).unwrap();
    database.migrate().unwrap();
    let now = 1_700_000_000_000_001;
    // A time from the provider, in whole seconds; a time from our clock, as older versions stored it; and no time.
    let times = [Some(1_700_000_000_000_000), Some(1_700_000_000_000_001), None];
    let user = database
        .write(|conn| {
            let workspace = workspaces::create(conn, None, "Acme", "us", now)?.workspace_id;
            let user = users::User::new(&workspace, "ada@acme.example", UserSource::Operator, now);
            users::insert(conn, &user, &[])?;
            for auth_time in times {
                let new = NewSession { auth_time, lifetime: 3_600_000_000, ..NewSession::default() };
                sessions::start(conn, &user, &new, now)?;
            }
            Ok::<_, vestibule_store::Error>(user)
        })
        .unwrap();
    let folder = root().join("migrations").join(database.backend());
    let mut later: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    later.retain(|step| step.file_name().unwrap().to_str().unwrap() >= FIRST);
    later.sort();
    for step in later.iter().rev() {
        execute(&database, &std::fs::read_to_string(step.join("down.sql")).unwrap());
    }
    execute(&database, "DELETE FROM __diesel_schema_migrations WHERE version >= '20261128215500'");
    database.migrate().unwrap();
    let live = database.read(|conn| sessions::list_live(conn, &user, now)).unwrap();
    let mut kept: Vec<_> = live.into_iter().map(|session| session.auth_time).collect();
    kept.sort();
    assert_eq!(kept, [None, None, times[0]]);
}

#[rstest]
#[actix_web::test]
async fn an_upgrade_lets_the_operators_tokens_give_owner_and_no_others(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    use vestibule_store::{
        access::tokens,
        trail::events::{self, Cause, Target, kinds::ProvisioningTokenCreated},
        workspaces,
    };
    let fresh = Fresh::make(backend);
    let database = Database::open(fresh.url(), 2).unwrap();
    database.migrate().unwrap();
    let actors = ["cli", "operator:k1", "user:u1", "somebody"];
    let made = database.write(|conn| {
        let workspace = workspaces::create(conn, None, "Acme", "us", 1)?.workspace_id;
        for actor in actors {
            let (token, _) =
                tokens::provision(conn, &workspace, (actor, "scim.write", None), (false, None), 1)?;
            let data = ProvisioningTokenCreated {
                token: &token.token_id,
                name: actor,
                scope: "scim.write",
                may_give_owner: false,
                beside: None,
            };
            events::record(conn, &workspace, &Cause::new(actor, ""), Target::Workspace, &data, 1)?;
        }
        // A token whose event was deleted.
        tokens::provision(conn, &workspace, ("unknown", "scim.write", None), (false, None), 1)?;
        Ok::<_, vestibule_store::Error>(workspace)
    });
    let workspace = made.unwrap();
    let version = "20261128220500";
    let folder = root().join("migrations").join(database.backend());
    let mut steps: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    steps.sort();
    for step in steps.iter().rev().filter(|step| step.file_name().unwrap().to_str().unwrap() >= version) {
        execute(&database, &std::fs::read_to_string(step.join("down.sql")).unwrap());
    }
    execute(&database, &format!("DELETE FROM __diesel_schema_migrations WHERE version >= '{version}'"));
    database.migrate().unwrap();
    let kind = vestibule_core::sets::TokenKind::Provisioning;
    let list = database.read(|conn| tokens::list_of_workspace(conn, &workspace, kind)).unwrap();
    let mut may: Vec<(&str, bool)> =
        list.iter().map(|token| (token.name.as_str(), token.may_give_owner)).collect();
    may.sort_unstable();
    assert_eq!(
        may,
        [("cli", true), ("operator:k1", true), ("somebody", false), ("unknown", false), ("user:u1", false)]
    );
}
