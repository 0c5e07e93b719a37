//! Reading the store as history.

use std::time::Duration;

use edafw_core::{
    Channel, Clock, EventQuery, EventState, EventStore, NewEvent, RepublishPolicy, Transaction,
};
use uuid::Uuid;

use super::fixture::{LEASE, StoreFixture, TestStore, stored_names};
use super::inbox::{entry, record};
use crate::new_event;

async fn found<F: StoreFixture>(test: &TestStore<F>, query: EventQuery) -> String {
    stored_names(&test.query(query).await)
}

fn all() -> EventQuery {
    EventQuery::default()
}

/// Every filter narrows by itself, and together they narrow more.
pub async fn by_each_filter<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut events: Vec<NewEvent> =
        [("a", 1), ("b", 2), ("a", 3), ("b", 4)].map(|(key, n)| new_event(Some(key), n)).into();
    "order.sent".clone_into(&mut events[1].envelope.name);
    events[2].channel = Channel::External;
    "order.lost".clone_into(&mut events[3].envelope.name);
    test.publish(&events).await;
    let of = |n: usize| events[n].envelope.clone();
    assert_eq!(found(&test, all()).await, "a1 b2 a3 b4");
    assert_eq!(found(&test, EventQuery { id: Some(of(1).id), ..all() }).await, "b2");
    assert_eq!(found(&test, EventQuery { id: Some(Uuid::now_v7()), ..all() }).await, "");
    assert_eq!(found(&test, EventQuery { key: Some("a".to_owned()), ..all() }).await, "a1 a3");
    let names = vec!["order.sent".to_owned(), "order.lost".to_owned()];
    assert_eq!(found(&test, EventQuery { names: names.clone(), ..all() }).await, "b2 b4");
    assert_eq!(found(&test, EventQuery { channel: Some(Channel::External), ..all() }).await, "a3");
    assert_eq!(found(&test, EventQuery { channel: Some(Channel::Internal), ..all() }).await, "a1 b2 b4");
    assert_eq!(found(&test, EventQuery { since: Some(of(1).time), ..all() }).await, "b2 a3 b4");
    assert_eq!(found(&test, EventQuery { until: Some(of(1).time), ..all() }).await, "a1");
    let between = EventQuery { since: Some(of(1).time), until: Some(of(3).time), ..all() };
    assert_eq!(found(&test, between.clone()).await, "b2 a3");
    assert_eq!(found(&test, EventQuery { names, key: Some("b".to_owned()), ..between }).await, "b2");
}

/// What one act set off is found by its correlation id, and in pages.
pub async fn by_correlation<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut events: Vec<_> = (1..=6).map(|n| new_event(Some("a"), n)).collect();
    let flow = events[0].envelope.correlation_id;
    for caused in [2, 3, 5] {
        events[caused].envelope.correlation_id = flow;
    }
    test.publish(&events).await;
    let of_flow = || EventQuery { correlation_id: Some(flow), ..all() };
    assert_eq!(found(&test, of_flow()).await, "a1 a3 a4 a6");
    assert_eq!(found(&test, EventQuery { id: Some(events[3].envelope.id), ..of_flow() }).await, "a4");
    assert_eq!(found(&test, EventQuery { id: Some(events[1].envelope.id), ..of_flow() }).await, "");
    assert_eq!(found(&test, EventQuery { key: Some("b".to_owned()), ..of_flow() }).await, "");
    let page = test.query(EventQuery { limit: Some(2), ..of_flow() }).await;
    let rest = EventQuery { after: page.last().map(|last| last.position), ..of_flow() };
    assert_eq!(stored_names(&page), "a1 a3");
    assert_eq!(found(&test, rest).await, "a4 a6");
    let nobody = EventQuery { correlation_id: Some(Uuid::now_v7()), ..all() };
    assert_eq!(found(&test, nobody).await, "");
}

/// A transaction reads what was committed before, by the same filters, and goes on.
pub async fn in_a_transaction<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1), new_event(Some("b"), 2)]).await;
    let mut tx = test.begin().await;
    let of_a = EventQuery { key: Some("a".to_owned()), archived: true, ..all() };
    assert_eq!(stored_names(&tx.events(&of_a).await.unwrap()), "a1");
    assert_eq!(stored_names(&tx.events(&all()).await.unwrap()), "a1 b2");
    tx.prepare_commit(&[new_event(Some("a"), 3)]).await.unwrap();
    tx.commit(false).await.unwrap();
    assert_eq!(found(&test, of_a).await, "a1 a3");
}

