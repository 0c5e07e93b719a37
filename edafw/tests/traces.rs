//! Correlation, causation and trace context, from an act through all layers to the last thing that it caused.

use std::sync::atomic::{AtomicBool, Ordering};

use edafw::testing::Harness;
use edafw::{
    App, Envelope, ErrorKind, Failed, Failure, Sqlite, StoredEvent, Tx, domain_event, external_event,
    subscriber,
};
use uuid::Uuid;

edafw::service!("mill");

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const STATE: &str = "rojo=00f067aa0ba902b7";

#[domain_event(name = "grain.delivered", key = load)]
struct Delivered {
    load: i64,
}

#[domain_event(name = "grain.weighed", key = load)]
struct Weighed {
    load: i64,
}

#[domain_event(name = "grain.checked", key = load)]
struct Checked {
    load: i64,
}

#[domain_event(name = "grain.announced", key = load)]
struct Announced {
    load: i64,
}

#[domain_event(name = "grain.ground", key = load)]
struct Ground {
    load: i64,
}

#[domain_event(name = "grain.stored", key = load)]
struct Stored {
    load: i64,
}

#[domain_event(name = "grain.spoiled", key = load)]
struct Spoiled {
    load: i64,
}

#[external_event(name = "grain.arrived", version = 1, of = Delivered, zero_payload)]
struct ArrivedV1 {
    load: i64,
}

#[domain_event(name = "bread.baked", key = load)]
struct Baked {
    load: i64,
}

impl From<Failed<'_, Ground>> for Spoiled {
    fn from(failed: Failed<'_, Ground>) -> Self {
        Self { load: failed.envelope.data.load }
    }
}

#[subscriber(layer = application, phase = in_transaction)]
async fn weigh(event: &Delivered, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    tx.publish(Weighed { load: event.load }).await?;
    Ok(())
}

#[subscriber(layer = application, phase = before_commit)]
async fn check(event: &Weighed, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    tx.publish(Checked { load: event.load }).await?;
    Ok(())
}

/// Begins a transaction of its own.
#[subscriber(layer = application, phase = after_commit)]
async fn announce(event: &Delivered, app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    tx.publish(Announced { load: event.load }).await?;
    tx.commit().await?;
    Ok(())
}

static JAMMED: AtomicBool = AtomicBool::new(true);

/// Fails once, and becomes a dead letter.
#[subscriber(layer = internal, retry(max_attempts = 1))]
async fn grind(event: &Delivered, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    if JAMMED.swap(false, Ordering::Relaxed) {
        return Err("jammed".into());
    }
    tx.publish(Ground { load: event.load }).await?;
    Ok(())
}

/// Takes the application, as handlers that call out do, and fails once: the second attempt publishes.
#[subscriber(layer = internal, retry(max_attempts = 3))]
async fn store(event: &Delivered, app: App<Sqlite>, delivery: edafw::Delivery) -> Result<(), Failure> {
    if delivery.attempt == 1 {
        return Err("no room".into());
    }
    let mut tx = app.begin().await?;
    tx.publish(Stored { load: event.load }).await?;
    tx.commit().await?;
    Ok(())
}

#[subscriber(layer = internal, retry(max_attempts = 1), on_failure = publish(Spoiled))]
async fn sieve(_: &Ground) -> Result<(), Failure> {
    Err("torn".into())
}

/// The third layer; the contract is the mill's own.
#[subscriber(layer = external)]
async fn bake(event: &Envelope<ArrivedV1>, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    tx.publish(Baked { load: event.data.load }).await?;
    Ok(())
}

/// The event of a name; there is one.
fn named<'a>(events: &'a [StoredEvent], name: &str) -> &'a StoredEvent {
    let mut found = events.iter().filter(|event| event.envelope.name == name);
    let event = found.next().unwrap_or_else(|| panic!("no {name}"));
    assert!(found.next().is_none(), "{name} was published twice");
    event
}

