//! External events: what a contract takes over from its domain event, and what it may choose.

use std::sync::atomic::{AtomicBool, Ordering};

use edafw::testing::Harness;
use edafw::{App, Channel, Sqlite, domain_event, external_event};
use uuid::Uuid;

edafw::service!("map");

#[domain_event(name = "map.moved", key = person)]
struct Moved {
    person: i64,
    town: String,
}

#[external_event(name = "map.moved", version = 1, of = Moved, zero_payload)]
struct MovedV1 {
    person: i64,
}

#[external_event(name = "map.town-changed", version = 1, of = Moved, key = town)]
struct TownChangedV1 {
    town: String,
}

impl From<&Moved> for TownChangedV1 {
    fn from(moved: &Moved) -> Self {
        Self { town: moved.town.clone() }
    }
}

#[tokio::test]
async fn a_contract_keeps_key_time_and_flow_unless_it_names_a_key() {
    let harness = Harness::start(App::<Sqlite>::builder("map")).await.unwrap();
    let flow: Uuid = "018f4e6a-7c00-7000-8000-0000000000cc".parse().unwrap();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut tx = harness.app().begin().await.unwrap();
    tx.set_correlation_id(flow);
    tx.set_trace_parent(trace).unwrap();
    tx.publish(Moved { person: 7, town: "Ghent".into() }).await.unwrap();
    tx.commit().await.unwrap();
    harness.run_until_idle().await.unwrap();

    let events = harness.events().await.unwrap();
    let domain = events.iter().find(|event| event.channel == Channel::Internal).unwrap();
    let mut keys = Vec::new();
    for event in events.iter().filter(|event| event.channel == Channel::External) {
        assert_eq!(event.envelope.correlation_id, flow);
        assert_eq!(event.envelope.causation_id, Some(domain.envelope.id));
        assert_eq!(event.envelope.trace_parent.as_deref(), Some(trace));
        assert_eq!(event.envelope.time, domain.envelope.time);
        keys.push((event.envelope.name.as_str(), event.envelope.key.as_deref()));
    }
    keys.sort_unstable();
    assert_eq!(keys, [("map.moved", Some("7")), ("map.town-changed", Some("Ghent"))]);
}

#[domain_event(name = "map.arrived", key = person)]
struct Arrived {
    person: i64,
}

#[external_event(name = "map.arrived", version = 1, of = Arrived)]
struct ArrivedV1 {
    person: i64,
}

/// Whether the contract could not be made of the event yet.
static STUMBLED: AtomicBool = AtomicBool::new(false);

impl From<&Arrived> for ArrivedV1 {
    fn from(arrived: &Arrived) -> Self {
        assert!(STUMBLED.swap(true, Ordering::SeqCst), "stumbles over the first one");
        Self { person: arrived.person }
    }
}

#[domain_event(name = "map.departed", key = person)]
struct Departed {
    person: i64,
}

#[external_event(name = "map.departed", version = 1, of = Departed, zero_payload)]
struct DepartedV1 {
    person: i64,
}

#[tokio::test]
async fn events_of_one_key_keep_their_order_under_different_contracts() {
    let harness = Harness::start(App::<Sqlite>::builder("map")).await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Arrived { person: 7 }).await.unwrap();
    tx.publish(Departed { person: 7 }).await.unwrap();
    tx.commit().await.unwrap();
    let report = harness.run_until_idle().await.unwrap();

    assert_eq!(report.deliveries["edafw-external.map.arrived.v1"].retries, 1);
    let events = harness.events().await.unwrap();
    let external = events.iter().filter(|event| event.channel == Channel::External);
    let names: Vec<&str> = external.map(|event| event.envelope.name.as_str()).collect();
    assert_eq!(names, ["map.arrived", "map.departed"]);
}
