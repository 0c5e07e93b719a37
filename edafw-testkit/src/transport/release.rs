//! Giving back: at once and uncounted, or after a delay and counted.

use std::time::Duration;

use super::fixture::{TestTransport, TransportFixture, bodies, receipts};

/// What is released is there at once, and the receive does not count.
pub async fn is_there_at_once_and_uncounted<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 -3").await;
    for _ in 0..3 {
        let delivered = test.receive("shop.ship", 10).await;
        assert_eq!(bodies(&delivered), "a1 a2 -3");
        if F::TRAITS.uncounts_releases {
            assert!(delivered.iter().all(|one| one.receive_count == 1), "{delivered:?}");
        }
        test.transport.release(&receipts(&delivered)).await.unwrap();
    }
}

/// A part of a batch is released: it waits behind what is still in hand.
pub async fn of_a_part_waits_behind_the_rest<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3").await;
    let delivered = test.receive("shop.ship", 10).await;
    test.transport.release(&receipts(&delivered[1..])).await.unwrap();
    assert_eq!(test.take("shop.ship", 10).await, "");
    test.acknowledge(&delivered[..1]).await;
    assert_eq!(test.drain("shop.ship").await, ["a2", "a3"]);
}

/// Releasing twice, and releasing what was acknowledged, changes nothing.
pub async fn is_idempotent<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 -2").await;
    let delivered = test.receive("shop.ship", 10).await;
    test.acknowledge(&delivered[..1]).await;
    for _ in 0..2 {
        test.transport.release(&receipts(&delivered)).await.unwrap();
    }
    let again = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&again), "-2");
    if F::TRAITS.uncounts_releases {
        assert_eq!(again[0].receive_count, 1);
    }
}

/// A retry comes after its delay, not earlier, and counts.
pub async fn a_retry_comes_after_its_delay<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 -2").await;
    for count in 1..4 {
        let delivered = test.receive("shop.ship", 10).await;
        assert!(delivered.iter().all(|one| one.receive_count == count), "{delivered:?}");
        let delay = F::TRAITS.lease * count;
        for one in &delivered {
            test.transport.retry(&one.receipt, delay).await.unwrap();
        }
        test.pass(delay.checked_sub(F::TRAITS.moment).unwrap()).await;
        assert_eq!(test.take("shop.ship", 10).await, "");
        test.pass(F::TRAITS.moment).await;
    }
}

/// A retry without a delay is there at once.
pub async fn a_retry_without_a_delay<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("-1").await;
    let delivered = test.receive("shop.ship", 10).await;
    test.transport.retry(&delivered[0].receipt, Duration::ZERO).await.unwrap();
    let again = test.receive("shop.ship", 10).await;
    assert_eq!((bodies(&again), again[0].receive_count), ("-1".to_owned(), 2));
}

/// A later message of a batch is tried again while an earlier one is still in hand: its delay counts all the
/// same, and what is behind it waits.
pub async fn a_retry_behind_another_keeps_its_delay<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3").await;
    let delivered = test.receive("shop.ship", 10).await;
    let delay = F::TRAITS.lease / 2;
    test.transport.retry(&delivered[1].receipt, delay).await.unwrap();
    test.acknowledge(&delivered[..1]).await;
    test.transport.release(&receipts(&delivered[2..])).await.unwrap();
    test.pass(delay.checked_sub(F::TRAITS.moment).unwrap()).await;
    assert_eq!(test.take("shop.ship", 10).await, "", "a2 waits for its delay, a3 for a2");
    test.pass(F::TRAITS.moment).await;
    let again = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&again), "a2 a3");
    assert_eq!(again[0].receive_count, 2);
}

/// A message that waits for its delay behind another holds what is behind it, also when that other one is
/// received again.
pub async fn a_delayed_message_holds_what_is_behind_it<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3 b4").await;
    let delivered = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&delivered), "a1 a2 a3 b4");
    let delay = F::TRAITS.lease * 2;
    test.transport.retry(&delivered[1].receipt, delay).await.unwrap();
    test.transport.release(&receipts(&[&delivered[..1], &delivered[2..]].concat())).await.unwrap();
    let again = test.receive("shop.ship", 10).await;
    let single = F::TRAITS.delays_single_messages;
    assert_eq!(bodies(&again), if single { "a1 b4" } else { "b4" });
    test.acknowledge(&again).await;
    assert_eq!(test.take("shop.ship", 10).await, "", "a2 waits for its delay");
    test.pass(delay).await;
    let left: &[&str] = if single { &["a2", "a3"] } else { &["a1", "a2", "a3"] };
    assert_eq!(test.drain("shop.ship").await, left);
}
