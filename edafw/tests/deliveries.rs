//! Deliveries: effect once, order, failures, dead letters, and what cannot be decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use edafw::testing::{Harness, Report};
use edafw::{
    App, AppBuilder, Channel, Delivery, Destination, Envelope, Event, Failed, Failure, Message, Sqlite,
    State, Tx, domain_event, subscriber,
};

edafw::service!("bank");

/// Which deliveries fail, by subscriber and event number, and how often.
#[derive(Clone, Default)]
struct Faults(Arc<Mutex<BTreeMap<(&'static str, i64), u32>>>);

impl Faults {
    fn fail(&self, subscriber: &'static str, number: i64, times: u32) {
        self.0.lock().unwrap().insert((subscriber, number), times);
    }

    fn check(&self, subscriber: &'static str, number: i64) -> Result<(), Failure> {
        let mut faults = self.0.lock().unwrap();
        match faults.get_mut(&(subscriber, number)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(format!("fault at {number}").into())
            }
            _ => Ok(()),
        }
    }
}

#[domain_event(name = "bank.moved", key = account, version = 2, upcast(1 = from_v1))]
struct Moved {
    account: String,
    number: i64,
}

/// Version 1 counted from 0.
fn from_v1(mut data: serde_json::Value) -> Result<serde_json::Value, Failure> {
    let number = data["number"].as_i64().ok_or_else(|| Failure::permanent("no number"))?;
    data["number"] = (number + 1).into();
    Ok(data)
}

#[domain_event(name = "bank.booked", key = account)]
struct Booked {
    account: String,
    number: i64,
}

#[domain_event(name = "bank.move-failed", key = account)]
struct MoveFailed {
    account: String,
    reason: String,
    attempts: u32,
}

impl From<Failed<'_, Moved>> for MoveFailed {
    fn from(failed: Failed<'_, Moved>) -> Self {
        let account = failed.envelope.data.account.clone();
        Self { account, reason: failed.error.to_owned(), attempts: failed.attempts }
    }
}

async fn write(tx: &mut Tx<Sqlite>, subscriber: &str, account: &str, number: i64) -> Result<(), Failure> {
    sqlx::query("insert into effect (subscriber, account, number) values (?1, ?2, ?3)")
        .bind(subscriber)
        .bind(account)
        .bind(number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[subscriber(layer = internal, share_commit = true, retry(max_attempts = 4, backoff = "1s..1m"))]
async fn ledger(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "ledger", &event.account, event.number).await?;
    tx.publish(Booked { account: event.account.clone(), number: event.number }).await?;
    faults.check("ledger", event.number)
}

#[subscriber(layer = internal, after_dead_letter = hold, retry(max_attempts = 2, backoff = "1s"))]
async fn strict(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "strict", &event.account, event.number).await?;
    faults.check("strict", event.number)
}

#[subscriber(layer = internal, on_failure = publish(MoveFailed), retry(max_attempts = 2, backoff = "1s"))]
async fn compensated(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "compensated", &event.account, event.number).await?;
    faults.check("compensated", event.number)
}

#[subscriber(layer = internal, on_failure = ignore, retry(max_attempts = 2, backoff = "1s"))]
async fn careless(event: &Moved, delivery: Delivery, faults: State<Faults>) -> Result<(), Failure> {
    assert!(delivery.attempt <= 2);
    faults.check("careless", event.number)
}

#[subscriber(layer = internal)]
async fn report_failure(event: &MoveFailed, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    assert_eq!((event.reason.as_str(), event.attempts), ("fault at 3", 2));
    write(tx, "report_failure", &event.account, 0).await
}

#[subscriber(layer = internal, queue = "pair", retry(max_attempts = 3, backoff = "1s"))]
async fn left(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "left", &event.account, event.number).await?;
    faults.check("left", event.number)
}

#[subscriber(layer = internal, queue = "pair", retry(max_attempts = 3, backoff = "1s"))]
async fn right(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "right", &event.account, event.number).await?;
    faults.check("right", event.number)
}

#[subscriber(layer = internal, batch = 10)]
async fn batched(events: &[Envelope<Moved>], tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    for event in events {
        write(tx, "batched", &event.data.account, event.data.number).await?;
    }
    Ok(())
}

struct Bank {
    harness: Harness<Sqlite>,
    faults: Faults,
}

