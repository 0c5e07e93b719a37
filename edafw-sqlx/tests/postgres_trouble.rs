//! What a server does to its clients: cut connections, deadlocks, refusals. Each is told apart and said.

mod postgres;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, Channel, CommitError, Error, ErrorKind, EventStore, ManualClock, SendResult, StoreOptions,
    SystemClock, Transaction,
};
use edafw_sqlx::{Postgres, PostgresStore};
use edafw_testkit::store::fixture::names;
use edafw_testkit::{in_time, new_event};
use postgres::{OnAServer, open};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

const LEASE: Duration = Duration::from_secs(30);

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

async fn place() -> (OnAServer, Arc<PostgresStore>) {
    let place = OnAServer::new().await;
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    store.migrate().await.unwrap();
    (place, store)
}

async fn publish(store: &Arc<PostgresStore>, key: &str, number: u64) {
    let mut tx = Postgres::begin(store).await.unwrap();
    tx.prepare_commit(&[new_event(Some(key), number)]).await.unwrap();
    tx.commit(true).await.unwrap();
}

/// Cuts every other connection of the database, and answers how many.
async fn cut(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

async fn until_none_is_left(connection: &mut PgConnection) {
    let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut *connection).await.unwrap() > 0 {
        tokio::task::yield_now().await;
    }
}

/// Connections that were cut while nobody used them are replaced without anybody noticing.
#[tokio::test]
async fn idle_connections_that_were_cut_are_replaced() {
    let (place, store) = place().await;
    publish(&store, "a", 1).await;
    let mut other = place.raw().connect().await.unwrap();
    assert!(cut(&mut other).await >= 2, "one of the user's and one of the framework's");
    in_time("cut connections", until_none_is_left(&mut other)).await;
    publish(&store, "a", 2).await;
    assert_eq!(store.claim(10, LEASE).await.unwrap().len(), 2);
}

/// A database whose transactions are serializable and read-only unless they say otherwise.
#[tokio::test]
async fn other_defaults_of_transactions_change_nothing() {
    let (place, _) = place().await;
    let mut other = place.raw().connect().await.unwrap();
    for setting in ["default_transaction_isolation = serializable", "default_transaction_read_only = on"] {
        let name: String =
            sqlx::query_scalar("select current_database()::text").fetch_one(&mut other).await.unwrap();
        run(&mut other, &format!("alter database {name} set {setting}")).await;
        other = place.raw().connect().await.unwrap();
        run(&mut other, "set default_transaction_read_only = off").await;
    }
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    publish(&store, "a", 1).await;
    let topics = [(Channel::Internal, "shop.internal".to_owned())];
    let sent = store.own_queues().expect("queues of its own").send(&topics, 10, None).await;
    assert_eq!(sent.unwrap(), 1);
}

/// A transaction whose connection is cut is an error that may go away; where it happens at COMMIT, the outcome is
/// unknown. Nothing is stored, and the next transaction has another connection.
#[tokio::test]
async fn a_cut_transaction_is_told_apart() {
    let (place, store) = place().await;
    let mut other = place.raw().connect().await.unwrap();
    let mut tx = Postgres::begin(&store).await.unwrap();
    cut(&mut other).await;
    in_time("cut connections", until_none_is_left(&mut other)).await;
    let error = tx.prepare_commit(&[new_event(Some("a"), 1)]).await.expect_err("the connection is gone");
    assert!(error.is_transient(), "{}", error.chain());
    tx.rollback().await;

    let mut tx = Postgres::begin(&store).await.unwrap();
    tx.prepare_commit(&[new_event(Some("a"), 2)]).await.unwrap();
    cut(&mut other).await;
    in_time("cut connections", until_none_is_left(&mut other)).await;
    let error = tx.commit(true).await.expect_err("the connection is gone");
    assert!(matches!(error, CommitError::Unknown(_)), "{error:?}");
    assert_eq!(store.counts().await.unwrap().stored, 0);
    publish(&store, "a", 3).await;
}

