//! When the relay and receivers are woken on MySQL and MariaDB: at once where this process knows, by a look where
//! another one has stored something, and not for what cannot be claimed.

mod mysql;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use edafw_core::{
    Backend, Clock, EventStore, ManualClock, NewEvent, Outgoing, Provision, SendResult, StoreOptions,
    Transaction, Transport,
};
use edafw_sqlx::{MySql, MySqlStore};
use edafw_testkit::transport::fixture::{queue, topology};
use edafw_testkit::{in_time, new_event};
use mysql::{OnAServer, open};
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection};

const LEASE: Duration = Duration::from_secs(30);

/// Longer than a test may take.
const FOREVER: Duration = Duration::from_hours(24);

async fn publish(store: &Arc<MySqlStore>, events: &[NewEvent]) {
    MySql::begin(store).await.unwrap().store_and_commit(events.to_vec()).await.unwrap();
}

fn sent(claimed: &[Outgoing]) -> Vec<SendResult> {
    claimed.iter().map(|one| SendResult::Sent { position: one.position, token: one.token }).collect()
}

/// Whether there is something to claim, as far as the bell knows, without waiting.
async fn rings(store: &MySqlStore) -> bool {
    let mut waiting = store.wait_for_events(LEASE);
    poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_ready())).await
}

async fn place() -> (OnAServer, Arc<ManualClock>, Arc<MySqlStore>) {
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
async fn due(connection: &mut MySqlConnection, clock: &ManualClock) -> bool {
    let sql = include_str!("../src/mysql/sql/due.sql").replace("?1", &clock.now_millis().to_string());
    sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap() != 0
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

/// A handle that looks often.
async fn watchful(place: &OnAServer, clock: &Arc<ManualClock>) -> Arc<MySqlStore> {
    let options = StoreOptions {
        clock: Arc::clone(clock) as _,
        poll_interval: Duration::from_millis(50),
        ..StoreOptions::default()
    };
    MySql::connect(&place.address(), options).await.unwrap()
}

/// What somebody stores past every handle of this process, as another process does, is found by a look.
#[tokio::test]
async fn a_look_finds_the_events_of_another_process() {
    let (place, clock, store) = place().await;
    store.close().await;
    let store = watchful(&place, &clock).await;
    assert!(store.claim(10, LEASE).await.unwrap().is_empty());
    let stores = async {
        let mut connection = Box::pin(place.raw().connect()).await.unwrap();
        MySql::store_event(&mut connection, &new_event(Some("a"), 1), clock.now()).await.unwrap();
    };
    let claims = async {
        while store.claim(10, LEASE).await.unwrap().is_empty() {
            store.wait_for_events(FOREVER).await;
        }
    };
    in_time("a relay that looks", async { tokio::join!(claims, stores) }).await;
}

/// So are messages, with and without a key.
#[tokio::test]
async fn a_look_finds_the_messages_of_another_process() {
    let (place, clock, store) = place().await;
    store.apply(&topology(vec![queue("shop.ship", &[None])])).await.unwrap();
    store.close().await;
    let store = watchful(&place, &clock).await;
    for statement in [
        "insert into edafw_message (queue, body, visible_at) values ('shop.ship', 'b', 1)",
        "insert into edafw_lane (queue, lane, visible_at) values ('shop.ship', 'a', 1);
         insert into edafw_message (queue, lane, body) values ('shop.ship', 'a', 'b')",
    ] {
        assert!(store.receive("shop.ship", 10, LEASE, Duration::ZERO).await.unwrap().is_empty());
        let sends = async {
            let mut connection = Box::pin(place.raw().connect()).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        };
        let found = async {
            loop {
                let received = store.receive("shop.ship", 10, LEASE, FOREVER).await.unwrap();
                if !received.is_empty() {
                    break received.len();
                }
            }
        };
        let (received, ()) = in_time("a receiver that looks", async { tokio::join!(found, sends) }).await;
        assert_eq!(received, 1);
    }
}
