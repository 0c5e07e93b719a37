//! Waking the relay: at once, with no timer in front of a send.

use std::time::Duration;

use edafw_core::{EventStore, Transaction};

use super::fixture::{StoreFixture, TestStore, begin, given_back, names};
use crate::{PATIENCE, in_time, new_event};

/// Longer than the test may take: who waits for this long was not woken.
const FOREVER: Duration = Duration::from_hours(24);

/// A commit wakes who waits.
pub async fn a_commit_wakes<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    assert_eq!(names(&test.claim(10).await), "");
    let woken = async {
        loop {
            test.store.wait_for_events(FOREVER).await;
            let claimed = test.claim(10).await;
            if !claimed.is_empty() {
                break names(&claimed);
            }
        }
    };
    let events = [new_event(Some("a"), 1)];
    let publish = test.publish(&events);
    let (woken, ()) = in_time("the relay after a commit", async { tokio::join!(woken, publish) }).await;
    assert_eq!(woken, "a1");
}

/// A commit of another handle of the same place wakes too.
pub async fn a_commit_of_another_handle_wakes<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    test.claim(10).await;
    let woken = async {
        while test.claim(10).await.is_empty() {
            test.store.wait_for_events(FOREVER).await;
        }
    };
    let publish = async {
        let mut tx = begin::<F>(&other).await;
        tx.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
        tx.commit(true).await.unwrap();
    };
    in_time("the relay after a commit elsewhere", async { tokio::join!(woken, publish) }).await;
}

/// What was stored before the wait began is not waited for.
pub async fn what_is_there_is_not_waited_for<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    in_time("a wait with an event there", test.store.wait_for_events(FOREVER)).await;
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// A claim that took its limit leaves the bell rung: there may be more.
pub async fn a_full_claim_means_more<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1), new_event(Some("b"), 2)]).await;
    assert_eq!(test.claim(1).await.len(), 1);
    in_time("a wait with an event left", test.store.wait_for_events(FOREVER)).await;
    assert_eq!(names(&test.claim(1).await), "b2");
}

/// What was given back wakes.
pub async fn giving_back_wakes<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    let claimed = test.claim(10).await;
    test.claim(10).await;
    test.store.settle(&given_back(&claimed)).await.unwrap();
    in_time("a wait after giving back", test.store.wait_for_events(FOREVER)).await;
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// An event that waited for an earlier one of its key, held by another relay, is claimed as soon as that one
/// is settled.
pub async fn a_settled_key_wakes<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    let held = test.claim(10).await;
    test.publish(&[new_event(Some("a"), 2)]).await;
    assert_eq!(names(&test.claim(10).await), "");
    test.sent(&held).await;
    let woken = tokio::time::timeout(PATIENCE, test.store.wait_for_events(FOREVER));
    woken.await.expect("the key is free");
    assert_eq!(names(&test.claim(10).await), "a2");
}
