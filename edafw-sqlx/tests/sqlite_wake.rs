//! When SQLite's relay and receivers are woken, to the letter: at once where this process knows, and not
//! for what cannot be claimed.

mod sqlite;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use edafw_core::{Backend, Clock, EventStore, ManualClock, NewEvent, Outgoing, SendResult, Transaction};
use edafw_sqlx::{Sqlite, SqliteStore};
use edafw_testkit::new_event;
use sqlite::{OnAFile, open};

const LEASE: Duration = Duration::from_secs(30);

async fn publish(store: &Arc<SqliteStore>, events: &[NewEvent]) {
    let mut tx = Sqlite::begin(store).await.unwrap();
    tx.prepare_commit(events).await.unwrap();
    tx.commit(true).await.unwrap();
}

fn sent(claimed: &[Outgoing]) -> Vec<SendResult> {
    claimed.iter().map(|one| SendResult::Sent { position: one.position, token: one.token }).collect()
}

/// Whether there is something to claim, as far as the bell knows, without waiting.
async fn rings(store: &SqliteStore) -> bool {
    let mut waiting = store.wait_for_events(LEASE);
    poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_ready())).await
}

async fn place() -> (OnAFile, Arc<ManualClock>, Arc<SqliteStore>) {
    let place = OnAFile::new();
    let clock = Arc::new(ManualClock::default());
    let store = open(&place.address(), &clock).await;
    store.migrate().await.unwrap();
    (place, clock, store)
}

#[tokio::test]
async fn a_settled_key_rings_at_once() {
    let (_place, _, store) = place().await;
    publish(&store, &[new_event(Some("a"), 1)]).await;
    let held = store.claim(10, LEASE).await.unwrap();
    publish(&store, &[new_event(Some("a"), 2)]).await;
    assert!(store.claim(10, LEASE).await.unwrap().is_empty());
    assert!(!rings(&store).await, "the key is held");
    store.settle(&sent(&held)).await.unwrap();
    assert!(rings(&store).await, "the key is free");
}

#[tokio::test]
async fn settling_the_last_event_does_not_ring() {
    let (_place, _, store) = place().await;
    publish(&store, &[new_event(Some("a"), 1)]).await;
    let held = store.claim(10, LEASE).await.unwrap();
    store.settle(&sent(&held)).await.unwrap();
    assert!(!rings(&store).await);
}

/// A key whose first event backs off is no reason to look again and again: what waits behind it is not due.
#[tokio::test]
async fn a_blocked_key_does_not_ring() {
    let (place, clock, store) = place().await;
    publish(&store, &[new_event(Some("a"), 1), new_event(Some("a"), 2)]).await;
    let held = store.claim(1, LEASE).await.unwrap();
    let (position, token) = (held[0].position, held[0].token);
    let retry_in = LEASE * 20;
    store
        .settle(&[SendResult::Failed { position, token, retry_in, error: "refused".to_owned() }])
        .await
        .unwrap();
    assert!(store.claim(10, LEASE).await.unwrap().is_empty());
    let mut connection = sqlx::ConnectOptions::connect(&place.raw()).await.unwrap();
    let due = async |connection: &mut sqlx::SqliteConnection| -> bool {
        let pulse: (String, bool, Option<i64>) = sqlx::query_as(include_str!("../src/sqlite/sql/pulse.sql"))
            .bind(clock.now_millis())
            .fetch_one(connection)
            .await
            .unwrap();
        pulse.1
    };
    assert!(!due(&mut connection).await, "the first of the key backs off");
    clock.advance(LEASE * 20);
    assert!(due(&mut connection).await);
}
