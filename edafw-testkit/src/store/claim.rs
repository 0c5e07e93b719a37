//! Claiming: by key, in order, for a time.

use std::time::Duration;

use edafw_core::{EventStore, SendResult};

use super::fixture::{LEASE, StoreFixture, TestStore, claim, given_back, names, sent};
use crate::{key_of_every_kind, new_event};

/// Claims come in position order, across keys, within the limit; what is claimed is not claimed again.
pub async fn in_order_within_the_limit<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let keys = ["a", "b", "a", "c", "b", "a"];
    let events: Vec<_> = keys.iter().zip(1..).map(|(key, n)| new_event(Some(key), n)).collect();
    test.publish(&events).await;
    assert_eq!(names(&test.claim(0).await), "");
    let first = test.claim(4).await;
    assert_eq!(names(&first), "a1 b2 a3 c4");
    assert!(first.iter().all(|one| one.generation == 0 && one.attempts == 0));
    assert_eq!(names(&test.claim(4).await), "", "later events of a key wait for the claimed ones");
    assert_eq!(test.sent(&first).await, 4);
    assert_eq!(names(&test.claim(4).await), "b5 a6");
}

/// While an event is claimed, later ones of its key are not, and other keys and events without a key are.
pub async fn other_keys_flow<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    let first = test.claim(10).await;
    test.publish(&[new_event(Some("a"), 2), new_event(Some("b"), 3), new_event(None, 4), new_event(None, 5)])
        .await;
    assert_eq!(names(&test.claim(10).await), "b3 -4 -5");
    test.sent(&first).await;
    assert_eq!(names(&test.claim(10).await), "a2");
}

/// A failed event backs off alone: its key waits until it is due, others flow, and then all of the key
/// comes in order.
pub async fn a_failed_event_holds_its_key<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events: Vec<_> = [("a", 1), ("b", 2), ("a", 3)].map(|(key, n)| new_event(Some(key), n)).into();
    test.publish(&events).await;
    let claimed = test.claim(1).await;
    let retry_in = Duration::from_secs(10);
    let (position, token) = (claimed[0].position, claimed[0].token);
    let failed = SendResult::Failed { position, token, retry_in, error: "refused: too large".to_owned() };
    assert_eq!(test.store.settle(&[failed]).await.unwrap(), 1);
    assert_eq!(names(&test.claim(10).await), "b2");
    test.clock.advance(Duration::from_millis(9_999));
    assert_eq!(names(&test.claim(10).await), "");
    test.clock.advance(Duration::from_millis(1));
    let again = test.claim(10).await;
    assert_eq!(names(&again), "a1 a3");
    assert_eq!((again[0].attempts, again[1].attempts), (1, 0));
    let stored = test.history().await;
    assert_eq!(stored[0].last_error.as_deref(), Some("refused: too large"));
}

/// An event without a key that fails holds nothing.
pub async fn a_failed_event_without_a_key_holds_nothing<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(None, 1), new_event(None, 2)]).await;
    let claimed = test.claim(1).await;
    let (position, token) = (claimed[0].position, claimed[0].token);
    let retry_in = Duration::from_secs(10);
    test.store
        .settle(&[SendResult::Failed { position, token, retry_in, error: String::new() }])
        .await
        .unwrap();
    assert_eq!(names(&test.claim(10).await), "-2");
}

/// Two claimers at the same time never hold events of one key, and together they get everything once.
pub async fn two_claimers_share_no_key<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    let events: Vec<_> =
        (0..40_u64).map(|n| new_event(Some(["a", "b", "c", "d", "e"][n as usize % 5]), n)).collect();
    test.publish(&events).await;
    let mut seen = Vec::new();
    while seen.len() < events.len() {
        let (first, second) = tokio::join!(claim(&*test.store, 3, LEASE), claim(&*other, 3, LEASE));
        for one in &first {
            assert!(
                second.iter().all(|another| another.envelope.key != one.envelope.key),
                "one key at two claimers: {} and {}",
                names(&first),
                names(&second)
            );
        }
        assert!(!first.is_empty() || !second.is_empty(), "nothing moves after {seen:?}");
        seen.extend(first.iter().chain(&second).map(|one| one.envelope.id));
        test.sent(&first).await;
        other.settle(&sent(&second)).await.unwrap();
    }
    let ids: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!(ids.len(), seen.len(), "claimed twice");
}

