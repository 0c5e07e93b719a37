//! A service on PostgreSQL, with several workers at once.

#![cfg(feature = "postgres")]

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use edafw::{App, AppBuilder, ErrorKind, EventStore, Failure, Postgres, Tx, domain_event, subscriber};
use edafw_core::{Backend, Channel, Envelope, NewEvent, Transaction};
use futures_util::future::join_all;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

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
async fn book(event: &Moved, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    sqlx::query("insert into booking (account, number) values ($1, $2)")
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
async fn audit(event: &Booked, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    sqlx::query("insert into audit (account, number) values ($1, $2)")
        .bind(&event.account)
        .bind(event.number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[domain_event(name = "bank.counted", key = number)]
struct Counted {
    number: i64,
}

/// How many calls of [`total`] run, and how many have at the same time.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// All write one row.
#[subscriber(layer = internal)]
async fn total(_event: &Counted, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    let written = sqlx::query("update total set events = events + 1").execute(&mut **tx).await;
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    written?;
    Ok(())
}

/// A database of the test's own.
struct Bank {
    name: String,
}

fn server() -> String {
    std::env::var("EDAFW_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".to_owned())
}

async fn admin(statement: String) {
    let options = PgConnectOptions::from_str(&server()).unwrap();
    let database = options.get_database().unwrap_or("postgres").to_owned();
    let mut connection =
        options.database(&database).connect().await.expect(
            "a PostgreSQL server runs where EDAFW_TEST_POSTGRES_URL says: `cargo xtask test` starts one",
        );
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
}

impl Bank {
    async fn open() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let name = format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple());
        admin(format!("create database {name} template template0")).await;
        Self { name }
    }

    fn builder(&self) -> AppBuilder<Postgres> {
        let server = server();
        let place = server.split_once("://").unwrap().1;
        let authority = place.split(['/', '?']).next().unwrap();
        let url = format!("postgres://{authority}/{}", self.name);
        App::builder("bank").database_url(url).settings(|settings| {
            settings.migrate = true;
            settings.store.max_connections = 4;
        })
    }

    async fn app(&self) -> App<Postgres> {
        self.builder().on_connect(tables).connect().await.unwrap()
    }
}

/// An event that has its position, in a transaction that is still to be committed.
async fn held_back(app: &App<Postgres>) -> <Postgres as Backend>::Transaction {
    let data = serde_json::value::to_raw_value(&serde_json::json!({ "account": "a", "number": 1 })).unwrap();
    let mut envelope = Envelope::new(uuid::Uuid::now_v7(), "bank", "bank.moved", 1, data);
    envelope.key = Some("a".to_owned());
    let mut tx = Postgres::begin(app.store()).await.unwrap();
    tx.prepare_commit(&[NewEvent { channel: Channel::Internal, envelope }]).await.unwrap();
    tx
}

/// A transaction may commit behind a pass of the replay that has gone by its positions.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_finds_what_commits_behind_it() {
    let bank = Bank::open().await;
    let app = bank.app().await;
    let mut early = Some(held_back(&app).await);
    let mut tx = app.begin().await.unwrap();
    tx.publish(Moved { account: "b".to_owned(), number: 2 }).await.unwrap();
    tx.commit().await.unwrap();
    let mut positions = Vec::new();
    let replay = app.replay("book", "again").run_with(|done| {
        positions.push(done.position);
        if let Some(early) = early.take() {
            let commit = early.commit(false);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(commit)).unwrap();
        }
    });
    assert_eq!(replay.await.unwrap().handled, 2);
    assert_eq!(positions, [2, 1]);
    app.close().await;
}

impl Drop for Bank {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(admin(statement));
        });
        let _ = dropped.join();
    }
}

async fn tables(app: App<Postgres>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    let statements = "select pg_advisory_xact_lock(1);
         create table if not exists booking (id bigserial, account text, number bigint);
         create table if not exists audit (id bigserial, account text, number bigint);
         create table if not exists total (events bigint);";
    sqlx::raw_sql(statements).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn rows(app: &App<Postgres>, table: &str) -> BTreeMap<String, Vec<i64>> {
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

/// While one batch waits for COMMIT the next one's functions run, and never beside each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_follow_each_other() {
    const EVENTS: i64 = 200;
    let bank = Bank::open().await;
    let builder = bank.builder().settings(|settings| settings.batch = 10);
    let app = builder.on_connect(tables).connect().await.unwrap();
    let mut tx = app.begin().await.unwrap();
    sqlx::query("insert into total values (0)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    app.register().await.unwrap();
    let mut tx = app.begin().await.unwrap();
    for number in 0..EVENTS {
        tx.publish(Counted { number }).await.unwrap();
    }
    tx.commit().await.unwrap();
    let worker = app.worker().unwrap();
    worker.run_until_idle().await.unwrap();
    let mut tx = app.begin().await.unwrap();
    let total: i64 = sqlx::query_scalar("select events from total").fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await;
    assert_eq!(total, EVENTS);
    assert_eq!(MOST.load(Ordering::SeqCst), 1);
    let commits = worker.stats()["total"].commits;
    assert!((20..100).contains(&commits), "{commits} commits");
}

async fn violate(connection: &mut PgConnection) {
    let swallowed = sqlx::raw_sql("insert into no_such_table values (1)").execute(connection).await;
    assert!(swallowed.is_err());
}

/// A statement that failed and whose error was ignored: `commit` says that nothing took effect, although
/// PostgreSQL would answer COMMIT without an error.
#[tokio::test]
async fn a_swallowed_error_is_a_rollback() {
    let bank = Bank::open().await;
    let app = bank.app().await;
    for publishes in [true, false] {
        let mut tx = app.begin().await.unwrap();
        if publishes {
            tx.publish(Moved { account: "a".to_owned(), number: 1 }).await.unwrap();
        }
        violate(&mut tx).await;
        let error = tx.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RolledBack, "{}", edafw::Error::chain(&error));
    }
    assert_eq!(app.store().counts().await.unwrap().stored, 0);
    let mut tx = app.begin().await.unwrap();
    tx.publish(Moved { account: "a".to_owned(), number: 2 }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.store().counts().await.unwrap().stored, 1);
}
