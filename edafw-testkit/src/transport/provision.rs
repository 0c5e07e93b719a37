//! Provisioning: what is declared, what is there, and making the one the other.

use edafw_core::{Binding, Destination, Drift, Ordering, Provision, Queue};

use super::fixture::{
    TOPIC, TestTransport, TransportFixture, binding, bodies, messages, queue, receipts, topology,
};

fn power<F: TransportFixture>(test: &TestTransport<F>) -> &dyn Provision {
    test.transport.provision().expect("the suite needs a transport that can provision")
}

async fn apply<F: TransportFixture>(test: &TestTransport<F>, queues: Vec<Queue>) -> Vec<Drift> {
    let declared = topology(queues);
    let planned = power(test).plan(&declared).await.unwrap();
    let applied = power(test).apply(&declared).await.unwrap();
    assert_eq!(applied, planned, "apply does what plan said");
    let left: Vec<_> = power(test)
        .plan(&declared)
        .await
        .unwrap()
        .into_iter()
        .filter(|drift| !matches!(drift, Drift::UndeclaredQueue { .. }))
        .collect();
    assert_eq!(left, [], "after apply nothing differs");
    applied
}

fn missing(queue: &str, binding: Binding) -> Drift {
    Drift::MissingBinding { queue: queue.to_owned(), binding }
}

/// A plan shows everything and changes nothing; apply makes it so; applying again does nothing.
pub async fn plan_apply_and_nothing_left<F: TransportFixture>() {
    let test = TestTransport::<F>::with(vec![]).await;
    let queues =
        || vec![queue("shop.bill", &[Some("order.paid"), Some("order.sent")]), queue("shop.ship", &[None])];
    let expected = [
        Drift::MissingQueue { queue: "shop.bill".to_owned() },
        missing("shop.bill", binding(TOPIC, Some("order.paid"))),
        missing("shop.bill", binding(TOPIC, Some("order.sent"))),
        Drift::MissingQueue { queue: "shop.ship".to_owned() },
        missing("shop.ship", binding(TOPIC, None)),
    ];
    for _ in 0..2 {
        assert_eq!(power(&test).plan(&topology(queues())).await.unwrap(), expected);
    }
    assert_eq!(apply(&test, queues()).await, expected);
    assert_eq!(apply(&test, queues()).await, []);
    test.publish("a1").await;
    assert_eq!(test.drain("shop.bill").await, ["a1"]);
    assert_eq!(test.drain("shop.ship").await, ["a1"]);
}

/// Two processes that start at once and apply the same topology make one of it.
pub async fn two_processes_apply_at_once<F: TransportFixture>() {
    let test = TestTransport::<F>::with(vec![]).await;
    let other = test.another().await;
    let declared = topology(vec![queue("shop.ship", &[None])]);
    let (first, second) = tokio::join!(
        power(&test).apply(&declared),
        other.provision().expect("as the first").apply(&declared)
    );
    first.unwrap();
    second.unwrap();
    test.publish("a1").await;
    assert_eq!(test.drain("shop.ship").await, ["a1"]);
}

/// A changed filter is drift, in both directions; messages that are there stay.
pub async fn a_changed_filter<F: TransportFixture>() {
    let test = TestTransport::<F>::with(vec![queue("shop.ship", &[Some("order.paid")])]).await;
    test.publish("-1").await;
    let drift = apply(&test, vec![queue("shop.ship", &[Some("order.sent")])]).await;
    let extra =
        Drift::ExtraBinding { queue: "shop.ship".to_owned(), binding: binding(TOPIC, Some("order.paid")) };
    assert_eq!(drift, [missing("shop.ship", binding(TOPIC, Some("order.sent"))), extra]);
    let mut later = messages("-2 -3");
    "order.sent".clone_into(&mut later[1].name);
    test.send(&Destination::Topic(TOPIC.to_owned()), &later).await;
    assert_eq!(test.drain("shop.ship").await, ["-1", "-3"]);
}

