//! Waiting receivers are woken by what comes, not by a timer.

use std::time::Duration;

use edafw_core::{Delivered, Destination, Transport};

use super::fixture::{TOPIC, TestTransport, TransportFixture, bodies, messages, receipts};
use crate::in_time;

/// Longer than the test may take: who waits for this long was not woken.
const FOREVER: Duration = Duration::from_hours(24);

async fn woken<F: TransportFixture>(transport: &dyn Transport, what: &str) -> Vec<Delivered> {
    in_time(what, async {
        loop {
            let delivered = transport.receive("shop.ship", 10, F::TRAITS.lease, FOREVER).await.unwrap();
            if !delivered.is_empty() {
                break delivered;
            }
        }
    })
    .await
}

/// An empty queue answers empty after the wait: at once where there is none.
pub async fn an_empty_queue_is_empty<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    for wait in [Duration::ZERO, Duration::from_millis(1)] {
        let received = test.transport.receive("shop.ship", 10, F::TRAITS.lease, wait);
        assert!(in_time("a receive of an empty queue", received).await.unwrap().is_empty());
    }
}

/// A publish wakes a waiting receiver.
pub async fn by_a_publish<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    assert_eq!(test.take("shop.ship", 10).await, "");
    let (received, ()) = tokio::join!(woken::<F>(&*test.transport, "a publish"), test.publish("a1"));
    assert_eq!(bodies(&received), "a1");
}

/// A publish through another handle wakes a waiting receiver.
pub async fn by_a_publish_of_another_handle<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let other = test.another().await;
    assert_eq!(test.take("shop.ship", 10).await, "");
    let publish = async {
        other.publish(&Destination::Topic(TOPIC.to_owned()), &messages("a1")).await.unwrap();
    };
    let (received, ()) = tokio::join!(woken::<F>(&*test.transport, "a publish elsewhere"), publish);
    assert_eq!(bodies(&received), "a1");
}

/// What is given back wakes a waiting receiver.
pub async fn by_a_release<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1").await;
    let held = receipts(&test.receive("shop.ship", 10).await);
    assert_eq!(test.take("shop.ship", 10).await, "");
    let release = async { test.transport.release(&held).await.unwrap() };
    let (received, ()) = tokio::join!(woken::<F>(&*test.transport, "a release"), release);
    assert_eq!(bodies(&received), "a1");
}

/// What is there already is not waited for, by any of several receivers.
pub async fn what_is_there_is_not_waited_for<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 b2 c3").await;
    for _ in 0..3 {
        let received = test.transport.receive("shop.ship", 1, F::TRAITS.lease, FOREVER);
        assert_eq!(in_time("a receive with a message there", received).await.unwrap().len(), 1);
    }
}
