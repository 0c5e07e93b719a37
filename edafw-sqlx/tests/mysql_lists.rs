//! Statements by a list: lanes of any name, rows with values of their own, and more than one statement takes.

mod mysql;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, Clock, Delivered, Destination, EventId, EventStore, ExtendLease, ManualClock, Message,
    Provision, RepublishPolicy, Republished, SendResult, Transaction, Transport,
};
use edafw_sqlx::{MySql, MySqlStore};
use edafw_testkit::transport::fixture::{TOPIC, message, queue, receipts, topology};
use edafw_testkit::{key_of_every_kind, new_event};
use mysql::{OnAServer, lanes, open};
use sqlx::{ConnectOptions, MySqlConnection};

const LEASE: Duration = Duration::from_secs(30);

const QUEUE: &str = "shop.ship";

async fn place() -> (OnAServer, Arc<ManualClock>, Arc<MySqlStore>) {
    let place = OnAServer::new().await;
    let clock = Arc::new(ManualClock::default());
    let store = open(&place.address(), &clock).await;
    store.migrate().await.unwrap();
    (place, clock, store)
}

/// More lanes than a list has members, among them those that a server might take for one, or for SQL.
fn names() -> BTreeSet<String> {
    let odd =
        ["it's", "a\\'b", "'", "\\", "\\'); delete from edafw_lane; -- ", "?1", "Müller", "Muller", "muller"];
    let spaces = ["x", "X", "x ", "x  "];
    let many = (0..300).map(|n| format!("{n}"));
    let kinds = key_of_every_kind().into_iter().filter(|key| !key.is_empty());
    odd.iter().chain(&spaces).map(|&name| name.to_owned()).chain(many).chain(kinds).collect()
}

/// Two messages of every lane, of both queues.
async fn fill(store: &MySqlStore, names: &BTreeSet<String>) {
    store.apply(&topology(vec![queue(QUEUE, &[None]), queue("shop.bill", &[None])])).await.unwrap();
    let to = Destination::Topic(TOPIC.to_owned());
    for round in ["first", "second"] {
        let sent: Vec<Message> = names
            .iter()
            .map(|name| Message { key: Some(name.clone()), body: round.to_owned(), ..message("a1") })
            .collect();
        for batch in sent.chunks(500) {
            assert!(store.publish(&to, batch).await.unwrap().iter().all(Result::is_ok));
        }
    }
}

async fn receive(store: &MySqlStore) -> Vec<Delivered> {
    store.receive(QUEUE, 1_000, LEASE, Duration::ZERO).await.unwrap()
}

fn position(delivered: &Delivered) -> i64 {
    delivered.receipt.handle.parse().unwrap()
}

/// How far each lane is held, and until when.
type Held = BTreeMap<String, (i64, i64)>;

/// Every lane as far as its last message, or so much less, until a moment.
fn to_last(delivered: &[Delivered], less: i64, until: i64) -> Held {
    let lane = |one: &Delivered| one.receipt.lane.as_deref().unwrap().to_owned();
    delivered.iter().map(|one| (lane(one), (position(one) - less, until))).collect()
}

async fn check_held(connection: &mut MySqlConnection, expected: &Held) {
    let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "select lane, held_to, visible_at from edafw_lane where queue = ? and token is not null",
    )
    .bind(QUEUE)
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let held: Held =
        rows.into_iter().map(|(lane, to, until)| (String::from_utf8(lane).unwrap(), (to, until))).collect();
    let other: Vec<_> =
        held.keys().chain(expected.keys()).filter(|lane| held.get(*lane) != expected.get(*lane)).collect();
    assert!(other.is_empty(), "{} lanes, among them {:?}: {:?}", other.len(), other[0], held.get(other[0]));
    lanes::check(connection).await;
}

