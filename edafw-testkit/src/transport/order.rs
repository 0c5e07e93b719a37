//! Order: messages of one key come one after the other, whatever happens to the first.

use std::time::Duration;

use edafw_core::Ordering;

use super::fixture::{TestTransport, TransportFixture, bodies, queue, receive};

/// Within a batch messages of a key come in the order of publishing, across several publishes.
pub async fn within_a_batch<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 b2 a3").await;
    test.publish("b4 a5").await;
    let delivered = test.receive("shop.ship", 10).await;
    let of = |key: &str| {
        delivered
            .iter()
            .filter(|one| one.body.starts_with(key))
            .map(|one| &*one.body)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (mut a, mut b) = (of("a"), of("b"));
    if delivered.len() < 5 {
        test.acknowledge(&delivered).await;
        let rest = test.drain("shop.ship").await;
        for body in rest {
            let list = if body.starts_with('a') { &mut a } else { &mut b };
            list.push(' ');
            list.push_str(&body);
        }
    }
    assert_eq!((&*a, &*b), ("a1 a3 a5", "b2 b4"));
}

/// Across batches: the next of a key comes when the ones before are acknowledged.
pub async fn across_batches<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3 a4 a5").await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let one = test.receive("shop.ship", 1).await;
        assert_eq!(test.take("shop.ship", 10).await, "", "the key is held by {}", bodies(&one));
        seen.push(bodies(&one));
        test.acknowledge(&one).await;
    }
    assert_eq!(seen.join(" "), "a1 a2 a3 a4 a5");
}

/// While one receiver holds a message of a key, no other gets a later one; other keys flow.
pub async fn a_held_key_is_held<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let other = test.another().await;
    test.publish("a1 a2").await;
    let held = test.receive("shop.ship", 1).await;
    test.publish("a3 b4 -5").await;
    let mut others = bodies(&receive::<F>(&*other, "shop.ship", 10).await);
    if others.starts_with('-') {
        "b4 -5".clone_into(&mut others);
    }
    assert_eq!(others, "b4 -5");
    test.acknowledge(&held).await;
    let next = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&next), "a2 a3");
}

/// The first of a key is tried again later: its key waits for it, others flow, and it comes first again.
pub async fn over_a_retry<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 b3").await;
    let delivered = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&delivered), "a1 a2 b3");
    let delay = F::TRAITS.lease / 2;
    test.transport.retry(&delivered[0].receipt, delay).await.unwrap();
    test.transport.release(&[delivered[1].receipt.clone()]).await.unwrap();
    test.acknowledge(&delivered[2..]).await;
    test.publish("a4 b5").await;
    assert_eq!(test.take("shop.ship", 10).await, "b5");
    test.pass(delay).await;
    let again = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&again), "a1 a2 a4");
    assert_eq!(again[0].receive_count, 2);
}

/// The first of a received batch is tried again, and the receiver dies with the others in hand: they come
/// again behind it.
pub async fn over_a_retry_with_followers_in_hand<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3").await;
    let delivered = test.receive("shop.ship", 10).await;
    test.transport.retry(&delivered[0].receipt, Duration::ZERO).await.unwrap();
    test.pass_lease().await;
    assert_eq!(test.drain("shop.ship").await, ["a1", "a2", "a3"]);
}

/// What was given back comes again in order.
pub async fn over_a_release<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3").await;
    let delivered = test.receive("shop.ship", 10).await;
    let backwards: Vec<_> = delivered.iter().rev().map(|one| one.receipt.clone()).collect();
    for receipt in backwards {
        test.transport.release(&[receipt]).await.unwrap();
    }
    assert_eq!(test.drain("shop.ship").await, ["a1", "a2", "a3"]);
}

/// When the lease of a batch ends, all of it comes again, in order, before anything later.
pub async fn over_a_lease_end<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3 b4").await;
    assert_eq!(test.take("shop.ship", 10).await, "a1 a2 a3 b4");
    test.publish("a5").await;
    assert_eq!(test.take("shop.ship", 10).await, "");
    test.pass_lease().await;
    let again = test.receive("shop.ship", 2).await;
    assert_eq!(bodies(&again), if F::TRAITS.mixes_keys { "a1 b4" } else { "a1 a2" });
    test.acknowledge(&again).await;
    let rest = test.drain("shop.ship").await;
    let expected: &[&str] = if F::TRAITS.mixes_keys { &["a2", "a3", "a5"] } else { &["a3", "b4", "a5"] };
    assert_eq!(rest, expected);
}

/// A part of a batch is acknowledged: the rest stays with the receiver, and comes again after its lease.
pub async fn over_a_partial_acknowledgement<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3 a4").await;
    let delivered = test.receive("shop.ship", 3).await;
    assert_eq!(bodies(&delivered), "a1 a2 a3");
    test.acknowledge(&delivered[..1]).await;
    assert_eq!(test.take("shop.ship", 10).await, "", "a2 and a3 are in hand");
    test.pass_lease().await;
    let again = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&again), "a2 a3 a4");
    assert_eq!(again.iter().map(|one| one.receive_count).collect::<Vec<_>>(), [2, 2, 1]);
}

/// Acknowledgements of one batch may come in any order: what is left comes again, nothing is stuck.
pub async fn over_acknowledgements_in_any_order<F: TransportFixture>() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let test = TestTransport::<F>::new(&["shop.ship"]).await;
        test.publish("a1 a2 a3 a4").await;
        let delivered = test.receive("shop.ship", 3).await;
        for n in order {
            test.acknowledge(&delivered[n..=n]).await;
            test.fixture.check().await;
        }
        assert_eq!(test.drain("shop.ship").await, ["a4"], "{order:?}");
    }
}

/// A queue without order gives several messages of one key at once, to several receivers.
pub async fn a_queue_without_order<F: TransportFixture>() {
    let mut unordered = queue("shop.ship", &[None]);
    unordered.ordering = Ordering::None;
    let test = TestTransport::<F>::with(vec![unordered]).await;
    test.publish("a1 a2 a3").await;
    let first = test.receive("shop.ship", 1).await;
    let second = test.receive("shop.ship", 1).await;
    assert_eq!((first.len(), second.len()), (1, 1), "a1 does not hold the others");
    test.transport.retry(&first[0].receipt, F::TRAITS.lease * 4).await.unwrap();
    test.acknowledge(&second).await;
    assert_eq!(test.drain("shop.ship").await.len(), 1, "only the delayed one waits");
    test.pass(F::TRAITS.lease * 4).await;
    assert_eq!(test.drain("shop.ship").await, [bodies(&first)]);
}

/// Messages without a key hold nobody up, also in an ordered queue.
pub async fn without_a_key<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("-1 -2 -3").await;
    let first = test.receive("shop.ship", 1).await;
    let second = test.receive("shop.ship", 1).await;
    test.transport.retry(&first[0].receipt, F::TRAITS.lease * 4).await.unwrap();
    test.acknowledge(&second).await;
    assert_eq!(test.drain("shop.ship").await.len(), 1);
}

/// One key with many messages does not keep the others from coming.
pub async fn a_busy_key_starves_nobody<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let many: Vec<String> = (0..200).map(|n| format!("a{n}")).collect();
    test.publish(&many.join(" ")).await;
    test.publish("b1 c2 -3").await;
    let mut delivered = test.receive("shop.ship", 10).await;
    if !F::TRAITS.mixes_keys {
        delivered.extend(test.receive("shop.ship", 10).await);
    }
    for rare in ["b1", "c2", "-3"] {
        assert!(delivered.iter().any(|one| &*one.body == rare), "{rare} is not in {}", bodies(&delivered));
    }
}
