//! Places for the conformance suites: a database of one's own on a PostgreSQL server.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

pub mod by_events;
pub mod lanes;

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edafw_core::{Backend, BoxFuture, ManualClock, StoreOptions, Transport};
use edafw_sqlx::{Postgres, PostgresStore};
use edafw_testkit::{StoreFixture, StoreTraits, TransportFixture, TransportTraits};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

/// Names the server on which the tests make their databases.
const VARIABLE: &str = "EDAFW_TEST_POSTGRES_URL";

const DEFAULT: &str = "postgres://postgres@127.0.0.1:5432";

/// A database that an interrupted run has left is removed by a later run after so long.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// A database of its own, gone with this.
pub struct OnAServer {
    name: String,
}

impl OnAServer {
    pub async fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let name = format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple());
        let mut admin = admin().await;
        remove_left_behind(&mut admin, now).await;
        run(&mut admin, format!("create database {name} template template0")).await;
        run(&mut admin, format!("alter database {name} set synchronous_commit = off")).await;
        admin.close().await.expect("it closes");
        Self { name }
    }

    pub fn address(&self) -> String {
        let server = server();
        let (place, query) = server.split_once('?').unwrap_or((&server, ""));
        let authority = place.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        format!("postgres://{authority}/{}{query}", self.name)
    }

    /// The address with notifications on.
    pub fn notifying(&self) -> String {
        let address = self.address();
        format!("{address}{}notify=on", if address.contains('?') { '&' } else { '?' })
    }

    /// The same place, past the framework.
    pub fn raw(&self) -> PgConnectOptions {
        PgConnectOptions::from_str(&self.address()).expect("the address is a URL")
    }
}

impl Drop for OnAServer {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        // Dropping cannot wait, and the runtime of the test may be about to end.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                run(&mut admin().await, statement).await;
            });
        });
        if dropped.join().is_err() {
            eprintln!("the test's database {} was not removed; a later run removes it", self.name);
        }
    }
}

fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned())
}

async fn admin() -> PgConnection {
    let options = PgConnectOptions::from_str(&server()).unwrap_or_else(|_| panic!("{VARIABLE} is no URL"));
    let database = options.get_database().unwrap_or("postgres").to_owned();
    match options.database(&database).connect().await {
        Ok(connection) => connection,
        Err(error) => panic!(
            "the tests need a PostgreSQL server on which they may create databases: start one \
             (`cargo xtask test` does), or name one by {VARIABLE}; the default is {DEFAULT}. {error}"
        ),
    }
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.expect("the statement runs");
}

async fn remove_left_behind(admin: &mut PgConnection, now: u64) {
    let names: Vec<String> = sqlx::query_scalar(
        "select datname::text from pg_database
         where datname like 'edafw\\_test\\_%' and split_part(datname, '_', 3)::bigint < $1",
    )
    .bind((now - LEFT_BEHIND.as_secs()) as i64)
    .fetch_all(&mut *admin)
    .await
    .expect("the databases are listed");
    for name in names {
        // Another test may be at the same one.
        let statement = format!("drop database if exists {name} with (force)");
        let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *admin).await;
    }
}

/// Opens a database with the clock of a test.
pub async fn open(url: &str, clock: &Arc<ManualClock>) -> Arc<PostgresStore> {
    let options = StoreOptions { clock: Arc::clone(clock) as _, ..StoreOptions::default() };
    Postgres::connect(url, options).await.expect("the database opens")
}

impl StoreFixture for OnAServer {
    type Backend = Postgres;

    const TRAITS: StoreTraits = StoreTraits { concurrent_transactions: true, reads_while_writing: true };

    fn create() -> BoxFuture<'static, Self> {
        Box::pin(Self::new())
    }

    fn url(&self) -> String {
        self.address()
    }

    /// By a lock of the session: what else marks a session is undone with its transaction.
    fn mark(connection: &mut PgConnection) -> BoxFuture<'_, ()> {
        Box::pin(async { run(connection, "select pg_advisory_lock_shared(7)".to_owned()).await })
    }

    fn is_marked(connection: &mut PgConnection) -> BoxFuture<'_, bool> {
        Box::pin(async {
            sqlx::query_scalar(
                "select exists (select 1 from pg_locks
                 where locktype = 'advisory' and objid = 7 and pid = pg_backend_pid())",
            )
            .fetch_one(connection)
            .await
            .expect("the locks of the session are read")
        })
    }

    fn end_transaction(connection: &mut PgConnection) -> BoxFuture<'_, ()> {
        Box::pin(async { run(connection, "rollback".to_owned()).await })
    }

    fn swallow_an_error(connection: &mut PgConnection) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let failed = sqlx::query("insert into no_such_table values (1)").execute(connection).await;
            assert!(failed.is_err());
        })
    }
}

impl TransportFixture for OnAServer {
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
        Box::pin(Self::new())
    }

    fn connect<'a>(&'a self, clock: &'a Arc<ManualClock>) -> BoxFuture<'a, Arc<dyn Transport>> {
        Box::pin(async {
            let store = open(&self.address(), clock).await;
            edafw_core::EventStore::migrate(&*store).await.expect("the schema is created");
            Postgres::embedded_transport(&store)
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