/// Every lane is taken up to its own last message, kept, given back in part and as a whole, and emptied; and no
/// other one is touched.
#[tokio::test]
async fn lanes_of_any_name_are_the_ones_that_are_meant() {
    let (place, clock, store) = place().await;
    let names = names();
    fill(&store, &names).await;
    let mut connection = place.raw().connect().await.unwrap();
    let end = |lease: Duration| clock.now_millis() + lease.as_millis() as i64;

    let mut taken = receive(&store).await;
    taken.sort_by_key(position);
    assert_eq!(taken.len(), 2 * names.len());
    check_held(&mut connection, &to_last(&taken, 0, end(LEASE))).await;
    assert!(store.extend(&receipts(&taken), 2 * LEASE).await.unwrap().is_empty());
    check_held(&mut connection, &to_last(&taken, 0, end(2 * LEASE))).await;

    let (first, second): (Vec<_>, Vec<_>) = taken.into_iter().partition(|one| &*one.body == "first");
    store.release(&receipts(&second)).await.unwrap();
    let mut expected = to_last(&second, 1, end(2 * LEASE));
    check_held(&mut connection, &expected).await;

    let (odd, even): (Vec<_>, Vec<_>) = first.into_iter().partition(|one| position(one) % 2 == 1);
    store.release(&receipts(&odd)).await.unwrap();
    for one in &even[..9] {
        store.retry(&one.receipt, LEASE).await.unwrap();
    }
    expected.retain(|lane, _| even[9..].iter().any(|one| one.receipt.lane.as_deref() == Some(lane)));
    check_held(&mut connection, &expected).await;
    let removed = store.acknowledge(&receipts(&even[9..])).await.unwrap();
    assert!(removed.iter().all(Result::is_ok), "{removed:?}");
    check_held(&mut connection, &Held::new()).await;

    let again = receive(&store).await;
    assert_eq!(again.len(), 2 * odd.len() + even.len() - 9, "but for what is to be tried later");
    assert!(again.iter().all(|one| one.receive_count == 1), "a release does not count");
    assert!(store.acknowledge(&receipts(&again)).await.unwrap().iter().all(Result::is_ok));
    clock.advance(LEASE);
    let later = receive(&store).await;
    assert_eq!(later.len(), 18);
    assert!(
        later.iter().all(|one| one.receive_count == 1 + u32::from(&*one.body == "first")),
        "a retry counts"
    );
    assert!(store.acknowledge(&receipts(&later)).await.unwrap().iter().all(Result::is_ok));

    lanes::check(&mut connection).await;
    let left: Vec<(String, i64, i64)> = sqlx::query_as(
        "select queue, cast(count(*) as signed), cast(sum(token is null) as signed) from edafw_lane group by queue",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let untouched = names.len() as i64;
    assert_eq!(left, [("shop.bill".to_owned(), untouched, untouched)]);
}

/// Messages without a lane, more than a list takes.
#[tokio::test]
async fn many_messages_without_a_lane() {
    let (_place, clock, store) = place().await;
    store.apply(&topology(vec![queue(QUEUE, &[None])])).await.unwrap();
    let sent: Vec<Message> = (0..450).map(|n| message(&format!("-{n}"))).collect();
    store.publish(&Destination::Topic(TOPIC.to_owned()), &sent).await.unwrap();
    let taken = receive(&store).await;
    assert_eq!(taken.len(), 450);
    assert!(store.extend(&receipts(&taken), 2 * LEASE).await.unwrap().is_empty());
    clock.advance(LEASE);
    assert!(receive(&store).await.is_empty(), "all were extended");
    store.release(&receipts(&taken[..225])).await.unwrap();
    let again = receive(&store).await;
    assert_eq!(again.len(), 225);
    assert!(again.iter().all(|one| one.receive_count == 1));
    let mut all = receipts(&again);
    all.extend(receipts(&taken[225..]));
    assert!(store.acknowledge(&all).await.unwrap().iter().all(Result::is_ok));
    assert_eq!(store.queue_depth().unwrap().depth(QUEUE).await.unwrap(), 0);
}

/// More events than a list takes: claimed, settled each by its own token and result, sent again, published, given up.
#[tokio::test]
async fn many_events() {
    let (place, clock, store) = place().await;
    let events: Vec<_> = (0..450).map(|n| new_event(Some(&format!("it's {n}")), n)).collect();
    MySql::begin(&store).await.unwrap().store_and_commit(events).await.unwrap();
    let claimed = store.claim(1_000, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 450);
    assert!(store.claim(1_000, LEASE).await.unwrap().is_empty(), "all are claimed");
    let sent = |of: &edafw_core::Outgoing| SendResult::Sent { position: of.position, token: of.token };
    let results: Vec<SendResult> = claimed
        .iter()
        .enumerate()
        .map(|(n, one)| match (n % 45, one.position, one.token) {
            (0, position, token) => SendResult::Sent { position, token: token.wrapping_add(1) },
            (1, position, token) => {
                let error = format!("n\\'{n}");
                SendResult::Failed { position, token, retry_in: Duration::from_millis(n as u64), error }
            }
            (2..25, position, token) => SendResult::GivenBack { position, token },
            _ => sent(one),
        })
        .collect();
    assert_eq!(store.settle(&results).await.unwrap(), 440, "but for those that somebody else has claimed");
    let mut connection = place.raw().connect().await.unwrap();
    let failed: Vec<(i64, String)> = sqlx::query_as(
        "select cast(due_at - ? as signed), last_error from edafw_outbox where attempts = 1 order by position",
    )
    .bind(clock.now_millis())
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let expected: Vec<_> = (0..10).map(|n| 45 * n + 1).map(|n| (n, format!("n\\'{n}"))).collect();
    assert_eq!(failed, expected);

    clock.advance(LEASE);
    let again = store.claim(1_000, LEASE).await.unwrap();
    assert_eq!(again.len(), 250, "given back, failed, and never settled");
    assert_eq!(store.settle(&again.iter().map(sent).collect::<Vec<_>>()).await.unwrap(), 250);

    let policy = RepublishPolicy { batch: 1_000, ..RepublishPolicy::default() };
    clock.advance(policy.after * 2);
    let republished = store.republish(&policy, true).await.unwrap();
    assert_eq!(republished, Republished { events: 450, exhausted: 0 });
    let again = store.claim(1_000, LEASE).await.unwrap();
    assert!(again.len() == 450 && again.iter().all(|one| one.generation == 1));
    assert_eq!(store.settle(&again.iter().map(sent).collect::<Vec<_>>()).await.unwrap(), 450);

    let ids: Vec<EventId> = again[..225].iter().map(|one| one.envelope.id).collect();
    assert_eq!(store.confirm(&ids).await.unwrap(), 225);
    let published_at = clock.now_millis();
    clock.advance(policy.exhausted_after * 2);
    assert_eq!(store.confirm(&ids).await.unwrap(), 225, "confirmed before, and left as they are");
    let published: i64 = sqlx::query_scalar(
        "select cast(count(*) as signed) from edafw_event where published_at = ? and generation = 1",
    )
    .bind(published_at)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(published, 225);
    let republished = store.republish(&policy, true).await.unwrap();
    assert_eq!(republished, Republished { events: 0, exhausted: 225 });
}
