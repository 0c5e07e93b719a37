//! Places for the conformance suites: a database file, and a database in memory.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

use edafw_core::BoxFuture;
use edafw_sqlx::Sqlite;
use edafw_testkit::{StoreFixture, StoreTraits};
use sqlx::SqliteConnection;
use tempfile::TempDir;

/// A file of its own, in a directory that is gone with it.
pub struct OnAFile {
    pub directory: TempDir,
}

impl OnAFile {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("test.db")
    }

    pub fn address(&self) -> String {
        format!("sqlite:{}?synchronous=off", self.path().display())
    }
}

/// A named database in memory, gone with its last connection.
pub struct InMemory {
    name: uuid::Uuid,
}

impl InMemory {
    pub fn new() -> Self {
        Self { name: uuid::Uuid::now_v7() }
    }

    pub fn address(&self) -> String {
        format!("sqlite:test-{}?mode=memory", self.name)
    }
}

macro_rules! store_fixture {
    ($place:ty, $reads_while_writing:literal) => {
        impl StoreFixture for $place {
            type Backend = Sqlite;

            const TRAITS: StoreTraits =
                StoreTraits { concurrent_transactions: false, reads_while_writing: $reads_while_writing };

            fn create() -> BoxFuture<'static, Self> {
                Box::pin(async { Self::new() })
            }

            fn url(&self) -> String {
                self.address()
            }

            fn mark(connection: &mut SqliteConnection) -> BoxFuture<'_, ()> {
                run(connection, "create temp table mark (it integer)")
            }

            fn is_marked(connection: &mut SqliteConnection) -> BoxFuture<'_, bool> {
                Box::pin(async {
                    sqlx::query_scalar("select exists (select 1 from temp.sqlite_schema where name = 'mark')")
                        .fetch_one(connection)
                        .await
                        .expect("the schema of the session is read")
                })
            }

            fn end_transaction(connection: &mut SqliteConnection) -> BoxFuture<'_, ()> {
                run(connection, "rollback")
            }

            fn swallow_an_error(connection: &mut SqliteConnection) -> BoxFuture<'_, ()> {
                Box::pin(async {
                    let failed =
                        sqlx::query("insert into no_such_table values (1)").execute(connection).await;
                    assert!(failed.is_err());
                })
            }
        }
    };
}

store_fixture!(OnAFile, true);
store_fixture!(InMemory, false);

fn run<'a>(connection: &'a mut SqliteConnection, statement: &'static str) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        sqlx::query(statement).execute(connection).await.expect("the statement runs");
    })
}
