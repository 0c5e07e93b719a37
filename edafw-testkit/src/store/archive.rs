//! Archiving: old published events go out of the way, and nothing that somebody still needs.

use std::time::Duration;

use edafw_core::{Archived, Backend, Destination, EventQuery, EventState, EventStore, Message, NewEvent};

use super::dead_letter::{keep, letter};
use super::fixture::{LEASE, StoreFixture, TestStore, names, stored_names};
use super::inbox::{entry, record};
use crate::new_event;
use crate::transport::fixture::{TOPIC, queue, topology};

const DAY: Duration = Duration::from_hours(24);

/// Events `a1` to `a<count>`, published.
async fn published<F: StoreFixture>(test: &TestStore<F>, count: u64) -> Vec<NewEvent> {
    let events: Vec<NewEvent> = (1..=count).map(|number| new_event(Some("a"), number)).collect();
    test.publish_and_send(&events).await;
    confirm(test, &events).await;
    events
}

async fn confirm<F: StoreFixture>(test: &TestStore<F>, events: &[NewEvent]) {
    let ids: Vec<_> = events.iter().map(|event| event.envelope.id).collect();
    assert_eq!(test.confirm(&ids).await, events.len());
}

/// Archives what was published a day ago or longer, from the beginning; answers how many.
async fn archive<F: StoreFixture>(test: &TestStore<F>) -> u64 {
    let done = test.store.archive(DAY, 0, 100).await.unwrap();
    assert_eq!(done.next, None, "all of it fits");
    done.events
}

async fn left<F: StoreFixture>(test: &TestStore<F>) -> String {
    stored_names(&test.history().await)
}

/// Whoever asks for it reads the archive and what is not archived as one history, in pages.
pub async fn is_read_on_request<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let first = published(&test, 5).await;
    test.publish_and_send(&[new_event(Some("b"), 6)]).await;
    published(&test, 1).await;
    test.clock.advance(2 * DAY);
    assert_eq!(archive(&test).await, 5);
    published(&test, 2).await;
    let all = || EventQuery { archived: true, ..EventQuery::default() };
    let found = async |query: EventQuery| stored_names(&test.query(query).await);
    assert_eq!(left(&test).await, "b6 a1 a1 a2");
    assert_eq!(found(all()).await, "a1 a2 a3 a4 a5 b6 a1 a1 a2");
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = test.query(EventQuery { after, limit: Some(4), ..all() }).await;
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        pages.push(stored_names(&page));
    }
    assert_eq!(pages, ["a1 a2 a3 a4", "a5 b6 a1 a1", "a2"]);
    let envelope = &first[2].envelope;
    assert_eq!(found(EventQuery { id: Some(envelope.id), ..all() }).await, "a3");
    assert_eq!(found(EventQuery { correlation_id: Some(envelope.correlation_id), ..all() }).await, "a3");
    assert_eq!(found(EventQuery { key: Some("b".to_owned()), ..all() }).await, "b6");
    assert_eq!(found(EventQuery { until: Some(envelope.time), limit: Some(3), ..all() }).await, "a1 a2 a1");
    let state = Some(EventState::Published);
    assert_eq!(found(EventQuery { state, ..all() }).await, "a1 a2 a3 a4 a5 a1 a1 a2");
    assert_eq!(found(EventQuery { state: Some(EventState::Sent), ..all() }).await, "b6");
    record(&test, &[entry("ship", &envelope.id.to_string())]).await.unwrap();
    let missing_at = Some("ship".to_owned());
    assert_eq!(found(EventQuery { missing_at, ..all() }).await, "a1 a2 a4 a5 b6 a1 a1 a2");
}

/// Age counts from the publication; what is young, sent or only stored stays, and so does the last event of all.
pub async fn only_what_was_published_long_ago<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    published(&test, 2).await;
    let sent = [new_event(Some("b"), 3)];
    test.publish_and_send(&sent).await;
    test.clock.advance(DAY);
    published(&test, 1).await;
    let last = [new_event(Some("c"), 4)];
    test.publish(&last).await;
    assert_eq!(archive(&test).await, 0, "not yet longer than a day");
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(archive(&test).await, 2);
    assert_eq!(left(&test).await, "b3 a1 c4");
    assert_eq!(archive(&test).await, 0);
    confirm(&test, &sent).await;
    assert_eq!(archive(&test).await, 0, "stored long ago, and published just now");
    test.clock.advance(2 * DAY);
    assert_eq!(archive(&test).await, 2);
    let claimed = test.claim(10).await;
    assert_eq!(names(&claimed), "c4");
    test.sent(&claimed).await;
    confirm(&test, &last).await;
    test.clock.advance(2 * DAY);
    assert_eq!(archive(&test).await, 0, "the last one stays, however old");
    assert_eq!(left(&test).await, "c4");
}

