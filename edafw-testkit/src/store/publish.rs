//! Storing events: all of a transaction or nothing, in order.

use edafw_core::{Backend, Clock, EventState, EventStore, RawEnvelope, StoreCounts, Transaction};
use futures_util::future::join_all;
use serde_json::value::RawValue;

use super::fixture::{StoreFixture, TestStore, begin, names, stored_names};
use crate::{key_of_every_kind, new_event, number, text_of_every_kind};

/// Committed means stored: every field, in the order of publishing, at the clock's time, not yet sent.
pub async fn committed_is_stored<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events = [new_event(Some("a"), 1), new_event(None, 2), new_event(Some("a"), 3)];
    test.publish(&events).await;
    let stored = test.history().await;
    assert_eq!(stored.len(), 3);
    for (stored, event) in stored.iter().zip(&events) {
        assert_same(&stored.envelope, &event.envelope);
        assert_eq!(stored.channel, event.channel);
        assert_eq!(stored.state, EventState::Stored);
        assert_eq!(stored.stored_at, test.clock.now());
        assert_eq!((stored.published_at, stored.generation), (None, 0));
    }
    assert!(stored.is_sorted_by(|a, b| a.position < b.position), "positions rise");
}

/// Rolled back means never seen, even when the events were written already.
pub async fn rolled_back_is_nothing<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    tx.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    tx.rollback().await;
    assert_empty(&test).await;
}

/// A transaction that is dropped stores nothing.
pub async fn dropped_is_nothing<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    tx.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    drop(tx);
    assert_empty(&test).await;
}

/// What is not committed yet, nobody sees.
pub async fn uncommitted_is_invisible<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    tx.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    if F::TRAITS.reads_while_writing {
        assert_eq!(test.history().await.len(), 0);
        assert!(!test.store.has_unsent().await.unwrap());
    }
    tx.commit(true).await.unwrap();
    assert_eq!(test.history().await.len(), 1);
    assert!(test.store.has_unsent().await.unwrap());
}

/// The events of one transaction stand in the order in which they were published, also while others
/// publish; and beside each other where transactions exclude each other.
pub async fn transactions_keep_their_order<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let publishers = (0..4_u64).map(|publisher| {
        let test = &test;
        async move {
            for round in 0..5 {
                let first = publisher * 100 + round * 10;
                let events: Vec<_> = (first..first + 7).map(|n| new_event(None, n)).collect();
                test.publish(&events).await;
            }
        }
    });
    join_all(publishers).await;
    let stored: Vec<u64> = test.history().await.iter().map(|event| number(&event.envelope)).collect();
    assert_eq!(stored.len(), 4 * 5 * 7);
    for publisher in 0..4 {
        let own: Vec<u64> = stored.iter().copied().filter(|n| n / 100 == publisher).collect();
        assert!(own.is_sorted_by(|a, b| a < b), "publisher {publisher}: {own:?}");
    }
    if !F::TRAITS.concurrent_transactions {
        for together in stored.chunks(7) {
            assert!(
                together.iter().all(|n| n / 10 == together[0] / 10),
                "another one in between: {together:?}"
            );
        }
    }
}

/// A transaction takes as many events as it wants.
pub async fn a_thousand_in_one_transaction<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events: Vec<_> = (0..1_000).map(|n| new_event(Some(if n % 2 == 0 { "a" } else { "b" }), n)).collect();
    test.publish(&events).await;
    let stored = test.history().await;
    assert_eq!(stored.len(), 1_000);
    for (stored, event) in stored.iter().zip(&events) {
        assert_same(&stored.envelope, &event.envelope);
    }
    let claimed = test.claim(2_000).await;
    let numbers: Vec<u64> = claimed.iter().map(|one| number(&one.envelope)).collect();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
}

/// Keys, idempotency keys and payloads come back as they were, whatever is in them, and no key is
/// mistaken for another or for none.
pub async fn texts_survive<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut events = vec![new_event(None, 0)];
    for ((key, text), n) in key_of_every_kind().into_iter().zip(text_of_every_kind()).zip(1..) {
        let mut event = new_event(Some(&key), n);
        let payload = serde_json::json!({ "number": n, "text": text, "nested": [null, { "ü": text }] });
        event.envelope.data = RawValue::from_string(payload.to_string()).unwrap();
        event.envelope.idempotency_key = key;
        events.push(event);
    }
    test.publish(&events).await;
    for (stored, event) in test.history().await.iter().zip(&events) {
        assert_same(&stored.envelope, &event.envelope);
    }
    let claimed = test.claim(events.len()).await;
    assert_eq!(claimed.len(), events.len());
    for (claimed, event) in claimed.iter().zip(&events) {
        assert_same(&claimed.envelope, &event.envelope);
    }
}

/// The id of an event is unique: a second transaction with it cannot commit, and leaves nothing else either.
pub async fn an_id_is_stored_once<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let first = new_event(Some("a"), 1);
    test.publish(std::slice::from_ref(&first)).await;
    let mut tx = test.begin().await;
    let again = tx.prepare_commit(&[new_event(Some("b"), 2), first]).await;
    assert!(again.is_err(), "the second one is refused");
    tx.rollback().await;
    assert_eq!(stored_names(&test.history().await), "a1");
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// An event can be stored through a connection that the caller holds: with its transaction, or not at all;
/// a declared idempotency key that was taken stores nothing.
pub async fn stored_through_a_foreign_connection<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut event = new_event(Some("a"), 1);
    "order 1".clone_into(&mut event.envelope.idempotency_key);
    let now = test.clock.now();
    let mut tx = test.begin().await;
    assert!(F::Backend::store_event(tx.connection(), &event, now).await.unwrap());
    tx.rollback().await;
    assert_empty(&test).await;
    let mut tx = test.begin().await;
    assert!(F::Backend::store_event(tx.connection(), &event, now).await.unwrap());
    let mut again = new_event(Some("a"), 2);
    "order 1".clone_into(&mut again.envelope.idempotency_key);
    assert!(!F::Backend::store_event(tx.connection(), &again, now).await.unwrap());
    tx.prepare_commit(&[]).await.unwrap();
    tx.commit(true).await.unwrap();
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// Two handles of one place see the same.
pub async fn two_handles_share_one_place<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    assert_eq!(test.store.identity(), other.identity());
    let mut tx = begin::<F>(&other).await;
    tx.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    tx.commit(true).await.unwrap();
    assert_eq!(names(&test.claim(10).await), "a1");
    other.close().await;
}

async fn assert_empty<F: StoreFixture>(test: &TestStore<F>) {
    assert_eq!(stored_names(&test.history().await), "");
    assert_eq!(names(&test.claim(10).await), "");
    assert_eq!(test.store.counts().await.unwrap(), StoreCounts::default());
}

fn assert_same(found: &RawEnvelope, expected: &RawEnvelope) {
    assert_eq!(found.to_json(), expected.to_json());
}
