//! A database per test: a file in a scratch directory, or a new database in the test's cluster.

use std::sync::Arc;

use diesel::{Connection, PgConnection, connection::SimpleConnection};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A new database, removed with the last clone of this value.
#[derive(Clone)]
pub struct Fresh(Arc<Inner>);

enum Inner {
    Sqlite { url: String, _scratch: tempfile::TempDir },
    Postgres { url: String, admin_url: String, name: String },
}

impl Fresh {
    pub fn make(backend: Backend) -> Self {
        vestibule::serve::app::init_openssl();
        Self(Arc::new(match backend {
            Backend::Sqlite => {
                let scratch = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", scratch.path().join("vestibule.db").display());
                Inner::Sqlite { url, _scratch: scratch }
            }
            Backend::Postgres => {
                let admin_url = std::env::var("VESTIBULE_TEST_POSTGRES_URL").expect(
                    "VESTIBULE_TEST_POSTGRES_URL is not set: run the tests with tests/run, which starts PostgreSQL",
                );
                let name = format!("t{}", uuid::Uuid::new_v4().simple());
                PgConnection::establish(&admin_url)
                    .expect("the test cluster answers")
                    .batch_execute(&format!("CREATE DATABASE {name}"))
                    .unwrap();
                let mut url = url::Url::parse(&admin_url).unwrap();
                url.set_path(&name);
                Inner::Postgres { url: url.into(), admin_url, name }
            }
        }))
    }

    pub fn url(&self) -> &str {
        match &*self.0 {
            Inner::Sqlite { url, .. } | Inner::Postgres { url, .. } => url,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Inner::Postgres { admin_url, name, .. } = self
            && let Ok(mut admin) = PgConnection::establish(admin_url)
        {
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}