/// What the database refuses at COMMIT, such as a deferred constraint, was rolled back for certain.
#[tokio::test]
async fn a_refused_commit_is_rolled_back() {
    let (place, store) = place().await;
    let mut other = place.raw().connect().await.unwrap();
    run(&mut other, "create table once (it bigint unique deferrable initially deferred)").await;
    let mut tx = Postgres::begin(&store).await.unwrap();
    run(tx.connection(), "insert into once values (1), (1)").await;
    tx.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    let error = tx.commit(true).await.expect_err("the constraint");
    assert!(matches!(error, CommitError::RolledBack(_)), "{error:?}");
    assert_eq!(store.counts().await.unwrap().stored, 0);
}

/// A transaction that was ended and begun again by raw statements is not the one that was begun.
#[tokio::test]
async fn another_transaction_is_not_taken_for_the_first() {
    let (_place, store) = place().await;
    for raw in ["commit; begin", "rollback and chain", "commit and chain", "commit"] {
        for events in [vec![], vec![new_event(Some("a"), 1)]] {
            let mut tx = Postgres::begin(&store).await.unwrap();
            run(tx.connection(), raw).await;
            let error = tx.prepare_commit(&events).await.expect_err(raw);
            assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{raw}: {}", error.chain());
            tx.rollback().await;
        }
    }
    assert_eq!(store.counts().await.unwrap().stored, 0);
}

async fn until_somebody_waits(connection: &mut PgConnection) {
    let waits = "select exists (select 1 from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut *connection).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

/// The framework's own transaction is the victim of a deadlock with somebody who writes its tables by hand: it is
/// done again, and nobody hears of it.
#[tokio::test]
async fn the_victim_of_a_deadlock_tries_again() {
    let (place, store) = place().await;
    publish(&store, "a", 1).await;
    publish(&store, "b", 2).await;
    let claimed = store.claim(10, LEASE).await.unwrap();
    let results: Vec<_> =
        claimed.iter().map(|one| SendResult::Sent { position: one.position, token: one.token }).collect();
    let mut other = place.raw().connect().await.unwrap();
    let mut watcher = place.raw().connect().await.unwrap();
    let lock = |nth: usize| {
        format!("select 1 from edafw_outbox where position = {} for update", claimed[nth].position)
    };
    // The server looks for deadlocks on behalf of who has waited for a second: not this one.
    run(&mut other, "set deadlock_timeout = '1h'; begin").await;
    run(&mut other, &lock(1)).await;
    let settles = store.settle(&results);
    let interferes = async {
        in_time("a settlement that waits", until_somebody_waits(&mut watcher)).await;
        run(&mut other, &lock(0)).await;
        run(&mut other, "rollback").await;
    };
    let (settled, ()) = in_time("a deadlock", async { tokio::join!(settles, interferes) }).await;
    assert_eq!(settled.unwrap(), 2);
}

/// A claim waits for nobody: what another transaction holds at this moment is left, and what is behind it in its
/// key, and everything else is taken.
#[tokio::test]
async fn a_held_row_breaks_its_key_and_stops_nobody() {
    let (place, store) = place().await;
    for (key, number) in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("b", 5), ("c", 6)] {
        publish(&store, key, number).await;
    }
    let mut other = place.raw().connect().await.unwrap();
    // The second of `a`, and the head of `b`.
    run(&mut other, "begin; select 1 from edafw_outbox where position in (2, 4) for update").await;
    let claimed = in_time("a claim beside locked rows", store.claim(10, LEASE)).await.unwrap();
    assert_eq!(names(&claimed), "a1 c6");
    run(&mut other, "rollback").await;
    assert_eq!(names(&store.claim(10, LEASE).await.unwrap()), "b4 b5");
    let results: Vec<_> =
        claimed.iter().map(|one| SendResult::Sent { position: one.position, token: one.token }).collect();
    assert_eq!(store.settle(&results).await.unwrap(), 2);
    assert_eq!(names(&store.claim(10, LEASE).await.unwrap()), "a2 a3");
}