#[tokio::test]
async fn an_act_is_followed_through_all_layers() {
    let harness = Harness::start(App::<Sqlite>::builder("mill")).await.unwrap();
    let flow: Uuid = "018f4e6a-7c00-7000-8000-0000000000cc".parse().unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    tx.set_correlation_id(flow);
    tx.set_trace_parent(PARENT).unwrap();
    tx.set_trace_state(STATE).unwrap();
    tx.publish(Delivered { load: 7 }).await.unwrap();
    tx.commit().await.unwrap();
    let report = harness.run_until_idle().await.unwrap();
    assert_eq!(report.deliveries["store"].retries, 1);
    let [dead] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
    assert_eq!(&*dead.letter.entry.subscriber, "grind");
    harness.app().worker().unwrap().retry_dead_letter(dead.id).await.unwrap();
    harness.run_until_idle().await.unwrap();

    let events = harness.events().await.unwrap();
    for (name, cause) in [
        ("grain.weighed", "grain.delivered"),
        ("grain.checked", "grain.weighed"),
        ("grain.announced", "grain.delivered"),
        ("grain.ground", "grain.delivered"),
        ("grain.stored", "grain.delivered"),
        ("grain.spoiled", "grain.ground"),
        ("grain.arrived", "grain.delivered"),
        ("bread.baked", "grain.arrived"),
    ] {
        let cause = named(&events, cause).envelope.id;
        assert_eq!(named(&events, name).envelope.causation_id, Some(cause), "{name}");
    }
    assert_eq!(named(&events, "grain.delivered").envelope.causation_id, None);
    assert_eq!(events.len(), 9);
    for event in &events {
        let envelope = &event.envelope;
        assert_eq!(envelope.correlation_id, flow, "{}", envelope.name);
        assert_eq!(envelope.trace_parent.as_deref(), Some(PARENT), "{}", envelope.name);
        assert_eq!(envelope.trace_state.as_deref(), Some(STATE), "{}", envelope.name);
    }
}

#[tokio::test]
async fn what_one_transaction_publishes_is_of_one_flow() {
    let harness = Harness::start(App::<Sqlite>::builder("mill")).await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Baked { load: 1 }).await.unwrap();
    tx.publish(Baked { load: 2 }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Baked { load: 3 }).await.unwrap();
    tx.commit().await.unwrap();
    let events = harness.events().await.unwrap();
    let flows: Vec<Uuid> = events.iter().map(|event| event.envelope.correlation_id).collect();
    assert_eq!(flows[..2], [events[0].envelope.id; 2]);
    assert_eq!(flows[2], events[2].envelope.id, "another act");
    assert!(events.iter().all(|event| event.envelope.causation_id.is_none()));
}

#[tokio::test]
async fn a_trace_context_that_is_none_is_refused_and_changes_nothing() {
    let harness = Harness::start(App::<Sqlite>::builder("mill")).await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    tx.set_trace_parent(PARENT).unwrap();
    tx.set_trace_state(STATE).unwrap();
    let refusal = tx.set_trace_parent("00-0af7651916cd43dd8448eb211c80319c").unwrap_err();
    assert!(refusal.to_string().contains("its parent id is not 16"), "{refusal}");
    assert_eq!(edafw::Error::from(refusal).kind(), ErrorKind::Payload);
    tx.set_trace_state("rojo").unwrap_err();
    tx.publish(Baked { load: 1 }).await.unwrap();
    // Another parent, and the state belonged to the first.
    tx.set_trace_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap();
    tx.publish(Baked { load: 2 }).await.unwrap();
    tx.commit().await.unwrap();
    let events = harness.events().await.unwrap();
    assert_eq!(events[0].envelope.trace_parent.as_deref(), Some(PARENT));
    assert_eq!(events[0].envelope.trace_state.as_deref(), Some(STATE));
    assert_eq!(events[1].envelope.trace_state, None);
}
