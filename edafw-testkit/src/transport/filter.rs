//! Filters: a queue gets what it is bound to, and nothing else.

use edafw_core::{Destination, Message};

use super::fixture::{TOPIC, TestTransport, TransportFixture, binding, message, queue};

fn named(label: &str, name: &str) -> Message {
    Message { name: name.to_owned(), ..message(label) }
}

/// By name, by several names, everything; other topics not at all.
pub async fn by_name_and_topic<F: TransportFixture>() {
    let mut two_topics = queue("shop.two", &[Some("order.paid")]);
    two_topics.bindings.push(binding("depot.internal", None));
    let test = TestTransport::<F>::with(vec![
        queue("shop.all", &[None]),
        queue("shop.paid", &[Some("order.paid")]),
        queue("shop.some", &[Some("order.paid"), Some("order.sent")]),
        two_topics,
    ])
    .await;
    let events = ["order.paid", "order.sent", "order.paid.late", "order"];
    let sent: Vec<_> = events.iter().zip(1..).map(|(name, n)| named(&format!("-{n}"), name)).collect();
    test.send(&Destination::Topic(TOPIC.to_owned()), &sent).await;
    test.send(&Destination::Topic("depot.internal".to_owned()), &[named("-5", "order.sent")]).await;
    let drained = async |queue: &str| {
        let mut bodies = test.drain(queue).await;
        bodies.sort();
        bodies.join(" ")
    };
    assert_eq!(drained("shop.all").await, "-1 -2 -3 -4");
    assert_eq!(drained("shop.paid").await, "-1");
    assert_eq!(drained("shop.some").await, "-1 -2");
    assert_eq!(drained("shop.two").await, "-1 -5");
}

/// A key whose first event of a batch is filtered out is delivered all the same.
pub async fn the_first_of_a_key_is_filtered_out<F: TransportFixture>() {
    let test =
        TestTransport::<F>::with(vec![queue("shop.all", &[None]), queue("shop.sent", &[Some("order.sent")])])
            .await;
    let batch = [
        named("a1", "order.paid"),
        named("a2", "order.sent"),
        named("a3", "order.paid"),
        named("a4", "order.sent"),
        named("b5", "order.sent"),
    ];
    test.send(&Destination::Topic(TOPIC.to_owned()), &batch).await;
    assert_eq!(test.take("shop.sent", 10).await, "a2 a4 b5");
    assert_eq!(test.drain("shop.all").await, ["a1", "a2", "a3", "a4", "b5"]);
}

/// A queue that is bound to an event by its name and by "everything" gets it once.
pub async fn bound_twice_received_once<F: TransportFixture>() {
    let test =
        TestTransport::<F>::with(vec![queue("shop.ship", &[None, Some("order.paid"), Some("order.sent")])])
            .await;
    test.send(
        &Destination::Topic(TOPIC.to_owned()),
        &[named("a1", "order.paid"), named("a2", "order.sent"), named("-3", "order.paid")],
    )
    .await;
    assert_eq!(test.drain("shop.ship").await, ["a1", "a2", "-3"]);
}

/// Names are compared exactly: a star is no pattern, and case counts.
pub async fn names_are_compared_exactly<F: TransportFixture>() {
    let test = TestTransport::<F>::with(vec![queue("shop.ship", &[Some("order.paid")])]).await;
    let batch = ["order.pai", "order.paid-", "ORDER.PAID", "order_paid", "order.%", "order.paid"];
    let batch: Vec<_> = batch.iter().zip(1..).map(|(name, n)| named(&format!("-{n}"), name)).collect();
    test.send(&Destination::Topic(TOPIC.to_owned()), &batch).await;
    assert_eq!(test.drain("shop.ship").await, ["-6"]);
}
