//! Tests of the migrations of connections and domains.

use rstest::rstest;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{DomainProof, ProviderAuth, ProviderKind, UserSource},
};
use vestibule_store::{
    Conn, Database,
    db::json::Json,
    people::users::{self, User},
    providers::{
        connections::{self, Connection},
        domains,
        identities::{self, IdentityKey},
        sightings,
    },
    workspaces,
};

use crate::{
    house::{execute, root},
    support::{
        Backend::{self, Postgres, Sqlite},
        Fresh,
    },
};

/// The last schema version before these columns.
const BEFORE: &str = "20261128220600";

fn connection(workspace_id: &WorkspaceId, issuer: &str) -> Connection {
    Connection {
        workspace_id: workspace_id.clone(),
        issuer: issuer.to_owned(),
        client_id: workspace_id.to_string(),
        client_secret: String::new(),
        enabled: true,
        jit: false,
        auth_method: ProviderAuth::Auto,
        dpop: false,
        groups_claim: String::new(),
        discovered: Json::missing(),
        issuer_changed_at: None,
        proven_at: None,
        cross_app: false,
        created_at: 1,
        updated_at: 9,
        connection_id: ConnectionId::new(1),
        name: "Okta".to_owned(),
        is_default: true,
        provider: ProviderKind::Okta,
    }
}

/// Undoes the migrations after a version.
fn undo(database: &Database, before: &str) {
    let folder = root().join("migrations").join(database.backend());
    let mut later: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    later.retain(|path| path.file_name().unwrap().to_str().unwrap() > before);
    later.sort();
    for step in later.iter().rev() {
        execute(database, &std::fs::read_to_string(step.join("down.sql")).unwrap());
    }
    execute(database, &format!("DELETE FROM __diesel_schema_migrations WHERE version > '{before}'"));
}

#[rstest]
#[actix_web::test]
async fn an_upgrade_counts_as_proven_what_somebody_has_signed_in_by(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let fresh = Fresh::make(backend);
    let database = Database::open(fresh.url(), 2).unwrap();
    database.migrate().unwrap();
    let ids = database
        .write(|conn| {
            let mut ids = Vec::new();
            // Linked by this issuer, by a former issuer, or never.
            for linked_at in [Some("https://here.example"), Some("https://former.example"), None] {
                let id = workspaces::create(conn, None, "Acme", "us", 1)?.workspace_id;
                connections::save(conn, &connection(&id, "https://here.example"))?;
                let user = User::new(&id, "ada", UserSource::Operator, 1);
                users::insert(conn, &user, &[])?;
                if let Some(issuer) = linked_at {
                    let identity = IdentityKey { issuer, subject: "00u1" };
                    identities::link(conn, &id, identity, &user.user_id, 5)?;
                }
                ids.push(id);
            }
            domains::verify(conn, &ids[0], "vouched.example", DomainProof::Operator, 1)?;
            domains::verify_by_record(conn, (&ids[0], "proved.example"), "x", 77, 1)?;
            Ok::<_, vestibule_store::Error>(ids)
        })
        .unwrap();
    undo(&database, BEFORE);
    database.migrate().unwrap();
    let facts: Vec<_> = database
        .read(|conn| {
            let found = ids.iter().map(|id| connections::find_first(conn, id).map(Option::unwrap));
            found.collect::<Result<Vec<_>, vestibule_store::Error>>()
        })
        .unwrap()
        .into_iter()
        .map(|connection| (connection.proven_at, connection.issuer_changed_at))
        .collect();
    assert_eq!(facts, [(Some(5), None), (None, Some(9)), (None, None)]);
    let checks: Vec<_> = database
        .read(|conn| domains::list_all(conn, &ids[0]))
        .unwrap()
        .into_iter()
        .map(|domain| (domain.domain, domain.challenge, domain.next_check_at))
        .collect();
    assert_eq!(
        checks,
        [
            ("proved.example".to_owned(), String::new(), Some(0)),
            ("vouched.example".to_owned(), String::new(), None)
        ]
    );
}

#[rstest]
#[actix_web::test]
async fn an_upgrade_gives_sightings_to_their_connection(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let database = Database::open(fresh.url(), 2).unwrap();
    database.migrate().unwrap();
    let make = |conn: &mut Conn, issuers: &[&str]| {
        let id = workspaces::create(conn, None, "Acme", "us", 1)?.workspace_id;
        for (number, issuer) in issuers.iter().enumerate() {
            let connection = Connection {
                connection_id: ConnectionId::new(number as i64),
                is_default: number == 0,
                ..connection(&id, issuer)
            };
            connections::save(conn, &connection)?;
        }
        Ok::<_, vestibule_store::Error>(id)
    };
    let (one, two) = database
        .write(|conn| {
            let both = ["https://one.example", "https://two.example"];
            Ok::<_, vestibule_store::Error>((make(conn, &both[..1])?, make(conn, &both)?))
        })
        .unwrap();
    undo(&database, "20261130");
    let saml = "0193abcd-0000-7000-8000-00000000000a";
    for workspace in [&one, &two] {
        for (kind, detail) in [
            ("basic", "refused".to_owned()),
            ("connection_replaced", String::new()),
            ("sign_in_began", String::new()),
            ("saml_loop", saml.to_owned()),
            ("saml_metadata_unread", format!("{saml} the answer was 404")),
        ] {
            execute(
                &database,
                &format!("INSERT INTO sightings VALUES ('{workspace}', '{kind}', 3, 1, 2, '{detail}')"),
            );
        }
    }
    database.migrate().unwrap();
    let read = |workspace: &WorkspaceId| {
        let mut all = database.read(|conn| sightings::list(conn, workspace)).unwrap();
        all.sort_by(|one, other| one.kind.cmp(&other.kind));
        all.into_iter().map(|one| (one.kind, one.connection_id, one.detail)).collect::<Vec<_>>()
    };
    let expected = |replaced: &str, began: &str| {
        [
            ("basic", "", "refused"),
            ("connection_replaced", replaced, ""),
            ("saml_loop", saml, ""),
            ("saml_metadata_unread", saml, "the answer was 404"),
            ("sign_in_began", began, ""),
        ]
        .map(|(kind, id, detail)| (kind.to_owned(), id.to_owned(), detail.to_owned()))
        .to_vec()
    };
    let first = |workspace: &WorkspaceId| {
        let found = database.read(|conn| connections::find_first(conn, workspace)).unwrap();
        found.unwrap().connection_id.to_string()
    };
    assert_eq!(read(&one), expected(&first(&one), &first(&one)));
    assert_eq!(read(&two), expected(&first(&two), ""), "nothing says through which of the two somebody came");
}
