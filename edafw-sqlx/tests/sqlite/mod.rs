//! Places for the conformance suites: a database file, and a database in memory.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

pub mod lanes;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, BoxFuture, ManualClock, StoreOptions, Transport};
use edafw_sqlx::{Sqlite, SqliteStore};
use edafw_testkit::{StoreFixture, StoreTraits, TransportFixture, TransportTraits};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
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

    /// The same place, past the framework.
    pub fn raw(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new().filename(self.path())
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

    /// The same place, past the framework.
    pub fn raw(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new().filename(format!("file:/edafw-test-{}?vfs=memdb", self.name))
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

/// Opens a database with the clock of a test.
pub async fn open(url: &str, clock: &Arc<ManualClock>) -> Arc<SqliteStore> {
    let options = StoreOptions { clock: Arc::clone(clock) as _, ..StoreOptions::default() };
    Sqlite::connect(url, options).await.expect("the database opens")
}

macro_rules! transport_fixture {
    ($place:ty) => {
        impl TransportFixture for $place {
            const TRAITS: TransportTraits = TransportTraits {
                fences: true,
                uncounts_releases: true,
                knows_its_queues: true,
                orders: true,
                keeps_late_receipts: true,
                delays_single_messages: true,
                mixes_keys: true,
                takes_control_characters: true,
                moment: Duration::from_millis(1),
                wait: Duration::ZERO,
                lease: Duration::from_secs(30),
            };

            fn create() -> BoxFuture<'static, Self> {
                Box::pin(async { Self::new() })
            }

            fn connect<'a>(&'a self, clock: &'a Arc<ManualClock>) -> BoxFuture<'a, Arc<dyn Transport>> {
                Box::pin(async {
                    let store = open(&self.address(), clock).await;
                    edafw_core::EventStore::migrate(&*store).await.expect("the schema is created");
                    Sqlite::embedded_transport(&store)
                })
            }

            fn pass<'a>(&'a self, clock: &'a ManualClock, by: Duration) -> BoxFuture<'a, ()> {
                clock.advance(by);
                Box::pin(async {})
            }

            fn check(&self) -> BoxFuture<'_, ()> {
                Box::pin(async {
                    let mut connection = self.raw().connect().await.expect("a connection beside the store");
                    lanes::check(&mut connection).await;
                    connection.close().await.expect("it closes");
                })
            }
        }
    };
}

transport_fixture!(OnAFile);
transport_fixture!(InMemory);
