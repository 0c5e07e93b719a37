//! Delivering: everything, once, as it was sent, until it is acknowledged.

use std::collections::HashSet;
use std::time::Duration;

use edafw_core::{Destination, ErrorKind, Message};

use super::fixture::{TestTransport, TransportFixture, bodies, message, messages, receive};
use crate::{key_of_every_kind, text_of_every_kind};

/// What is published is received, once, and gone when acknowledged.
pub async fn published_is_received_once<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 -2").await;
    let delivered = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&delivered), "a1 -2");
    for one in &delivered {
        assert_eq!((one.receive_count, &*one.receipt.queue), (1, "shop.ship"));
    }
    assert_eq!(delivered[0].receipt.lane.as_deref(), F::TRAITS.orders.then_some("a"));
    assert_eq!(delivered[1].receipt.lane, None);
    assert_eq!(test.take("shop.ship", 10).await, "", "leased");
    test.acknowledge(&delivered).await;
    test.pass_lease().await;
    assert_eq!(test.take("shop.ship", 10).await, "", "gone");
}

/// Every queue of a topic gets every message, and none is affected by the others. Keys are in no order among each other.
pub async fn every_queue_gets_its_own<F: TransportFixture>() {
    let queues = ["shop.bill", "shop.pack", "shop.ship"];
    let test = TestTransport::<F>::new(&queues).await;
    test.publish("a1 b2 a3").await;
    let held = test.receive("shop.bill", 1).await;
    assert_eq!(bodies(&held), "a1");
    let by_key = async |queue| {
        let mut drained = test.drain(queue).await;
        drained.sort_by_key(|body| body.chars().next());
        drained
    };
    assert_eq!(by_key("shop.pack").await, ["a1", "a3", "b2"]);
    assert_eq!(by_key("shop.ship").await, ["a1", "a3", "b2"]);
    test.acknowledge(&held).await;
    assert_eq!(by_key("shop.bill").await, ["a3", "b2"]);
}

/// A message can be sent to one queue alone, whatever it is bound to; with the same order by key.
pub async fn to_one_queue_alone<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.bill", "shop.ship"]).await;
    let mut other = messages("a1 a2 b3");
    "order.unknown".clone_into(&mut other[2].name);
    test.send(&Destination::Queue("shop.ship".to_owned()), &other).await;
    assert_eq!(test.take("shop.bill", 10).await, "");
    assert_eq!(test.drain("shop.ship").await, ["a1", "a2", "b3"]);
}

/// A message to a queue that does not exist is not accepted.
pub async fn to_a_missing_queue_is_refused<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let refused =
        match test.transport.publish(&Destination::Queue("shop.gone".to_owned()), &messages("a1 a2")).await {
            Ok(results) => results.len() == 2 && results.iter().all(Result::is_err),
            Err(_) => true,
        };
    assert!(refused, "accepted means delivered");
}

/// Receiving from a queue that does not exist is an error, not an empty queue for ever.
pub async fn from_a_missing_queue_is_an_error<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let received = test.transport.receive("shop.gone", 10, F::TRAITS.lease, Duration::ZERO).await;
    let error = received.expect_err("there is no such queue");
    if F::TRAITS.knows_its_queues {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.chain());
    }
}

/// A topic that nobody is bound to takes messages: a publisher knows no subscriber.
pub async fn to_a_topic_without_queues<F: TransportFixture>() {
    let test =
        TestTransport::<F>::with(vec![super::fixture::queue("shop.ship", &[Some("order.sent")])]).await;
    test.publish("a1 a2").await;
    assert_eq!(test.take("shop.ship", 10).await, "");
}

/// No messages, no trouble.
pub async fn nothing_at_all<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("").await;
    assert_eq!(test.take("shop.ship", 10).await, "");
    assert!(test.transport.acknowledge(&[]).await.unwrap().is_empty());
    test.transport.release(&[]).await.unwrap();
    if let Some(extend) = test.transport.extend_lease() {
        assert!(extend.extend(&[], F::TRAITS.lease).await.unwrap().is_empty());
    }
}

/// Bodies arrive byte by byte as they were sent, whatever is in them.
pub async fn bodies_survive<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let texts: Vec<String> = text_of_every_kind()
        .iter()
        .map(|text| serde_json::json!({ "text": text }).to_string())
        .chain(text_of_every_kind().into_iter().filter(|text| text.chars().any(|c| c > '~')))
        .filter(|text| F::TRAITS.takes_control_characters || !text.chars().any(|c| c < ' '))
        .collect();
    let sent: Vec<Message> =
        texts.iter().map(|body| Message { body: body.clone(), ..message("a1") }).collect();
    test.publish("a0").await;
    test.send(&Destination::Topic(super::fixture::TOPIC.to_owned()), &sent).await;
    let received = test.drain("shop.ship").await;
    assert_eq!(received[1..], texts);
}