/// When a lease ends, somebody else may claim; not a moment earlier.
pub async fn a_lease_ends<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    test.publish(&[new_event(Some("a"), 1), new_event(Some("a"), 2)]).await;
    assert_eq!(names(&test.claim(10).await), "a1 a2");
    test.clock.advance(LEASE.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(names(&claim(&*other, 10, LEASE).await), "");
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(names(&claim(&*other, 10, LEASE).await), "a1 a2");
}

/// A claimer that lost its lease to another changes nothing any more, whatever it reports.
pub async fn a_lost_claim_is_fenced<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    let lost = test.claim(10).await;
    test.clock.advance(LEASE);
    let held = test.claim(10).await;
    assert_eq!(names(&held), "a1");
    assert_ne!(lost[0].token, held[0].token);
    let (position, token) = (lost[0].position, lost[0].token);
    let retry_in = Duration::ZERO;
    let failed = SendResult::Failed { position, token, retry_in, error: "late".to_owned() };
    for late in [sent(&lost), given_back(&lost), vec![failed]] {
        assert_eq!(test.store.settle(&late).await.unwrap(), 0, "{late:?}");
    }
    assert_eq!(names(&test.claim(10).await), "", "still claimed by the other");
    assert_eq!(test.history().await[0].last_error, None);
    assert_eq!(test.sent(&held).await, 1);
}

/// What was given back can be claimed at once, in order, and was not an attempt.
pub async fn given_back_is_claimable_at_once<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1), new_event(None, 2)]).await;
    let claimed = test.claim(10).await;
    assert_eq!(test.store.settle(&given_back(&claimed)).await.unwrap(), 2);
    let again = test.claim(10).await;
    assert_eq!(names(&again), "a1 -2");
    assert!(again.iter().all(|one| one.attempts == 0));
}

/// Keys are compared exactly: no two different texts hold each other up.
pub async fn keys_are_compared_exactly<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let keys = key_of_every_kind();
    let first: Vec<_> = keys.iter().zip(0..).map(|(key, n)| new_event(Some(key), n)).collect();
    test.publish(&first).await;
    for key in &keys {
        let claimed = test.claim(1).await;
        assert_eq!(claimed[0].envelope.key.as_deref(), Some(&**key));
        assert_eq!(names(&test.claim(0).await), "");
    }
    let second: Vec<_> = keys.iter().zip(100..).map(|(key, n)| new_event(Some(key), n)).collect();
    test.publish(&second).await;
    assert_eq!(names(&test.claim(1_000).await), "", "every key is claimed");
}

/// Nothing is missed because it committed late: of two transactions that write in one order and commit in
/// the other, both are claimed. Where one transaction excludes the other, the second one waits.
pub async fn a_late_commit_is_not_missed<F: StoreFixture>() {
    use edafw_core::Transaction;
    let test = TestStore::<F>::new().await;
    let mut early = test.begin().await;
    early.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    if F::TRAITS.concurrent_transactions {
        test.publish(&[new_event(Some("b"), 2)]).await;
        let claimed = test.claim(10).await;
        assert_eq!(names(&claimed), "b2");
        test.sent(&claimed).await;
        early.commit(true).await.unwrap();
        assert_eq!(names(&test.claim(10).await), "a1");
    } else {
        let late = async {
            test.publish(&[new_event(Some("b"), 2)]).await;
        };
        let commit = async { early.commit(true).await.unwrap() };
        tokio::join!(late, commit);
        assert_eq!(names(&test.claim(10).await), "a1 b2");
    }
}
