//! Tests of the migrations of connections and domains.

use rstest::rstest;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{DomainProof, ProviderAuth, ProviderKind, UserSource},
};
use vestibule_store::{
    Database,
    db::json::Json,
    people::users::{self, User},
    providers::{
        connections::{self, Connection},
        domains,
        identities::{self, IdentityKey},
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
    let folder = root().join("migrations").join(database.backend());
    let mut later: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    later.retain(|path| path.file_name().unwrap().to_str().unwrap() > BEFORE);
    later.sort();
    for step in later.iter().rev() {
        execute(&database, &std::fs::read_to_string(step.join("down.sql")).unwrap());
    }
    execute(&database, &format!("DELETE FROM __diesel_schema_migrations WHERE version > '{BEFORE}'"));
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
