//! Attempts: counted durably, before they start.

use std::time::Duration;

use edafw_core::{Attempt, Clock, DeliveryStore};

use super::fixture::{StoreFixture, TestStore};
use super::inbox::{entry, record};

/// Attempts are counted one by one, for each effect, and every handle sees the count.
pub async fn are_counted_durably<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    let first_at = test.clock.now();
    assert_eq!(test.store.attempt(&entry("ship", "1")).await.unwrap(), None);
    assert_eq!(test.store.start_attempt(&entry("ship", "1")).await.unwrap(), 1);
    test.clock.advance(Duration::from_secs(5));
    assert_eq!(other.start_attempt(&entry("ship", "1")).await.unwrap(), 2);
    assert_eq!(other.start_attempt(&entry("bill", "1")).await.unwrap(), 1);
    let attempt = test.store.attempt(&entry("ship", "1")).await.unwrap();
    assert_eq!(attempt, Some(Attempt { attempts: 2, last_error: None, first_at }));
}

/// Concurrent starts get different numbers.
pub async fn concurrent_starts_differ<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    let ship = entry("ship", "1");
    let starts = (0..10)
        .map(|n| if n % 2 == 0 { test.store.start_attempt(&ship) } else { other.start_attempt(&ship) });
    let mut numbers: Vec<u32> =
        futures_util::future::join_all(starts).await.into_iter().map(Result::unwrap).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}

/// A failure is written down with its number and reason; a late report never lowers the count; a first
/// failure needs no earlier start.
pub async fn failures_keep_the_greatest_number<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let ship = entry("ship", "1");
    let first_at = test.clock.now();
    test.store.record_failure(&ship, 1, "no \"device\"\nfor ü").await.unwrap();
    let known = test.store.attempt(&ship).await.unwrap().unwrap();
    assert_eq!(known, Attempt { attempts: 1, last_error: Some("no \"device\"\nfor ü".to_owned()), first_at });
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(test.store.start_attempt(&ship).await.unwrap(), 2);
    assert_eq!(test.store.start_attempt(&ship).await.unwrap(), 3);
    test.store.record_failure(&ship, 2, "late").await.unwrap();
    let known = test.store.attempt(&ship).await.unwrap().unwrap();
    assert_eq!((known.attempts, known.first_at), (3, first_at));
    test.store.record_failure(&ship, 5, "fifth").await.unwrap();
    let known = test.store.attempt(&ship).await.unwrap().unwrap();
    assert_eq!((known.attempts, known.last_error.as_deref()), (5, Some("fifth")));
}

/// What is taken back counts no more, and what the attempt before ended with stands again, unless another one has
/// ended since.
pub async fn are_taken_back<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let ship = entry("ship", "1");
    let known = async || {
        let known = test.store.attempt(&ship).await.unwrap();
        known.map(|known| (known.attempts, known.last_error))
    };
    let no_device = || Some("no device".to_owned());
    test.store.take_back_attempt(&ship, 1, "died", None).await.unwrap();
    assert_eq!(known().await, None, "there was none");
    test.store.record_failure(&ship, 2, "no device").await.unwrap();
    test.store.record_failure(&ship, 2, "died").await.unwrap();
    test.store.take_back_attempt(&ship, 0, "died", Some("no device")).await.unwrap();
    assert_eq!(known().await, Some((2, no_device())));
    assert_eq!(test.store.start_attempt(&ship).await.unwrap(), 3);
    test.store.take_back_attempt(&ship, 1, "died", None).await.unwrap();
    assert_eq!(known().await, Some((2, no_device())));
    test.store.record_failure(&ship, 2, "died").await.unwrap();
    test.store.take_back_attempt(&ship, 1, "died", None).await.unwrap();
    assert_eq!(known().await, Some((1, None)));
    test.store.take_back_attempt(&ship, 1, "died", None).await.unwrap();
    test.store.take_back_attempt(&ship, 1, "died", None).await.unwrap();
    assert_eq!(known().await, Some((0, None)), "no more than there were");
    test.store.start_attempt(&ship).await.unwrap();
    record(&test, std::slice::from_ref(&ship)).await.unwrap();
    test.store.take_back_attempt(&ship, 1, "died", None).await.unwrap();
    assert_eq!(known().await, None, "the effect has taken place");
}

/// Once the effect has taken place, its attempts are forgotten: the table holds what is in trouble, not
/// everything that ever was.
pub async fn are_forgotten_with_the_effect<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    for act in ["1", "2"] {
        test.store.start_attempt(&entry("ship", act)).await.unwrap();
    }
    record(&test, &[entry("ship", "1")]).await.unwrap();
    assert_eq!(test.store.attempt(&entry("ship", "1")).await.unwrap(), None);
    assert_eq!(test.store.attempt(&entry("ship", "2")).await.unwrap().unwrap().attempts, 1);
}

/// A renamed subscriber goes on counting where it was.
pub async fn follow_a_renamed_subscriber<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.store.start_attempt(&entry("ship", "1")).await.unwrap();
    test.store.rename_subscriber("ship", "deliver").await.unwrap();
    assert_eq!(test.store.start_attempt(&entry("deliver", "1")).await.unwrap(), 2);
    assert_eq!(test.store.attempt(&entry("ship", "1")).await.unwrap(), None);
}