/// Each state is found, and each event is in exactly one.
pub async fn by_state<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let policy = RepublishPolicy::default();
    test.publish_and_send(&[new_event(Some("a"), 1)]).await;
    test.clock.advance(policy.exhausted_after + Duration::from_millis(1));
    test.store.republish(&policy, true).await.unwrap();
    let published = new_event(Some("b"), 2);
    let id = published.envelope.id;
    test.publish_and_send(&[published]).await;
    test.confirm(&[id]).await;
    test.publish_and_send(&[new_event(Some("c"), 3)]).await;
    test.publish(&[new_event(Some("d"), 4)]).await;
    let by = async |state| found(&test, EventQuery { state: Some(state), ..all() }).await;
    assert_eq!(by(EventState::Exhausted).await, "a1");
    assert_eq!(by(EventState::Published).await, "b2");
    assert_eq!(by(EventState::Sent).await, "c3");
    assert_eq!(by(EventState::Stored).await, "d4");
    assert!(test.query(all()).await.iter().map(|event| event.state).eq([
        EventState::Exhausted,
        EventState::Published,
        EventState::Sent,
        EventState::Stored,
    ]));
    test.claim(10).await;
    assert_eq!(by(EventState::Stored).await, "d4", "claimed is not sent");
    test.clock.advance(LEASE);
    let counts = test.store.counts().await.unwrap();
    assert_eq!((counts.stored, counts.sent, counts.published, counts.exhausted), (4, 3, 1, 1));
}

/// The oldest unpublished event is the one that was stored first.
pub async fn the_oldest_unpublished<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let first = new_event(Some("a"), 1);
    let id = first.envelope.id;
    test.publish_and_send(&[first]).await;
    test.clock.advance(Duration::from_secs(9));
    let second_at = test.clock.now();
    test.publish(&[new_event(Some("b"), 2)]).await;
    test.clock.advance(Duration::from_secs(9));
    test.confirm(&[id]).await;
    assert_eq!(test.store.counts().await.unwrap().oldest_unpublished, Some(second_at));
}

/// Pages follow each other without gap or overlap; a hundred where no limit is given.
pub async fn in_pages<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&(0..250).map(|n| new_event(Some("a"), n)).collect::<Vec<_>>()).await;
    assert_eq!(test.query(all()).await.len(), 100);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = test.query(EventQuery { after, limit: Some(60), ..all() }).await;
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        seen.extend(page);
    }
    let numbers: Vec<u64> = seen.iter().map(|event| crate::number(&event.envelope)).collect();
    assert_eq!(numbers, (0..250).collect::<Vec<_>>());
}

/// What a subscriber has no inbox row for: by source, name and idempotency key, not by id.
pub async fn missing_at_a_subscriber<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut events: Vec<_> = (1..=3).map(|n| new_event(Some("a"), n)).collect();
    "it's \"1\"".clone_into(&mut events[0].envelope.idempotency_key);
    "order.sent".clone_into(&mut events[2].envelope.name);
    test.publish(&events).await;
    let missing = async |subscriber: &str| {
        found(&test, EventQuery { missing_at: Some(subscriber.to_owned()), ..all() }).await
    };
    assert_eq!(missing("ship").await, "a1 a2 a3");
    let second = events[1].envelope.id.to_string();
    let third = events[2].envelope.id.to_string();
    record(&test, &[entry("ship", "it's \"1\""), entry("bill", &second), entry("ship", &third)])
        .await
        .unwrap();
    assert_eq!(missing("ship").await, "a2 a3", "the third was recorded under another event name");
    assert_eq!(missing("bill").await, "a1 a3");
}

/// Redacting erases the payloads of one subject for good and keeps the rows.
pub async fn redacting_keeps_the_rows<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish_and_send(&[
        new_event(Some("a"), 1),
        new_event(Some("b"), 2),
        new_event(Some("a"), 3),
        new_event(None, 4),
    ])
    .await;
    assert_eq!(test.store.redact("a").await.unwrap(), 2);
    assert_eq!(test.store.redact("nobody").await.unwrap(), 0);
    let payloads: Vec<String> =
        test.history().await.iter().map(|event| event.envelope.data.get().to_owned()).collect();
    assert_eq!(payloads, ["null", "{\"number\":2}", "null", "{\"number\":4}"]);
    let keys: Vec<_> = test.history().await.into_iter().map(|event| event.envelope.key).collect();
    assert_eq!(keys, [Some("a".to_owned()), Some("b".to_owned()), Some("a".to_owned()), None]);
}