/// A binding that is declared twice is one binding.
pub async fn a_binding_declared_twice<F: TransportFixture>() {
    let test = TestTransport::<F>::with(vec![]).await;
    apply(&test, vec![queue("shop.ship", &[Some("order.paid"), Some("order.paid")])]).await;
    test.publish("a1").await;
    assert_eq!(test.drain("shop.ship").await, ["a1"]);
}

/// A queue that is renamed keeps its messages, also the ones in hand, and their order.
pub async fn a_renamed_queue_keeps_its_messages<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3 b4").await;
    let held = test.receive("shop.ship", 2).await;
    assert_eq!(bodies(&held), if F::TRAITS.mixes_keys { "a1 b4" } else { "a1 a2" });
    let renamed = Queue {
        formerly: vec!["shop.send".to_owned(), "shop.ship".to_owned()],
        ..queue("shop.deliver", &[None])
    };
    let drift = apply(&test, vec![renamed.clone()]).await;
    assert_eq!(drift, [Drift::RenamedQueue { from: "shop.ship".to_owned(), to: "shop.deliver".to_owned() }]);
    assert_eq!(apply(&test, vec![renamed]).await, []);
    test.publish("a5").await;
    test.acknowledge(&held).await;
    test.fixture.check().await;
    let rest: &[&str] = if F::TRAITS.mixes_keys { &["a2", "a3", "a5"] } else { &["a3", "b4", "a5"] };
    assert_eq!(test.drain("shop.deliver").await, rest);
}

/// A queue that nobody declares any more is reported with its messages, and kept.
pub async fn an_undeclared_queue_is_kept<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.bill", "shop.ship"]).await;
    test.publish("a1 a2").await;
    let drift = apply(&test, vec![queue("shop.bill", &[None])]).await;
    assert_eq!(drift, [Drift::UndeclaredQueue { queue: "shop.ship".to_owned(), messages: 2 }]);
    assert_eq!(test.drain("shop.ship").await, ["a1", "a2"]);
}

/// The queues of one service are none of another's business.
pub async fn other_services_are_left_alone<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let mut depot = topology(vec![queue("depot.stock", &[None])]);
    "depot".clone_into(&mut depot.service);
    power(&test).apply(&depot).await.unwrap();
    assert_eq!(power(&test).plan(&depot).await.unwrap(), []);
    assert_eq!(power(&test).plan(&topology(vec![queue("shop.ship", &[None])])).await.unwrap(), []);
    test.publish("a1").await;
    assert_eq!(test.drain("depot.stock").await, ["a1"]);
    assert_eq!(test.drain("shop.ship").await, ["a1"]);
}

/// Turning order off keeps every message deliverable, whatever state its lane was in; and so does turning it
/// on again.
pub async fn a_changed_order_keeps_messages<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3 b4 b5 -6").await;
    let held = test.receive("shop.ship", 2).await;
    test.transport.retry(&held[1].receipt, F::TRAITS.lease / 2).await.unwrap();
    let unordered = Queue { ordering: Ordering::None, ..queue("shop.ship", &[None]) };
    let drift = apply(&test, vec![unordered]).await;
    let differs = |declared| Drift::OrderingDiffers { queue: "shop.ship".to_owned(), declared };
    assert_eq!(drift, [differs(Ordering::None)]);
    test.fixture.check().await;
    test.publish("a7").await;
    test.acknowledge(&held[..1]).await;
    let one = test.receive("shop.ship", 1).await;
    let drift = apply(&test, vec![queue("shop.ship", &[None])]).await;
    assert_eq!(drift, [differs(Ordering::Key)]);
    test.fixture.check().await;
    test.publish("a8 a9").await;
    test.transport.release(&receipts(&one)).await.unwrap();
    test.pass_lease().await;
    let mut drained = test.drain("shop.ship").await;
    let place = |label: &str| drained.iter().position(|body| body == label).expect("it came");
    assert!(place("a8") < place("a9"), "{drained:?}");
    drained.sort();
    let mut expected = vec!["-6", "a1", "a2", "a3", "a7", "a8", "a9", "b4", "b5"];
    expected.retain(|label| **label != *held[0].body);
    expected.sort_unstable();
    assert_eq!(drained, expected);
}
