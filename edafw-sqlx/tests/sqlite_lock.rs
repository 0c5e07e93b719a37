//! SQLite's one writer: who else holds the database is waited for, and nothing is lost meanwhile.

mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, CommitError, EventQuery, EventStore, ManualClock, StoreOptions, Transaction};
use edafw_sqlx::{Sqlite, SqliteStore};
use edafw_testkit::{in_time, new_event, number};
use futures_util::future::join_all;
use sqlite::OnAFile;
use sqlx::{ConnectOptions, SqliteConnection};

async fn execute(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.unwrap();
}

async fn connect(place: &OnAFile, patience: Duration) -> Arc<SqliteStore> {
    let options = StoreOptions {
        clock: Arc::new(ManualClock::default()),
        acquire_timeout: patience,
        ..StoreOptions::default()
    };
    Sqlite::connect(&place.address(), options).await.unwrap()
}

/// Publishes one event; whether the framework said that it is stored.
async fn publish(store: &Arc<SqliteStore>, n: u64) -> Result<(), edafw_core::Error> {
    let tx = Sqlite::begin(store).await?;
    tx.store_and_commit(vec![new_event(Some("a"), n)]).await.map_err(|error| match error {
        CommitError::NotPrepared(error) | CommitError::RolledBack(error) | CommitError::Unknown(error) => {
            error
        }
    })
}

async fn stored(store: &SqliteStore) -> Vec<u64> {
    let all = EventQuery { limit: Some(1_000), ..EventQuery::default() };
    store.events(&all).await.unwrap().iter().map(|event| number(&event.envelope)).collect()
}

/// Another process holds the database again and again: publishers wait, and what was committed is stored,
/// each event once.
#[tokio::test]
async fn another_writer_is_waited_for() {
    let place = OnAFile::new();
    let store = connect(&place, Duration::from_secs(30)).await;
    store.migrate().await.unwrap();
    let mut other = place.raw().busy_timeout(Duration::from_secs(30)).connect().await.unwrap();
    execute(&mut other, "create table other (it integer)").await;
    let others = async {
        for _ in 0..20 {
            execute(&mut other, "begin immediate").await;
            execute(&mut other, "insert into other values (1)").await;
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            execute(&mut other, "commit").await;
        }
    };
    let publishers = join_all((0..40).map(|n| publish(&store, n)));
    let (committed, ()) =
        in_time("publishing beside another writer", async { tokio::join!(publishers, others) }).await;
    for result in committed {
        result.unwrap();
    }
    let mut numbers = stored(&store).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (0..40).collect::<Vec<_>>());
}

/// A writer that does not let go is an error that may go away, for publishers and for the framework's own
/// writes; nothing was stored, and afterwards everything works.
#[tokio::test]
async fn a_writer_that_stays_is_an_error() {
    let place = OnAFile::new();
    let store = connect(&place, Duration::from_millis(100)).await;
    store.migrate().await.unwrap();
    publish(&store, 0).await.unwrap();
    let mut other = place.raw().connect().await.unwrap();
    execute(&mut other, "begin immediate").await;
    let error = publish(&store, 1).await.expect_err("the database is held");
    assert!(error.is_transient(), "{}", error.chain());
    let error = store.claim(10, Duration::from_secs(30)).await.expect_err("the database is held");
    assert!(error.is_transient(), "{}", error.chain());
    assert_eq!(stored(&store).await, [0], "readers are not held up");
    execute(&mut other, "rollback").await;
    publish(&store, 2).await.unwrap();
    let claimed = store.claim(10, Duration::from_secs(30)).await.unwrap();
    assert_eq!(claimed.iter().map(|one| number(&one.envelope)).collect::<Vec<_>>(), [0, 2]);
}

/// A transaction that is held in this process keeps another one waiting, and no longer than it was told.
#[tokio::test]
async fn a_transaction_in_this_process_is_waited_for() {
    let place = OnAFile::new();
    let store = connect(&place, Duration::from_millis(100)).await;
    store.migrate().await.unwrap();
    let held = Sqlite::begin(&store).await.unwrap();
    let error = publish(&store, 1).await.expect_err("a transaction is open");
    assert!(error.is_transient(), "{}", error.chain());
    assert!(error.to_string().contains("one transaction write at a time"), "{error}");
    drop(held);
    publish(&store, 2).await.unwrap();
    assert_eq!(stored(&store).await, [2]);
}
