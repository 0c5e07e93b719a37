//! Confirming: the recorder polled an event back.

use edafw_core::{Clock, EventState, EventStore};
use uuid::Uuid;

use super::fixture::{StoreFixture, TestStore, names};
use crate::new_event;

/// Exactly the named events become published; unknown ids are not counted.
pub async fn by_exact_id<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events: Vec<_> = (1..=3).map(|n| new_event(Some("a"), n)).collect();
    test.publish_and_send(&events).await;
    let ids = [events[0].envelope.id, Uuid::now_v7(), events[2].envelope.id];
    assert_eq!(test.confirm(&ids).await, 2);
    let stored = test.history().await;
    let states: Vec<_> = stored.iter().map(|event| event.state).collect();
    assert_eq!(states, [EventState::Published, EventState::Sent, EventState::Published]);
    assert_eq!(stored[0].published_at, Some(test.clock.now()));
    assert_eq!(stored[1].published_at, None);
    assert_eq!(test.confirm(&[]).await, 0);
}

/// Confirming again is the same as once: the count of what exists, and the time of the first.
pub async fn is_idempotent<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let event = new_event(Some("a"), 1);
    let id = event.envelope.id;
    test.publish_and_send(&[event]).await;
    let first = test.clock.now();
    assert_eq!(test.confirm(&[id, id]).await, 1);
    test.clock.advance(std::time::Duration::from_secs(5));
    assert_eq!(test.confirm(&[id]).await, 1);
    assert_eq!(test.history().await[0].published_at, Some(first));
}

/// The recorder may be faster than the relay: an event is confirmed before it is marked as sent, and the
/// late mark changes nothing.
pub async fn before_it_is_marked_sent<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let event = new_event(Some("a"), 1);
    let id = event.envelope.id;
    test.publish(&[event, new_event(Some("a"), 2)]).await;
    let claimed = test.claim(1).await;
    assert_eq!(test.confirm(&[id]).await, 1);
    assert_eq!(names(&test.claim(10).await), "a2", "the key goes on");
    assert_eq!(test.sent(&claimed).await, 0);
    assert_eq!(test.history().await[0].state, EventState::Published);
    let counts = test.store.counts().await.unwrap();
    assert_eq!((counts.stored, counts.sent, counts.published), (2, 1, 1));
}

/// A confirmed event is never claimed again, also when its claim ends.
pub async fn a_confirmed_event_is_done<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let event = new_event(Some("a"), 1);
    let id = event.envelope.id;
    test.publish(&[event]).await;
    test.claim(1).await;
    test.confirm(&[id]).await;
    test.clock.advance(super::fixture::LEASE * 2);
    assert_eq!(names(&test.claim(10).await), "");
    assert!(!test.store.has_unsent().await.unwrap());
}

/// Confirmations of a thousand events at once, a part of them at a time and overlapping.
pub async fn in_large_batches<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events: Vec<_> = (0..1_000).map(|n| new_event(None, n)).collect();
    let ids: Vec<_> = events.iter().map(|event| event.envelope.id).collect();
    test.publish_and_send(&events).await;
    assert_eq!(test.confirm(&ids[..600]).await, 600);
    assert_eq!(test.confirm(&ids[400..]).await, 600);
    let counts = test.store.counts().await.unwrap();
    assert_eq!((counts.published, counts.oldest_unpublished), (1_000, None));
}