/// A position is never given out twice, whatever was archived.
pub async fn positions_rise_for_ever<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut highest = 0;
    for _ in 0..3 {
        published(&test, 2).await;
        test.clock.advance(2 * DAY);
        archive(&test).await;
        let last = test.history().await.last().expect("the last one stays").position;
        assert!(last > highest, "{last} after {highest}");
        highest = last;
    }
}

/// An event that is sent again by hand stays until it is confirmed again.
pub async fn what_is_sent_again_stays<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events = published(&test, 3).await;
    test.clock.advance(2 * DAY);
    assert!(test.store.republish_event(events[0].envelope.id).await.unwrap());
    assert_eq!(archive(&test).await, 1);
    assert_eq!(left(&test).await, "a1 a3");
    let claimed = test.claim(10).await;
    assert_eq!(names(&claimed), "a1");
    test.sent(&claimed).await;
    assert_eq!(archive(&test).await, 0);
    confirm(&test, &events[..1]).await;
    assert_eq!(archive(&test).await, 1);
    assert!(!test.store.republish_event(events[0].envelope.id).await.unwrap(), "it is history");
}

/// An event that waits in a queue of the database, or whose dead letter waits for a decision, stays.
pub async fn what_is_not_delivered_stays<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events = published(&test, 4).await;
    let body = |index: usize| events[index].envelope.to_json();
    let transport = F::Backend::embedded_transport(&test.store);
    let provision = transport.provision().expect("embedded queues are tables");
    provision.apply(&topology(vec![queue("shop.ship", &[None])])).await.unwrap();
    let envelope = &events[0].envelope;
    let message = Message {
        id: envelope.id,
        name: envelope.name.clone(),
        key: envelope.key.clone(),
        generation: 0,
        body: body(0),
    };
    let sent = transport.publish(&Destination::Topic(TOPIC.to_owned()), &[message]).await.unwrap();
    assert!(sent.iter().all(Result::is_ok));
    keep(&test, &[letter(entry("ship", "1"), &body(1), true), letter(entry("ship", "2"), "no event", false)])
        .await;
    test.clock.advance(2 * DAY);
    assert_eq!(archive(&test).await, 1);
    assert_eq!(left(&test).await, "a1 a2 a4");
    let received = transport.receive("shop.ship", 1, LEASE, Duration::ZERO).await.unwrap();
    assert_eq!(archive(&test).await, 0, "it is being handled");
    transport.acknowledge(&[received[0].receipt.clone()]).await.unwrap();
    assert_eq!(archive(&test).await, 1);
    assert_eq!(left(&test).await, "a2 a4");
}

/// Goes through the store a stretch at a time, over what stays, and ends where everything is young.
pub async fn in_stretches<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish_and_send(&[new_event(Some("b"), 0)]).await;
    published(&test, 9).await;
    test.clock.advance(2 * DAY);
    published(&test, 9).await;
    let (mut after, mut moved) = (0, Vec::new());
    loop {
        let done = test.store.archive(DAY, after, 4).await.unwrap();
        moved.push(done.events);
        let Some(next) = done.next else { break };
        assert!(next > after);
        after = next;
    }
    assert_eq!(moved, [3, 4, 2, 0], "behind a stretch of young events nobody looks");
    assert_eq!(left(&test).await, "b0 a1 a2 a3 a4 a5 a6 a7 a8 a9");
    assert_eq!(test.store.archive(DAY, after, 4).await.unwrap(), Archived::default());
    assert_eq!(test.store.counts().await.unwrap().stored, 10, "archived events do not count");
}

/// Two processes that archive at once move each event once.
pub async fn two_at_once<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    published(&test, 50).await;
    test.clock.advance(2 * DAY);
    let (one, two) = tokio::join!(test.store.archive(DAY, 0, 100), other.archive(DAY, 0, 100));
    let moved = one.unwrap().events + two.unwrap().events;
    assert_eq!(moved + archive(&test).await, 49);
    assert_eq!(test.store.redact("a").await.unwrap(), 50, "each is there once, here or in the archive");
}

/// Erasing the payloads of a key reaches the archive.
pub async fn redacting_reaches_it<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    published(&test, 3).await;
    test.clock.advance(2 * DAY);
    assert_eq!(archive(&test).await, 2);
    assert_eq!(test.store.redact("b").await.unwrap(), 0);
    assert_eq!(test.store.redact("a").await.unwrap(), 3);
    assert_eq!(test.store.redact("a").await.unwrap(), 0);
}
