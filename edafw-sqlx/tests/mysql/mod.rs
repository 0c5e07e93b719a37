//! Places for the conformance suites: a database of one's own on a MySQL or MariaDB server.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

pub mod lanes;

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edafw_core::{Backend, BoxFuture, ManualClock, StoreOptions, Transport};
use edafw_sqlx::{MySql, MySqlStore};
use edafw_testkit::{StoreFixture, StoreTraits, TransportFixture, TransportTraits};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection};

/// Names the server on which the tests make their databases.
const VARIABLE: &str = "EDAFW_TEST_MYSQL_URL";

const DEFAULT: &str = "mysql://root@127.0.0.1:3306";

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
        run(&mut admin, format!("create database {name}")).await;
        admin.close().await.expect("it closes");
        Self { name }
    }

    pub fn address(&self) -> String {
        let server = server();
        let (place, query) = server.split_once('?').unwrap_or((&server, ""));
        let authority = place.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        format!("mysql://{authority}/{}{query}", self.name)
    }

    /// The same place, past the framework.
    pub fn raw(&self) -> MySqlConnectOptions {
        MySqlConnectOptions::from_str(&self.address()).expect("the address is a URL")
    }
}

impl Drop for OnAServer {
    fn drop(&mut self) {
        let name = self.name.clone();
        // Dropping cannot wait, and the runtime of the test may be about to end.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let mut admin = admin().await;
                end_connections(&mut admin, &name).await;
                run(&mut admin, format!("drop database if exists {name}")).await;
            });
        });
        if dropped.join().is_err() {
            eprintln!("the test's database {} was not removed; a later run removes it", self.name);
        }
    }
}

/// Whoever is in the middle of a transaction there would be waited for.
async fn end_connections(admin: &mut MySqlConnection, database: &str) {
    let open: Vec<i64> =
        sqlx::query_scalar("select cast(id as signed) from information_schema.processlist where db = ?")
            .bind(database)
            .fetch_all(&mut *admin)
            .await
            .expect("the connections are listed");
    for id in open {
        // It may have ended by itself.
        let _ = sqlx::raw_sql(AssertSqlSafe(format!("kill {id}"))).execute(&mut *admin).await;
    }
}

fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned())
}

async fn admin() -> MySqlConnection {
    let options = MySqlConnectOptions::from_str(&server()).unwrap_or_else(|_| panic!("{VARIABLE} is no URL"));
    match options.connect().await {
        Ok(connection) => connection,
        Err(error) => panic!(
            "the tests need a MySQL or MariaDB server on which they may create databases: start one \
             (`cargo xtask test` does), or name one by {VARIABLE}; the default is {DEFAULT}. {error}"
        ),
    }
}

async fn run(connection: &mut MySqlConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.expect("the statement runs");
}

async fn remove_left_behind(admin: &mut MySqlConnection, now: u64) {
    let names: Vec<String> = sqlx::query_scalar(
        "select convert(schema_name using utf8mb4) from information_schema.schemata
         where schema_name like 'edafw\\_test\\_%'",
    )
    .fetch_all(&mut *admin)
    .await
    .expect("the databases are listed");
    let born = |name: &str| name.split('_').nth(2).and_then(|seconds| seconds.parse::<u64>().ok());
    for name in names {
        if born(&name).is_some_and(|born| born < now - LEFT_BEHIND.as_secs()) {
            // Another test may be at the same one.
            let statement = format!("drop database if exists {name}");
            let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *admin).await;
        }
    }
}

/// Opens a database with the clock of a test.
pub async fn open(url: &str, clock: &Arc<ManualClock>) -> Arc<MySqlStore> {
    let options = StoreOptions { clock: Arc::clone(clock) as _, ..StoreOptions::default() };
    MySql::connect(url, options).await.expect("the database opens")
}

impl StoreFixture for OnAServer {
    type Backend = MySql;

    const TRAITS: StoreTraits = StoreTraits { concurrent_transactions: true, reads_while_writing: true };

    fn create() -> BoxFuture<'static, Self> {
        Box::pin(Self::new())
    }

    fn url(&self) -> String {
        self.address()
    }

    fn mark(connection: &mut MySqlConnection) -> BoxFuture<'_, ()> {
        Box::pin(async { run(connection, "set @mark = 1".to_owned()).await })
    }

    fn is_marked(connection: &mut MySqlConnection) -> BoxFuture<'_, bool> {
        Box::pin(async {
            let marked: i64 = sqlx::query_scalar("select @mark is not null")
                .fetch_one(connection)
                .await
                .expect("the session's variables are read");
            marked != 0
        })
    }

    fn end_transaction(connection: &mut MySqlConnection) -> BoxFuture<'_, ()> {
        Box::pin(async { run(connection, "rollback".to_owned()).await })
    }

    fn swallow_an_error(connection: &mut MySqlConnection) -> BoxFuture<'_, ()> {
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
            MySql::embedded_transport(&store)
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