/// Leases go by the server's clock: a process whose own clock is wrong claims what is due and nothing else.
#[tokio::test]
async fn leases_go_by_the_servers_clock() {
    let place = OnAServer::new().await;
    let options = || StoreOptions { clock: Arc::new(SystemClock), ..StoreOptions::default() };
    let store = Postgres::connect(&place.address(), options()).await.unwrap();
    store.migrate().await.unwrap();
    publish(&store, "a", 1).await;
    let claimed = store.claim(10, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let mut connection = place.raw().connect().await.unwrap();
    let left: i64 = sqlx::query_scalar(
        "select due_at - (extract(epoch from clock_timestamp()) * 1000)::bigint from edafw_outbox",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!((25_000..=30_000).contains(&left), "the lease ends in {left} ms of the server's clock");
}

async fn refusal(url: &str) -> Error {
    let options = StoreOptions { acquire_timeout: Duration::from_secs(5), ..StoreOptions::default() };
    Postgres::connect(url, options).await.expect_err(url)
}

/// Every way in which a server cannot be had says what to do, and never the password.
#[tokio::test]
async fn a_server_that_cannot_be_had_says_why() {
    let place = OnAServer::new().await;
    let authority = place.address().split("://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let host = authority.rsplit('@').next().unwrap();
    let with_password = |rest: &str| format!("postgres://postgres:secret@{rest}");
    let missing = refusal(&with_password(&format!("{host}/edafw_no_such_database"))).await;
    assert_eq!(missing.kind(), ErrorKind::Configuration, "{}", missing.chain());
    assert!(missing.chain().contains("create it first"), "{}", missing.chain());
    let unreachable = refusal(&with_password("127.0.0.1:1/postgres")).await;
    assert_eq!(unreachable.kind(), ErrorKind::Unavailable, "{}", unreachable.chain());
    assert!(unreachable.chain().contains("cannot be reached"), "{}", unreachable.chain());
    assert!(unreachable.chain().contains("postgres:127.0.0.1:1/postgres"), "{}", unreachable.chain());
    for error in [missing, unreachable] {
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

/// A role without rights is told which.
#[tokio::test]
async fn missing_rights_are_named() {
    let (place, store) = place().await;
    publish(&store, "a", 1).await;
    let mut admin = place.raw().connect().await.unwrap();
    let role = format!("edafw_test_{}", uuid::Uuid::now_v7().simple());
    run(&mut admin, &format!("create role {role} login")).await;
    let mut poor = place.address().split_once("://").unwrap().1.to_owned();
    poor = format!("postgres://{role}@{}", poor.split_off(poor.find('@').map_or(0, |at| at + 1)));
    let poor = open(&poor, &Arc::new(ManualClock::default())).await;
    let error = poor.claim(10, LEASE).await.expect_err("no right to the tables");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{}", error.chain());
    assert!(error.chain().contains("SELECT, INSERT, UPDATE, DELETE"), "{}", error.chain());
    // Older servers let everybody create tables.
    run(&mut admin, "revoke create on schema public from public; drop table edafw_schema cascade").await;
    let error = poor.migrate().await.expect_err("no right to create tables");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{}", error.chain());
    assert!(error.chain().contains("CREATE on the schema to migrate"), "{}", error.chain());
    poor.close().await;
    run(&mut admin, &format!("drop role {role}")).await;
}

/// Every connection in use: who waits is told so, and no longer than it was said.
#[tokio::test]
async fn an_exhausted_pool_is_named() {
    let place = OnAServer::new().await;
    let options = StoreOptions {
        max_connections: 1,
        acquire_timeout: Duration::from_millis(50),
        ..StoreOptions::default()
    };
    let store = Postgres::connect(&place.address(), options).await.unwrap();
    let held = Postgres::begin(&store).await.unwrap();
    let error = Postgres::begin(&store).await.expect_err("the one connection is in use");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.chain());
    assert!(error.chain().contains("every connection is in use"), "{}", error.chain());
    drop(held);
    Postgres::begin(&store).await.unwrap().rollback().await;
}
