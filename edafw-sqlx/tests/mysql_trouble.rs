//! What a server does to its clients: cut connections, deadlocks, refusals, limits. Each is told apart and said.

mod mysql;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, CommitError, Error, ErrorKind, EventQuery, EventStore, ManualClock, NewEvent, SendResult,
    StoreOptions, SystemClock, Transaction,
};
use edafw_sqlx::{MySql, MySqlStore};
use edafw_testkit::{in_time, new_event};
use mysql::{OnAServer, open};
use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection};

const LEASE: Duration = Duration::from_secs(30);

async fn run(connection: &mut MySqlConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

async fn place() -> (OnAServer, Arc<MySqlStore>) {
    let place = OnAServer::new().await;
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    store.migrate().await.unwrap();
    (place, store)
}

async fn publish(store: &Arc<MySqlStore>, key: &str, number: u64) {
    MySql::begin(store).await.unwrap().store_and_commit(vec![new_event(Some(key), number)]).await.unwrap();
}

async fn others(connection: &mut MySqlConnection) -> Vec<i64> {
    sqlx::query_scalar(
        "select cast(id as signed) from information_schema.processlist
         where db = database() and id <> connection_id()",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// Cuts every other connection of the database, and answers how many.
async fn cut(connection: &mut MySqlConnection) -> usize {
    let open = others(connection).await;
    for id in &open {
        run(connection, &format!("kill {id}")).await;
    }
    in_time("cut connections", async {
        while !others(connection).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    open.len()
}

/// Connections that were cut while nobody used them are replaced without anybody noticing, once they have been
/// silent for a moment; and by a new transaction at once.
#[tokio::test]
async fn idle_connections_that_were_cut_are_replaced() {
    let (place, store) = place().await;
    publish(&store, "a", 1).await;
    let mut other = place.raw().connect().await.unwrap();
    assert!(cut(&mut other).await >= 2, "one of the user's and one of the framework's");
    publish(&store, "a", 2).await;
    let claimed = match store.claim(10, LEASE).await {
        Err(error) => {
            assert!(error.is_transient(), "{}", error.chain());
            store.claim(10, LEASE).await.unwrap()
        }
        Ok(claimed) => claimed,
    };
    assert_eq!(claimed.len(), 2);
}

/// A transaction whose connection is cut is an error that may go away; where it happens at COMMIT, the outcome is
/// unknown. Nothing is stored, and the next transaction has another connection.
#[tokio::test]
async fn a_cut_transaction_is_told_apart() {
    let (place, store) = place().await;
    let mut other = place.raw().connect().await.unwrap();
    let mut tx = MySql::begin(&store).await.unwrap();
    cut(&mut other).await;
    let error = tx.prepare_commit(&[new_event(Some("a"), 1)]).await.expect_err("the connection is gone");
    assert!(error.is_transient(), "{}", error.chain());
    tx.rollback().await;

    let mut tx = MySql::begin(&store).await.unwrap();
    tx.prepare_commit(&[new_event(Some("a"), 2)]).await.unwrap();
    cut(&mut other).await;
    let error = tx.commit(true).await.expect_err("the connection is gone");
    assert!(matches!(error, CommitError::Unknown(_)), "{error:?}");

    let tx = MySql::begin(&store).await.unwrap();
    cut(&mut other).await;
    let error = tx.store_and_commit(vec![new_event(Some("a"), 2)]).await.expect_err("the connection is gone");
    assert!(matches!(error, CommitError::Unknown(_)), "{error:?}");
    assert_eq!(open(&place.address(), &Arc::default()).await.counts().await.unwrap().stored, 0);
    publish(&store, "a", 3).await;
}

/// A transaction that was ended by a raw statement, by one that changes tables or by a deadlock that was swallowed
/// is not the one that was begun.
#[tokio::test]
async fn another_transaction_is_not_taken_for_the_first() {
    let (_place, store) = place().await;
    for raw in
        ["commit; start transaction", "rollback and chain", "commit", "create table if not exists t (a int)"]
    {
        for events in [vec![], vec![new_event(Some("a"), 1)]] {
            let mut tx = MySql::begin(&store).await.unwrap();
            run(tx.connection(), raw).await;
            let error = tx.prepare_commit(&events).await.expect_err(raw);
            assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{raw}: {}", error.chain());
            tx.rollback().await;
            let mut tx = MySql::begin(&store).await.unwrap();
            run(tx.connection(), raw).await;
            let error = tx.store_and_commit(events).await.expect_err(raw);
            assert!(matches!(error, CommitError::NotPrepared(_)), "{raw}: {error:?}");
        }
    }
    assert_eq!(store.counts().await.unwrap().stored, 0);
}

/// Until a statement runs that begins so: the next lock it wants, it waits for.
async fn until_running(connection: &mut MySqlConnection, statement: &str) {
    let running = "select exists (
        select 1 from information_schema.processlist
        where db = database() and id <> connection_id() and command = 'Query' and info like ?)";
    let beginning = format!("{statement}%");
    while sqlx::query_scalar::<_, i64>(running).bind(&beginning).fetch_one(&mut *connection).await.unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
}

/// A handler that swallows the error of a deadlock, which has rolled everything back, does not get its COMMIT.
#[tokio::test]
async fn a_swallowed_deadlock_is_no_silent_loss() {
    let (place, store) = place().await;
    let mut other = place.raw().connect().await.unwrap();
    run(&mut other, "create table t (a int primary key, b int); insert into t values (1, 0), (2, 0)").await;
    let mut watcher = place.raw().connect().await.unwrap();
    let mut tx = MySql::begin(&store).await.unwrap();
    run(tx.connection(), "update t set b = 1 where a = 1").await;
    run(&mut other, "begin; update t set b = 2 where a = 2; insert into t with recursive s as (select 10 as a union all select a + 1 from s where a < 500) select a, 0 from s")
        .await;
    let waits = sqlx::raw_sql("update t set b = 1 where a = 2").execute(tx.connection());
    let interferes = async {
        in_time("a transaction that waits", until_running(&mut watcher, "update t")).await;
        run(&mut other, "update t set b = 2 where a = 1; rollback").await;
    };
    let (swallowed, ()) = in_time("a deadlock", async { tokio::join!(waits, interferes) }).await;
    assert!(swallowed.is_err(), "the lighter one is the victim");
    let error = tx.store_and_commit(vec![new_event(Some("a"), 1)]).await.expect_err("all was rolled back");
    let CommitError::NotPrepared(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{}", error.chain());
    assert_eq!(store.counts().await.unwrap().stored, 0);
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
        format!("select position from edafw_outbox where position = {} for update", claimed[nth].position)
    };
    // The one that has written more goes on.
    run(&mut other, "create table t (a int primary key); begin; insert into t with recursive s as (select 1 as a union all select a + 1 from s where a < 500) select a from s")
        .await;
    run(&mut other, &lock(1)).await;
    let settles = store.settle(&results);
    let interferes = async {
        in_time("a settlement that waits", until_running(&mut watcher, "update edafw_outbox")).await;
        run(&mut other, &lock(0)).await;
        run(&mut other, "rollback").await;
    };
    let (settled, ()) = in_time("a deadlock", async { tokio::join!(settles, interferes) }).await;
    assert_eq!(settled.unwrap(), 2);
}

/// Leases go by the server's clock: a process whose own clock is wrong claims what is due and nothing else.
#[tokio::test]
async fn leases_go_by_the_servers_clock() {
    let place = OnAServer::new().await;
    let options = || StoreOptions { clock: Arc::new(SystemClock), ..StoreOptions::default() };
    let store = MySql::connect(&place.address(), options()).await.unwrap();
    store.migrate().await.unwrap();
    publish(&store, "a", 1).await;
    let claimed = store.claim(10, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let mut connection = place.raw().connect().await.unwrap();
    let left: i64 = sqlx::query_scalar(
        "select due_at - cast(unix_timestamp(current_timestamp(3)) * 1000 as signed) from edafw_outbox",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!((25_000..=30_000).contains(&left), "the lease ends in {left} ms of the server's clock");
}

fn with_payload(number: u64, payload: String) -> NewEvent {
    let mut event = new_event(Some("a"), number);
    event.envelope.data = RawValue::from_string(payload).unwrap();
    event
}

/// Payloads are stored as they are: nested deeper than the server's JSON functions go, and larger together than a
/// packet, with and without what is written in hexadecimal digits.
#[tokio::test]
async fn payloads_have_no_limits_of_the_server() {
    let (_place, store) = place().await;
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let plain = format!("\"{}\"", "long ".repeat(600_000));
    let escaped = format!("\"{}\"", "\\\"quoted\\\"".repeat(250_000));
    let payloads = [deep, plain.clone(), escaped.clone(), plain, escaped.clone(), escaped];
    let events: Vec<_> = payloads.iter().zip(1..).map(|(text, n)| with_payload(n, text.clone())).collect();
    MySql::begin(&store).await.unwrap().store_and_commit(events).await.unwrap();
    let stored = store.events(&EventQuery::default()).await.unwrap();
    assert!(stored.iter().map(|event| event.envelope.data.get()).eq(payloads.iter().map(String::as_str)));
}

async fn refusal(url: &str) -> Error {
    let options = StoreOptions { acquire_timeout: Duration::from_secs(5), ..StoreOptions::default() };
    MySql::connect(url, options).await.expect_err(url)
}

/// Every way in which a server cannot be had says what to do, and never the password.
#[tokio::test]
async fn a_server_that_cannot_be_had_says_why() {
    let place = OnAServer::new().await;
    let missing = refusal(&format!("{}_no_such", place.address())).await;
    assert_eq!(missing.kind(), ErrorKind::Configuration, "{}", missing.chain());
    assert!(missing.chain().contains("create the database first"), "{}", missing.chain());
    let unreachable = refusal("mysql://root:secret@127.0.0.1:1/db").await;
    assert_eq!(unreachable.kind(), ErrorKind::Unavailable, "{}", unreachable.chain());
    assert!(unreachable.chain().contains("mysql:127.0.0.1:1/db"), "{}", unreachable.chain());
    let authority = place.address().split('@').nth(1).unwrap().to_owned();
    let denied = refusal(&format!("mysql://edafw_nobody:secret@{authority}")).await;
    assert_eq!(denied.kind(), ErrorKind::Configuration, "{}", denied.chain());
    for error in [missing, unreachable, denied] {
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

/// A user without rights is told which.
#[tokio::test]
async fn a_user_without_rights_is_told_which() {
    let (place, _store) = place().await;
    let mut admin = place.raw().connect().await.unwrap();
    let user = format!("edafw_{}", &uuid::Uuid::now_v7().simple().to_string()[20..]);
    run(&mut admin, &format!("create user {user}@'%' identified by 'secret'")).await;
    let grant = format!("grant select on {}.* to {user}@'%'", place.raw().get_database().unwrap());
    run(&mut admin, &grant).await;
    let authority = place.address().split('@').nth(1).unwrap().to_owned();
    let store = open(&format!("mysql://{user}:secret@{authority}"), &Arc::default()).await;
    let tx = MySql::begin(&store).await.unwrap();
    let error = tx.store_and_commit(vec![new_event(None, 1)]).await.expect_err("it may only read");
    run(&mut admin, "drop table edafw_schema").await;
    let no_tables = store.migrate().await.expect_err("it may create no tables");
    assert_eq!(no_tables.kind(), ErrorKind::Configuration, "{}", no_tables.chain());
    assert!(no_tables.chain().contains("`migrate` command to create"), "{}", no_tables.chain());
    run(&mut admin, &format!("drop user {user}@'%'")).await;
    let CommitError::NotPrepared(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), ErrorKind::Configuration, "{}", error.chain());
    assert!(error.chain().contains("the rights to select, insert"), "{}", error.chain());
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
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
    let store = MySql::connect(&place.address(), options).await.unwrap();
    let held = MySql::begin(&store).await.unwrap();
    let error = MySql::begin(&store).await.expect_err("the one connection is in use");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.chain());
    assert!(error.chain().contains("every connection was in use"), "{}", error.chain());
    drop(held);
    MySql::begin(&store).await.unwrap().rollback().await;
}
