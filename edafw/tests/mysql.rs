//! A service on MySQL or MariaDB, with several workers at once.

#![cfg(feature = "mysql")]

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;
use std::sync::{LazyLock, Mutex};

use edafw::{App, AppBuilder, ErrorKind, EventStore, Failure, MySql, Tx, domain_event, subscriber};
use futures_util::future::join_all;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

edafw::service!("bank");

#[domain_event(name = "bank.moved", key = account)]
struct Moved {
    account: String,
    number: i64,
}

#[domain_event(name = "bank.booked", key = account)]
struct Booked {
    account: String,
    number: i64,
}

/// Which bookings have failed once.
static FAILED: LazyLock<Mutex<HashSet<(String, i64)>>> = LazyLock::new(Mutex::default);

/// Fails at every 17th booking, once.
#[subscriber(layer = internal, retry(max_attempts = 5, backoff = "1ms..2ms"))]
async fn book(event: &Moved, tx: &mut Tx<MySql>) -> Result<(), Failure> {
    sqlx::query("insert into booking (account, number) values (?, ?)")
        .bind(&event.account)
        .bind(event.number)
        .execute(&mut **tx)
        .await?;
    if event.number % 17 == 0 && FAILED.lock().unwrap().insert((event.account.clone(), event.number)) {
        return Err("by chance".into());
    }
    tx.publish(Booked { account: event.account.clone(), number: event.number }).await?;
    Ok(())
}

#[subscriber(layer = internal, ordering = none)]
async fn audit(event: &Booked, tx: &mut Tx<MySql>) -> Result<(), Failure> {
    sqlx::query("insert into audit (account, number) values (?, ?)")
        .bind(&event.account)
        .bind(event.number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A database of the test's own.
struct Bank {
    name: String,
}

fn server() -> String {
    std::env::var("EDAFW_TEST_MYSQL_URL").unwrap_or_else(|_| "mysql://root@127.0.0.1:3306".to_owned())
}

async fn admin(statement: String) {
    let options = MySqlConnectOptions::from_str(&server()).unwrap();
    let mut connection = options.connect().await.expect(
        "a MySQL or MariaDB server runs where EDAFW_TEST_MYSQL_URL says: `cargo xtask test` starts one",
    );
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
}

impl Bank {
    async fn open() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let name = format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple());
        admin(format!(
            "create database {name};
             create table {name}.booking (id bigint auto_increment primary key, account text, number bigint);
             create table {name}.audit (id bigint auto_increment primary key, account text, number bigint)"
        ))
        .await;
        Self { name }
    }

    fn url(&self) -> String {
        let server = server();
        let place = server.split_once("://").unwrap().1;
        let authority = place.split(['/', '?']).next().unwrap();
        format!("mysql://{authority}/{}", self.name)
    }

    fn builder(&self) -> AppBuilder<MySql> {
        App::builder("bank").database_url(self.url()).settings(|settings| {
            settings.migrate = true;
            settings.store.max_connections = 4;
        })
    }

    async fn app(&self) -> App<MySql> {
        self.builder().connect().await.unwrap()
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {}", self.name);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(admin(statement));
        });
        let _ = dropped.join();
    }
}

async fn rows(app: &App<MySql>, table: &str) -> BTreeMap<String, Vec<i64>> {
    let mut tx = app.begin().await.unwrap();
    let query = format!("select account, number from {table} order by id");
    let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(query)).fetch_all(&mut *tx).await.unwrap();
    tx.rollback().await;
    let mut by_account: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (account, number) in rows {
        by_account.entry(account).or_default().push(number);
    }
    by_account
}

/// Several publishers and workers at once, with failures: each effect once, in order per key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_share_the_work() {
    const EVENTS: i64 = 60;
    let bank = Bank::open().await;
    let apps = [bank.app().await, bank.app().await, bank.app().await];
    apps[0].register().await.unwrap();
    let publishers = join_all((0..6).map(|publisher: usize| {
        let app = &apps[publisher % 3];
        async move {
            for number in 1..=EVENTS {
                let mut tx = app.begin().await.unwrap();
                tx.publish(Moved { account: format!("account {publisher}"), number }).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }));
    publishers.await;
    let workers: Vec<_> = apps.iter().map(|app| app.worker().unwrap()).collect();
    let ran = join_all(workers.iter().map(edafw::Worker::run_until_idle));
    for result in
        tokio::time::timeout(std::time::Duration::from_mins(1), ran).await.expect("it comes to rest")
    {
        result.unwrap();
    }
    let booked = rows(&apps[0], "booking").await;
    assert_eq!(booked.len(), 6);
    for (account, numbers) in booked {
        assert_eq!(numbers, (1..=EVENTS).collect::<Vec<_>>(), "{account}");
    }
    for (account, mut numbers) in rows(&apps[0], "audit").await {
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=EVENTS).collect::<Vec<_>>(), "{account}");
    }
    let counts = apps[0].store().counts().await.unwrap();
    assert_eq!((counts.stored, counts.published), (6 * EVENTS as u64 * 2, 6 * EVENTS as u64 * 2));
}

/// Tables cannot be made in a transaction here: the statement ends it. `commit` says so, and the events of the
/// transaction are not stored.
#[tokio::test]
async fn a_statement_that_ends_the_transaction_is_noticed() {
    let bank = Bank::open().await;
    let app = bank.app().await;
    let mut tx = app.begin().await.unwrap();
    tx.publish(Moved { account: "a".to_owned(), number: 1 }).await.unwrap();
    sqlx::raw_sql("create table other (a int)").execute(&mut *tx).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{}", edafw::Error::chain(&error));
    assert_eq!(app.store().counts().await.unwrap().stored, 0);
    let mut tx = app.begin().await.unwrap();
    tx.publish(Moved { account: "a".to_owned(), number: 2 }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.store().counts().await.unwrap().stored, 1);
}
