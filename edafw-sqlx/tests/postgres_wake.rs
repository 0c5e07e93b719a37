//! When the relay and receivers are woken on PostgreSQL: at once where this process knows, by a notification
//! where another one tells, and by a look where nobody does.

mod postgres;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use edafw_core::{
    Backend, BoxFuture, Clock, Destination, EventStore, ManualClock, NewEvent, Outgoing, Provision,
    SendResult, StoreOptions, Transaction, Transport,
};
use edafw_sqlx::{Postgres, PostgresStore};
use edafw_testkit::transport::fixture::{TOPIC, messages, queue, topology};
use edafw_testkit::{in_time, new_event};
use postgres::{OnAServer, open};
use sqlx::{ConnectOptions, PgConnection};

const LEASE: Duration = Duration::from_secs(30);

/// Longer than a test may take.
const FOREVER: Duration = Duration::from_hours(24);

async fn publish(store: &Arc<PostgresStore>, events: &[NewEvent]) {
    let mut tx = Postgres::begin(store).await.unwrap();
    tx.prepare_commit(events).await.unwrap();
    tx.commit(true).await.unwrap();
}

fn sent(claimed: &[Outgoing]) -> Vec<SendResult> {
    claimed.iter().map(|one| SendResult::Sent { position: one.position, token: one.token }).collect()
}

/// Whether there is something to claim, as far as the bell knows, without waiting.
async fn rings(store: &PostgresStore) -> bool {
    let mut waiting = store.wait_for_events(LEASE);
    poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_ready())).await
}

async fn place() -> (OnAServer, Arc<ManualClock>, Arc<PostgresStore>) {
    let place = OnAServer::new().await;
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

/// What the poller sees of the outbox.
async fn due(connection: &mut PgConnection, clock: &ManualClock) -> bool {
    let pulse: (String, bool, Option<i64>) = sqlx::query_as(include_str!("../src/postgres/sql/pulse.sql"))
        .bind(clock.now_millis())
        .fetch_one(connection)
        .await
        .unwrap();
    pulse.1
}

/// A key whose first event backs off is no reason to look again and again: what waits behind it is not due.
#[tokio::test]
async fn a_blocked_key_does_not_ring() {
    let (place, clock, store) = place().await;
    publish(&store, &[new_event(Some("a"), 1), new_event(Some("a"), 2)]).await;
    let held = store.claim(1, LEASE).await.unwrap();
    let (position, token) = (held[0].position, held[0].token);
    let failed = SendResult::Failed { position, token, retry_in: LEASE * 20, error: "refused".to_owned() };
    store.settle(&[failed]).await.unwrap();
    assert!(store.claim(10, LEASE).await.unwrap().is_empty());
    let mut connection = place.raw().connect().await.unwrap();
    assert!(!due(&mut connection, &clock).await, "the first of the key backs off");
    clock.advance(LEASE * 20);
    assert!(due(&mut connection, &clock).await);
}

/// A handle that shares no bell with the others, as if it were in another process: an option of the session makes
/// its place another one by name.
async fn stranger(address: &str, poll_interval: Duration) -> Arc<PostgresStore> {
    let address = format!("{address}&options[application_name]=stranger");
    let options =
        StoreOptions { clock: Arc::new(ManualClock::default()), poll_interval, ..StoreOptions::default() };
    Postgres::connect(&address, options).await.unwrap()
}

async fn until_claimed(store: &PostgresStore) {
    while store.claim(10, LEASE).await.unwrap().is_empty() {
        store.wait_for_events(FOREVER).await;
    }
}

/// Whether the server has a connection of this database that listens.
async fn until_listening(connection: &mut PgConnection) {
    loop {
        let listening: bool = sqlx::query_scalar(
            "select exists (select 1 from pg_stat_activity
             where datname = current_database() and query ilike 'listen%')",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if listening {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn waiting(store: &Arc<PostgresStore>) -> tokio::task::JoinHandle<()> {
    let store = Arc::clone(store);
    tokio::spawn(async move { until_claimed(&store).await })
}

/// With `notify=on` a commit of another process wakes the relay, however seldom it looks.
#[tokio::test]
async fn a_notification_wakes_the_relay_of_another_process() {
    let (place, _, _) = place().await;
    let publisher = open(&place.notifying(), &Arc::new(ManualClock::default())).await;
    let relay = stranger(&place.notifying(), FOREVER).await;
    assert_ne!(EventStore::identity(&*publisher), EventStore::identity(&*relay), "they share no bell");
    let mut connection = place.raw().connect().await.unwrap();
    let woken = waiting(&relay);
    in_time("a listener", until_listening(&mut connection)).await;
    publish(&publisher, &[new_event(Some("a"), 1)]).await;
    in_time("the relay of another process", woken).await.unwrap();
}

/// A message that another process sent wakes who waits for its queue.
#[tokio::test]
async fn a_notification_wakes_the_receivers_of_another_process() {
    let (place, _, _) = place().await;
    let sender = open(&place.notifying(), &Arc::new(ManualClock::default())).await;
    sender.apply(&topology(vec![queue("shop.ship", &[None])])).await.unwrap();
    let receiver = stranger(&place.notifying(), FOREVER).await;
    let mut connection = place.raw().connect().await.unwrap();
    let woken: BoxFuture<'static, usize> = Box::pin(async move {
        loop {
            let messages = receiver.receive("shop.ship", 10, LEASE, FOREVER).await.unwrap();
            if !messages.is_empty() {
                return messages.len();
            }
        }
    });
    let woken = tokio::spawn(woken);
    in_time("a listener", until_listening(&mut connection)).await;
    sender.publish(&Destination::Topic(TOPIC.to_owned()), &messages("a1 a2")).await.unwrap();
    assert_eq!(in_time("a receiver of another process", woken).await.unwrap(), 2);
}

/// A notification that nobody heard is no loss: the next look finds what it was about.
#[tokio::test]
async fn a_lost_notification_is_made_up_for_by_a_look() {
    let (place, _, silent) = place().await;
    let relay = stranger(&place.notifying(), Duration::from_millis(50)).await;
    let mut connection = place.raw().connect().await.unwrap();
    let woken = waiting(&relay);
    in_time("a listener", until_listening(&mut connection)).await;
    // This one was opened without `notify=on`, as if what it says were lost.
    publish(&silent, &[new_event(Some("a"), 1)]).await;
    in_time("a relay that looks", woken).await.unwrap();
}

/// Whoever listens connects again when its connection is cut, and looks at once, because it may have missed
/// something.
#[tokio::test]
async fn a_cut_listener_listens_again() {
    let (place, _, _) = place().await;
    let publisher = open(&place.notifying(), &Arc::new(ManualClock::default())).await;
    let relay = stranger(&place.notifying(), Duration::from_millis(50)).await;
    let mut connection = place.raw().connect().await.unwrap();
    let woken = waiting(&relay);
    in_time("a listener", until_listening(&mut connection)).await;
    let cut: i64 = sqlx::query_scalar(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and query ilike 'listen%'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(cut, 1);
    in_time("a new listener", until_listening(&mut connection)).await;
    publish(&publisher, &[new_event(Some("a"), 1)]).await;
    in_time("the relay of another process", woken).await.unwrap();
}