impl Bank {
    async fn open() -> Self {
        let faults = Faults::default();
        let builder: AppBuilder<Sqlite> = App::builder("bank").state(faults.clone());
        let harness = Harness::start(builder).await.unwrap();
        let mut tx = harness.app().begin().await.unwrap();
        sqlx::query(
            "create table effect (id integer primary key, subscriber text, account text, number integer)",
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Self { harness, faults }
    }

    async fn publish(&self, account: &str, numbers: impl IntoIterator<Item = i64>) {
        for number in numbers {
            let mut tx = self.harness.app().begin().await.unwrap();
            tx.publish(Moved { account: account.to_owned(), number }).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// The numbers that a subscriber has written for an account, in the order of its effects.
    async fn effects(&self, subscriber: &str, account: &str) -> Vec<i64> {
        let mut tx = self.harness.app().begin().await.unwrap();
        let effects = sqlx::query_scalar(
            "select number from effect where subscriber = ?1 and account = ?2 order by id",
        )
        .bind(subscriber)
        .bind(account)
        .fetch_all(&mut *tx)
        .await
        .unwrap();
        tx.rollback().await;
        effects
    }

    async fn finish(&self) -> Report {
        self.harness.run_until_idle().await.unwrap()
    }

    /// Puts a message into a subscriber's queue, past the event store.
    async fn inject(&self, queue: &str, name: &str, body: String) {
        let message = Message {
            id: "018f4e6a-7c00-7000-8000-0000000000aa".parse().unwrap(),
            name: name.to_owned(),
            key: Some("a".to_owned()),
            generation: 0,
            body,
        };
        let transport = self.harness.app().transport(Channel::Internal);
        let sent = transport.publish(&Destination::Queue(queue.to_owned()), &[message]).await.unwrap();
        assert!(sent.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn every_subscriber_gets_every_event_once_and_in_order() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=250).await;
    bank.publish("b", 1..=5).await;
    let report = bank.finish().await;
    for subscriber in ["ledger", "strict", "compensated", "left", "right", "batched"] {
        assert_eq!(bank.effects(subscriber, "a").await, Vec::from_iter(1..=250), "{subscriber}");
        assert_eq!(bank.effects(subscriber, "b").await, Vec::from_iter(1..=5), "{subscriber}");
        assert_eq!(report.deliveries[subscriber].handled, 255, "{subscriber}");
    }
    assert!(report.deliveries["ledger"].commits < 20, "deliveries that wait together share a commit");
    assert_eq!(report.published.len(), 2 * 255, "each event and the one that `ledger` makes of it");
}

#[tokio::test]
async fn a_failure_in_a_shared_commit_costs_no_neighbour_an_attempt() {
    let bank = Bank::open().await;
    bank.faults.fail("ledger", 3, 3);
    bank.publish("a", 1..=5).await;
    bank.publish("b", 10..=12).await;
    let report = bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [1, 2, 3, 4, 5]);
    assert_eq!(bank.effects("ledger", "b").await, [10, 11, 12]);
    let stats = report.deliveries["ledger"];
    // The first fault undid the shared commit; the other two were attempts of their own.
    assert_eq!((stats.handled, stats.retries, stats.dead_letters), (8, 2, 0));
    let booked = report.published.iter().filter(|(name, _)| name == "bank.booked").count();
    assert_eq!(booked, 8, "what a failed attempt published was never seen");
}

#[tokio::test]
async fn a_failing_key_waits_and_other_keys_flow() {
    let bank = Bank::open().await;
    bank.faults.fail("strict", 2, 1);
    bank.publish("a", 1..=4).await;
    bank.publish("b", 10..=12).await;
    bank.harness.run().await.unwrap();
    assert_eq!(bank.effects("strict", "a").await, [1]);
    assert_eq!(bank.effects("strict", "b").await, [10, 11, 12]);
    bank.finish().await;
    assert_eq!(bank.effects("strict", "a").await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_dead_letter_leaves_the_order_and_keeps_everything_about_it() {
    let bank = Bank::open().await;
    bank.faults.fail("ledger", 2, 100);
    bank.publish("a", 1..=3).await;
    let report = bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [1, 3]);
    let [letter] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
    assert_eq!(letter.letter.attempts, 4);
    assert_eq!(letter.letter.error, "fault at 2");
    assert_eq!(letter.letter.cause.as_str(), "attempts-exhausted");
    assert_eq!(&*letter.letter.entry.subscriber, "ledger");
    assert!(letter.letter.body.contains(r#""data":{"account":"a","number":2}"#), "{}", letter.letter.body);
}

#[tokio::test]
async fn a_dead_letter_that_holds_its_key_parks_the_later_events() {
    let bank = Bank::open().await;
    bank.faults.fail("strict", 2, 2);
    bank.publish("a", 1..=4).await;
    bank.publish("b", [9]).await;
    for _ in 0..5 {
        bank.harness.run().await.unwrap();
        bank.harness.clock().advance(Duration::from_secs(60));
    }
    assert_eq!(bank.effects("strict", "a").await, [1]);
    assert_eq!(bank.effects("strict", "b").await, [9]);
    let report = bank.harness.report().await.unwrap();
    use edafw::DeliveryStore as _;
    let store = bank.harness.app().store();
    assert!(store.remove_dead_letter(report.dead_letters[0].id, false).await.unwrap());
    bank.finish().await;
    assert_eq!(bank.effects("strict", "a").await, [1, 3, 4]);
}

#[tokio::test]
async fn on_failure_publishes_or_ignores() {
    let bank = Bank::open().await;
    bank.faults.fail("compensated", 3, 2);
    bank.faults.fail("careless", 3, 2);
    bank.publish("a", 1..=5).await;
    let report = bank.finish().await;
    assert_eq!(bank.effects("compensated", "a").await, [1, 2, 4, 5]);
    assert_eq!(bank.effects("report_failure", "a").await, [0]);
    assert_eq!(report.deliveries["compensated"].given_up, 1);
    assert_eq!(report.deliveries["careless"].given_up, 1);
    assert!(report.dead_letters.is_empty());
}

#[tokio::test]
async fn members_of_a_group_fail_alone() {
    let bank = Bank::open().await;
    bank.faults.fail("left", 2, 1);
    bank.faults.fail("right", 4, 100);
    bank.publish("a", 1..=5).await;
    let report = bank.finish().await;
    assert_eq!(bank.effects("left", "a").await, [1, 2, 3, 4, 5]);
    assert_eq!(bank.effects("right", "a").await, [1, 2, 3, 5]);
    assert_eq!((report.deliveries["left"].retries, report.deliveries["left"].dead_letters), (1, 0));
    assert_eq!((report.deliveries["right"].retries, report.deliveries["right"].dead_letters), (2, 1));
}

#[tokio::test]
async fn one_subscriber_failing_does_not_delay_another() {
    let bank = Bank::open().await;
    (1..=50).for_each(|number| bank.faults.fail("strict", number, 1));
    bank.publish("a", 1..=50).await;
    bank.harness.run().await.unwrap();
    assert_eq!(bank.effects("strict", "a").await, [0; 0]);
    assert_eq!(bank.effects("ledger", "a").await, Vec::from_iter(1..=50));
}

#[tokio::test]
async fn an_event_that_was_sent_twice_takes_effect_once() {
    use edafw::{EventQuery, EventStore as _};
    let bank = Bank::open().await;
    bank.publish("a", 1..=3).await;
    bank.harness.run().await.unwrap();
    let events = bank.harness.app().store().events(&EventQuery::default()).await.unwrap();
    for event in &events {
        assert!(bank.harness.app().store().republish_event(event.envelope.id).await.unwrap());
    }
    let report = bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [1, 2, 3]);
    assert_eq!(bank.effects("batched", "a").await, [1, 2, 3]);
    assert_eq!(report.deliveries["ledger"].duplicates, 3);
    // Twice in one shared commit.
    bank.publish("a", [4]).await;
    let last = bank
        .harness
        .events()
        .await
        .unwrap()
        .into_iter()
        .filter(|event| event.envelope.name == Moved::TYPE.name)
        .next_back()
        .unwrap();
    bank.inject("bank.ledger", Moved::TYPE.name, last.envelope.to_json()).await;
    bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [1, 2, 3, 4]);
}

fn message(name: &str, version: u32, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"018f4e6a-7c00-7000-8000-0000000000aa","source":"bank","type":"{name}",
           "subject":"a","time":"2030-01-01T00:00:00Z","eventversion":{version},"data":{data}}}"#
    )
}

#[tokio::test]
async fn an_old_version_is_brought_up_to_date() {
    let bank = Bank::open().await;
    let body = message("bank.moved", 1, r#"{"account":"a","number":6}"#);
    bank.inject("bank.ledger", "bank.moved", body).await;
    bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [7]);
}

#[tokio::test]
async fn what_cannot_be_decoded_is_a_dead_letter_at_once() {
    let bank = Bank::open().await;
    let bodies = [
        message("bank.moved", 2, r#"{"account":"a"}"#),
        message("bank.moved", 1, r#"{"account":"a"}"#).replace("aa\"", "ab\""),
        "not json".to_owned(),
    ];
    for body in &bodies {
        bank.inject("bank.ledger", "bank.moved", body.clone()).await;
    }
    bank.publish("a", [1]).await;
    let report = bank.harness.run().await.unwrap();
    let kept: BTreeSet<&str> = report.dead_letters.iter().map(|letter| letter.letter.body.as_str()).collect();
    assert_eq!(kept, bodies.iter().map(String::as_str).collect());
    assert!(report.dead_letters.iter().all(|letter| letter.letter.cause.as_str() == "undecodable"));
    assert!(report.dead_letters.iter().all(|letter| letter.letter.attempts == 0));
    assert_eq!(bank.effects("ledger", "a").await, [1], "the rest flows");
}

#[tokio::test]
async fn an_unknown_name_or_newer_version_waits_uncounted_and_its_key_with_it() {
    for (name, version) in [("bank.closed", 1), ("bank.moved", 3)] {
        let bank = Bank::open().await;
        bank.inject("bank.ledger", name, message(name, version, r#"{"account":"a","number":6}"#)).await;
        bank.publish("a", [1]).await;
        bank.publish("b", [2]).await;
        bank.harness.run().await.unwrap();
        for _ in 0..20 {
            bank.harness.clock().advance(Duration::from_secs(60));
            bank.harness.run().await.unwrap();
        }
        assert_eq!(bank.effects("ledger", "a").await, [0; 0], "{name} {version}: its key waits");
        assert_eq!(bank.effects("ledger", "b").await, [2]);
        assert!(bank.harness.report().await.unwrap().dead_letters.is_empty());
        let report = bank.finish().await;
        let [letter] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
        assert_eq!((letter.letter.cause.as_str(), letter.letter.attempts), ("unknown", 0));
        assert_eq!(bank.effects("ledger", "a").await, [1]);
    }
}

#[tokio::test]
async fn a_paused_subscriber_gets_nothing_and_loses_nothing() {
    use edafw::DeliveryStore as _;
    let bank = Bank::open().await;
    let store = bank.harness.app().store();
    store.set_paused("ledger", true).await.unwrap();
    bank.publish("a", 1..=3).await;
    for _ in 0..20 {
        bank.harness.run().await.unwrap();
        bank.harness.clock().advance(Duration::from_secs(10));
    }
    assert_eq!(bank.effects("ledger", "a").await, [0; 0]);
    assert_eq!(bank.effects("strict", "a").await, [1, 2, 3]);
    store.set_paused("ledger", false).await.unwrap();
    let report = bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [1, 2, 3]);
    assert_eq!(report.deliveries["ledger"].retries, 0, "waiting is no attempt");
}

#[tokio::test]
async fn inbox_rows_outlive_every_redelivery() {
    let builder: AppBuilder<Sqlite> = App::builder("bank")
        .state(Faults::default())
        .settings(|settings| settings.inbox_retention = Duration::from_secs(30 * 24 * 60 * 60));
    let error = Harness::start(builder).await.err().unwrap().to_string();
    assert!(error.contains("can be redelivered for 35.0 days"), "{error}");
    assert!(error.contains("raise inbox_retention"), "{error}");
}

#[tokio::test]
async fn what_subscribers_publish_keeps_the_flow_and_its_cause() {
    let bank = Bank::open().await;
    bank.publish("a", [1]).await;
    bank.finish().await;
    let events = bank.harness.events().await.unwrap();
    let moved = events.iter().find(|event| event.envelope.name == "bank.moved").unwrap();
    let booked = events.iter().find(|event| event.envelope.name == "bank.booked").unwrap();
    assert_eq!(booked.envelope.correlation_id, moved.envelope.id);
    assert_eq!(booked.envelope.causation_id, Some(moved.envelope.id));
    assert_eq!(moved.envelope.causation_id, None);
}
