//! From the event store to the queues and back: relay, recorder, republisher, reconciliation.

mod support;

use std::sync::Arc;
use std::time::Duration;

use edafw::testing::Harness;
use edafw::{
    App, AppBuilder, Backend, Channel, Confirmation, Drift, ErrorKind, EventState, EventStore, Failure,
    ManualClock, Sqlite, StoreOptions, Tx, domain_event, external_event, subscriber,
};
use support::FaultyTransport;

edafw::service!("post");

#[domain_event(name = "post.sent", key = street)]
struct Sent {
    street: String,
    number: i64,
}

#[external_event(name = "post.sent", version = 1, of = Sent, zero_payload)]
struct SentV1 {
    street: String,
}

#[subscriber(layer = internal)]
async fn deliver(event: &Sent, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query("insert into letter (street, number) values (?1, ?2)")
        .bind(&event.street)
        .bind(event.number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A post office whose transport can be made to fail. The queues are in a database of their own, as they
/// would be with a broker.
struct Post {
    harness: Harness<Sqlite>,
    transport: Arc<FaultyTransport>,
}

const RECORDER: &str = "post.edafw-recorder";

impl Post {
    async fn open() -> Self {
        // The queues need the clock before the harness makes its own: both start at the same moment.
        let clock = Arc::new(ManualClock::default());
        let options = StoreOptions { clock: clock.clone(), ..StoreOptions::default() };
        let queues = Sqlite::connect("sqlite::memory:", options).await.unwrap();
        queues.migrate().await.unwrap();
        let transport = FaultyTransport::around(Sqlite::embedded_transport(&queues));
        let builder: AppBuilder<Sqlite> = App::builder("post").transport(transport.clone());
        let harness = Harness::start_with_clock(builder, clock).await.unwrap();
        create_letters(&harness).await;
        Self { harness, transport }
    }

    async fn publish(&self, street: &str, numbers: impl IntoIterator<Item = i64>) {
        for number in numbers {
            publish(&self.harness, street, number).await;
        }
    }

    async fn letters(&self, street: &str) -> Vec<i64> {
        let mut tx = self.harness.app().begin().await.unwrap();
        let letters = sqlx::query_scalar("select number from letter where street = ?1 order by id")
            .bind(street)
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        tx.rollback().await;
        letters
    }

    async fn states(&self) -> Vec<EventState> {
        states(&self.harness).await
    }

    /// One look of the republisher.
    async fn republish(&self) -> usize {
        self.harness.republish().await.unwrap().events
    }

    fn advance(&self, minutes: u64) {
        self.harness.clock().advance(Duration::from_mins(minutes));
    }
}

async fn create_letters(harness: &Harness<Sqlite>) {
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("create table letter (id integer primary key, street text, number integer)")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Somebody removes what the recorder's queue is bound to.
async fn unbind_recorder(app: &App<Sqlite>) {
    let mut without = app.topology(Channel::Internal);
    without.queues.iter_mut().filter(|queue| queue.name == RECORDER).for_each(|queue| queue.bindings.clear());
    app.transport(Channel::Internal).provision().unwrap().apply(&without).await.unwrap();
}

async fn publish(harness: &Harness<Sqlite>, street: &str, number: i64) {
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Sent { street: street.to_owned(), number }).await.unwrap();
    tx.commit().await.unwrap();
}

async fn states(harness: &Harness<Sqlite>) -> Vec<EventState> {
    harness.events().await.unwrap().into_iter().map(|event| event.state).collect()
}

#[tokio::test]
async fn an_event_is_stored_then_sent_then_published() {
    let post = Post::open().await;
    post.transport.set(|switches| switches.away = true);
    post.publish("a", [1]).await;
    assert_eq!(post.states().await, [EventState::Stored]);
    post.harness.run().await.unwrap_err();
    assert_eq!(post.states().await, [EventState::Stored]);
    post.transport.set(|switches| {
        switches.away = false;
        switches.held_queues.insert(RECORDER.to_owned());
    });
    post.harness.run().await.unwrap();
    assert_eq!(post.states().await, [EventState::Sent; 2], "the domain event and its contract");
    assert_eq!(post.letters("a").await, [1], "subscribers do not wait for the recorder");
    post.transport.set(|switches| switches.held_queues.clear());
    post.harness.run().await.unwrap();
    assert_eq!(post.states().await, [EventState::Published; 2]);
}

#[tokio::test]
async fn a_broker_that_is_away_stops_no_publisher_and_the_backlog_drains_in_order() {
    let post = Post::open().await;
    post.transport.set(|switches| switches.away = true);
    for hour in 0..10 {
        post.publish("a", hour * 10..hour * 10 + 10).await;
        post.advance(6);
        post.harness.run().await.unwrap_err();
    }
    post.transport.set(|switches| switches.away = false);
    let report = post.harness.run_until_idle().await.unwrap();
    assert_eq!(post.letters("a").await, Vec::from_iter(0..100));
    assert_eq!(report.published.len(), 200);
    assert_eq!(post.transport.switches.lock().unwrap().accepted, 200, "sent once each");
}

#[tokio::test]
async fn each_entry_of_a_batch_has_its_own_result_and_a_refused_one_holds_its_key() {
    let post = Post::open().await;
    post.transport.set(|switches| switches.refused_keys.extend(["b".to_owned()]));
    post.publish("a", 1..=3).await;
    post.publish("b", 1..=3).await;
    post.publish("c", 1..=3).await;
    post.harness.run().await.unwrap();
    assert_eq!((post.letters("a").await.len(), post.letters("c").await.len()), (3, 3));
    assert_eq!(post.letters("b").await, [0; 0]);
    let refused: Vec<_> = post.harness.events().await.unwrap();
    let refused: Vec<_> = refused.iter().filter(|event| event.envelope.key.as_deref() == Some("b")).collect();
    assert_eq!(
        refused.iter().filter(|event| event.last_error.is_some()).count(),
        1,
        "the others wait behind it"
    );
    assert!(refused[0].last_error.as_deref().unwrap().contains("entry refused"));
    post.transport.set(|switches| switches.refused_keys.clear());
    post.harness.run_until_idle().await.unwrap();
    assert_eq!(post.letters("b").await, [1, 2, 3]);
}

#[tokio::test]
async fn a_lost_answer_means_sent_again_and_effect_once() {
    let post = Post::open().await;
    post.transport.set(|switches| switches.lose_answers = true);
    post.publish("a", 1..=3).await;
    post.harness.run().await.unwrap_err();
    post.transport.set(|switches| switches.lose_answers = false);
    let report = post.harness.run_until_idle().await.unwrap();
    assert_eq!(post.letters("a").await, [1, 2, 3]);
    assert!(report.deliveries["deliver"].duplicates > 0);
    assert_eq!(post.states().await, [EventState::Published; 6]);
}

#[tokio::test]
async fn a_missing_recorder_subscription_leaves_events_unconfirmed_until_it_is_mended() {
    let post = Post::open().await;
    unbind_recorder(post.harness.app()).await;
    post.publish("a", 1..=3).await;
    post.harness.run().await.unwrap();
    assert_eq!(post.letters("a").await, [1, 2, 3]);
    assert_eq!(post.states().await, [EventState::Sent; 6]);
    let (transport, complete) =
        (post.harness.app().transport(Channel::Internal), post.harness.app().topology(Channel::Internal));
    let drift = transport.provision().unwrap().plan(&complete).await.unwrap();
    let missing = |drift: &Drift| matches!(drift, Drift::MissingBinding { queue, .. } if queue == RECORDER);
    assert!(drift.iter().any(missing), "the check names it: {drift:?}");

    post.harness.app().register().await.unwrap();
    post.advance(4);
    assert_eq!(post.republish().await, 0, "not before five minutes have passed");
    post.advance(2);
    assert_eq!(post.republish().await, 6);
    let generations: Vec<u32> =
        post.harness.events().await.unwrap().iter().map(|event| event.generation).collect();
    assert_eq!(generations, [1; 6], "another send of the same events");
    post.harness.run_until_idle().await.unwrap();
    assert_eq!(post.states().await, [EventState::Published; 6]);
    assert_eq!(post.letters("a").await, [1, 2, 3], "sent twice, effect once");
}

#[tokio::test]
async fn where_acceptance_is_confirmation_nobody_waits_for_the_recorder() {
    for (confirmation, state) in
        [(Confirmation::Recorder, EventState::Sent), (Confirmation::Acceptance, EventState::Published)]
    {
        let builder = App::builder("post").settings(|settings| settings.confirmation = confirmation);
        let harness = Harness::<Sqlite>::start(builder).await.unwrap();
        create_letters(&harness).await;
        unbind_recorder(harness.app()).await;
        publish(&harness, "a", 1).await;
        let report = harness.run().await.unwrap();
        assert_eq!(report.deliveries["deliver"].handled, 1);
        assert_eq!(states(&harness).await, [state; 2]);
    }
}

#[tokio::test]
async fn acceptance_is_no_confirmation_elsewhere() {
    let transport = Post::open().await.transport;
    let builder = App::builder("post").transport(transport);
    let builder = builder.settings(|settings| settings.confirmation = Confirmation::Acceptance);
    let Err(error) = Harness::<Sqlite>::start(builder).await else { panic!("it was accepted") };
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.chain().contains("needs the queues in the service's own database"), "{}", error.chain());
}

#[tokio::test]
async fn a_missing_subscription_of_another_subscriber_is_named_and_reconciled() {
    let post = Post::open().await;
    let app = post.harness.app();
    let transport = app.transport(Channel::Internal);
    let complete = app.topology(Channel::Internal);
    let mut without = complete.clone();
    without
        .queues
        .iter_mut()
        .filter(|queue| queue.name == "post.deliver")
        .for_each(|queue| queue.bindings.clear());
    transport.provision().unwrap().apply(&without).await.unwrap();
    post.publish("a", 1..=3).await;
    post.harness.run_until_idle().await.unwrap();
    assert_eq!(post.states().await, [EventState::Published; 6], "published proves nothing about this queue");
    assert_eq!(post.letters("a").await, [0; 0]);
    let drift = transport.provision().unwrap().plan(&complete).await.unwrap();
    let missing =
        |drift: &Drift| matches!(drift, Drift::MissingBinding { queue, .. } if queue == "post.deliver");
    assert!(drift.iter().any(missing), "{drift:?}");

    app.register().await.unwrap();
    post.publish("a", 4..=5).await;
    post.harness.run_until_idle().await.unwrap();
    assert_eq!(app.reconcile("deliver", None).await.unwrap(), 3);
    post.harness.run_until_idle().await.unwrap();
    let mut letters = post.letters("a").await;
    letters.sort_unstable();
    assert_eq!(letters, [1, 2, 3, 4, 5]);
    assert_eq!(app.reconcile("deliver", None).await.unwrap(), 0, "nothing is missing any more");
    let error = app.reconcile("delivery", None).await.unwrap_err().to_string();
    assert!(error.contains("no subscriber `delivery`"), "{error}");
}

#[tokio::test]
async fn a_recorder_that_is_behind_or_dead_causes_no_storm() {
    let post = Post::open().await;
    post.transport.set(|switches| switches.held_queues.extend([RECORDER.to_owned()]));
    for street in 0..300 {
        post.publish(&street.to_string(), [1]).await;
    }
    post.harness.run().await.unwrap();
    let sent = post.transport.switches.lock().unwrap().accepted;
    assert_eq!(sent, 600);
    // The recorder stands still for 50 minutes.
    for _ in 0..50 {
        post.advance(1);
        post.republish().await;
        post.harness.run().await.unwrap();
    }
    let again = post.transport.switches.lock().unwrap().accepted - sent;
    assert_eq!(again, 0, "what waits in the recorder's queue is not sent again");
    // After an hour, one batch per period asks whether it lives.
    for _ in 0..60 {
        post.advance(1);
        post.republish().await;
        post.harness.run().await.unwrap();
    }
    let again = post.transport.switches.lock().unwrap().accepted - sent;
    assert!(
        (100..=1_100).contains(&again),
        "{again} sends in the second hour: one batch of 100 per five minutes"
    );
    post.transport.set(|switches| switches.held_queues.clear());
    post.harness.run_until_idle().await.unwrap();
    assert!(post.states().await.iter().all(|state| *state == EventState::Published));
}

#[tokio::test]
async fn an_event_that_is_never_confirmed_is_exhausted_after_a_week_and_listed() {
    let post = Post::open().await;
    let mut without = post.harness.app().topology(Channel::Internal);
    without.queues.iter_mut().filter(|queue| queue.name == RECORDER).for_each(|queue| queue.bindings.clear());
    let transport = post.harness.app().transport(Channel::Internal);
    transport.provision().unwrap().apply(&without).await.unwrap();
    post.publish("a", [1]).await;
    for _ in 0..8 * 24 {
        post.harness.run().await.unwrap();
        post.advance(60);
        post.republish().await;
    }
    post.harness.run().await.unwrap();
    assert_eq!(post.states().await, [EventState::Exhausted; 2]);
    let sends = post.transport.switches.lock().unwrap().accepted;
    for _ in 0..24 {
        post.advance(60);
        assert_eq!(post.republish().await, 0);
    }
    assert_eq!(post.transport.switches.lock().unwrap().accepted, sends, "no longer sent");
}

#[tokio::test]
async fn an_external_event_is_derived_once_however_often_its_domain_event_is_sent() {
    let post = Post::open().await;
    post.publish("a", [1]).await;
    post.harness.run_until_idle().await.unwrap();
    let events = post.harness.events().await.unwrap();
    let domain = events.iter().find(|event| event.channel == Channel::Internal).unwrap();
    let external = events.iter().find(|event| event.channel == Channel::External).unwrap();
    assert_eq!(external.envelope.data.get(), r#"{"street":"a"}"#);
    assert_eq!(external.envelope.key.as_deref(), Some("a"));
    assert_eq!(external.envelope.correlation_id, domain.envelope.id);
    assert_eq!(external.envelope.id.get_version_num(), 5);
    post.harness.app().store().republish_event(domain.envelope.id).await.unwrap();
    post.harness.run_until_idle().await.unwrap();
    assert_eq!(post.harness.events().await.unwrap().len(), 2);
}