/// Keys are compared exactly, whatever is in them: each is a lane of its own, named by the key.
pub async fn keys_survive<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let keys: Vec<String> = key_of_every_kind().into_iter().filter(|key| !key.is_empty()).collect();
    let sent: Vec<Message> = keys
        .iter()
        .zip(1000..)
        .flat_map(|(key, n)| {
            [n, n + 1000].map(|n| Message { key: Some(key.clone()), ..message(&format!("k{n}")) })
        })
        .collect();
    test.send(&Destination::Topic(super::fixture::TOPIC.to_owned()), &sent).await;
    let mut lanes = HashSet::new();
    for _ in &keys {
        let one = test.receive("shop.ship", 1).await;
        let lane = one[0].receipt.lane.clone().expect("the message has a key");
        assert!(keys.iter().any(|key| **key == *lane), "{lane}");
        assert!(lanes.insert(lane), "a lane that is held came again");
    }
    assert_eq!(test.take("shop.ship", 1).await, "", "every lane is held");
}

/// Batches as large as the limits say.
pub async fn large_batches<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let limits = test.transport.limits();
    let keys = ["a", "b", "c", "d", "e", "f", "g"];
    let sent: Vec<Message> =
        (0..2 * limits.batch.min(500)).map(|n| message(&format!("{}{n}", keys[n % 7]))).collect();
    test.send(&Destination::Topic(super::fixture::TOPIC.to_owned()), &sent).await;
    let mut received = Vec::new();
    loop {
        let delivered = test.receive("shop.ship", limits.receive).await;
        if delivered.is_empty() {
            break;
        }
        test.acknowledge(&delivered).await;
        received.extend(delivered.iter().map(|one| one.body.to_string()));
    }
    for key in keys {
        let of = |bodies: &mut dyn Iterator<Item = String>| {
            bodies.filter(|body| body.starts_with(key)).collect::<Vec<_>>()
        };
        assert_eq!(of(&mut received.iter().cloned()), of(&mut sent.iter().map(|one| one.body.clone())));
    }
    assert_eq!(received.len(), sent.len(), "none twice");
}

/// Receivers at the same time get different messages, and together all of them.
pub async fn receivers_share<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let other = test.another().await;
    let sent: Vec<Message> =
        (0..60).map(|n| message(&format!("{}{n}", ["a", "b", "-", "c"][n % 4]))).collect();
    test.send(&Destination::Topic(super::fixture::TOPIC.to_owned()), &sent).await;
    let mut seen = Vec::new();
    loop {
        let (first, second) =
            tokio::join!(test.receive("shop.ship", 7), receive::<F>(&*other, "shop.ship", 5));
        if first.is_empty() && second.is_empty() {
            break;
        }
        for one in &first {
            let shared = second.iter().any(|another| {
                one.body == another.body
                    || one.receipt.lane.is_some() && one.receipt.lane == another.receipt.lane
            });
            assert!(!shared, "one lane at two receivers: {} and {}", bodies(&first), bodies(&second));
        }
        seen.extend(first.iter().chain(&second).map(|one| one.body.to_string()));
        test.acknowledge(&first).await;
        test.acknowledge(&second).await;
    }
    assert_eq!(seen.len(), sent.len(), "each once: {seen:?}");
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), sent.len());
}

/// A receive that is dropped strands messages for a lease at most.
pub async fn a_dropped_receive_strands_nothing<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 -3").await;
    // Each round takes a lease, which is waited for where time cannot be turned.
    let rounds: &[usize] =
        if F::TRAITS.has_its_own_time() { &[1, 3, 9] } else { &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
    for &polls in rounds {
        let mut receiving = test.transport.receive("shop.ship", 10, F::TRAITS.lease, F::TRAITS.wait);
        for _ in 0..polls {
            if crate::wait::poll_once(&mut receiving).await.is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(receiving);
        test.pass_lease().await;
    }
    let mut drained = test.drain("shop.ship").await;
    drained.sort();
    assert_eq!(drained, ["-3", "a1", "a2"]);
}

/// The depth counts what is there: waiting, leased and delayed.
pub async fn depth_counts_everything<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.bill", "shop.ship"]).await;
    let Some(depth) = test.transport.queue_depth() else { return };
    assert_eq!(depth.depth("shop.ship").await.unwrap(), 0);
    test.publish("a1 a2 b3 -4").await;
    let held = test.receive("shop.ship", 3).await;
    test.transport.retry(&held[0].receipt, Duration::from_mins(1)).await.unwrap();
    assert_eq!(depth.depth("shop.ship").await.unwrap(), 4);
    assert_eq!(depth.depth("shop.bill").await.unwrap(), 4);
    test.acknowledge(&held[2..]).await;
    assert_eq!(depth.depth("shop.ship").await.unwrap(), 3);
}

/// Two handles of one place are the same place.
pub async fn two_handles_share_one_place<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let other = test.another().await;
    assert_eq!(other.identity(), test.transport.identity());
    assert_eq!((other.name(), other.limits()), (test.transport.name(), test.transport.limits()));
    test.publish("a1 a2").await;
    let held = receive::<F>(&*other, "shop.ship", 1).await;
    assert_eq!(bodies(&held), "a1");
    assert_eq!(test.take("shop.ship", 10).await, "");
    test.acknowledge(&held).await;
    let mut next = receive::<F>(&*other, "shop.ship", 10).await;
    if next.is_empty() {
        test.pass_lease().await;
        next = receive::<F>(&*other, "shop.ship", 10).await;
    }
    assert_eq!(bodies(&next), "a2");
}
