//! External events: what a contract takes over from its domain event, and what it may choose.

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
    tx.set_trace_parent(trace);
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
