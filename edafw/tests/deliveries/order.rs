//! A key that waits, and the keys that do not.

use std::time::Duration;

use edafw::DeliveryStore as _;

use crate::bank::Bank;

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
async fn a_dead_letter_that_holds_its_key_parks_the_later_events() {
    let bank = Bank::open().await;
    bank.faults.fail("strict", 2, 2);
    bank.publish("a", 1..=4).await;
    bank.publish("b", [9]).await;
    for _ in 0..5 {
        bank.harness.run().await.unwrap();
        bank.harness.clock().advance(Duration::from_mins(1));
    }
    assert_eq!(bank.effects("strict", "a").await, [1]);
    assert_eq!(bank.effects("strict", "b").await, [9]);
    let report = bank.harness.report().await.unwrap();
    let store = bank.harness.app().store();
    assert!(store.remove_dead_letter(report.dead_letters[0].id, false).await.unwrap());
    bank.finish().await;
    assert_eq!(bank.effects("strict", "a").await, [1, 3, 4]);
}

#[tokio::test]
async fn a_paused_subscriber_gets_nothing_and_loses_nothing() {
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
