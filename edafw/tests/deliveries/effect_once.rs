//! Effect once, and what a flow of events keeps.

use std::time::Duration;

use edafw::testing::Harness;
use edafw::{App, AppBuilder, Sqlite};

use crate::bank::{Bank, Faults};

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
        .rfind(|event| event.envelope.name == "bank.moved")
        .unwrap();
    bank.inject("bank.ledger", "bank.moved", last.envelope.to_json()).await;
    bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [1, 2, 3, 4]);
}
#[tokio::test]
async fn inbox_rows_outlive_every_redelivery() {
    let builder: AppBuilder<Sqlite> = App::builder("bank")
        .state(Faults::default())
        .settings(|settings| settings.inbox_retention = Duration::from_hours(30 * 24));
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
