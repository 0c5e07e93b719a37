//! Old versions, newer versions, unknown names and garbage.

use std::collections::BTreeSet;
use std::time::Duration;

use edafw::Retried;

use crate::bank::Bank;

#[tokio::test]
async fn an_old_version_is_brought_up_to_date() {
    let bank = Bank::open().await;
    let body = message("bank.moved", 1, r#"{"account":"a","number":6}"#);
    bank.inject("bank.ledger", "bank.moved", body).await;
    bank.finish().await;
    assert_eq!(bank.effects("ledger", "a").await, [7]);
}

#[tokio::test]
async fn an_old_version_is_brought_up_to_date_when_a_dead_letter_is_tried_again() {
    let bank = Bank::open().await;
    bank.faults.fail("ledger", 7, 4);
    let body = message("bank.moved", 1, r#"{"account":"a","number":6}"#);
    bank.inject("bank.ledger", "bank.moved", body).await;
    let report = bank.finish().await;
    let [letter] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
    let worker = bank.harness.app().worker().unwrap();
    assert_eq!(worker.retry_dead_letter(letter.id).await.unwrap(), Retried::Handled);
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
            bank.harness.clock().advance(Duration::from_mins(1));
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

fn message(name: &str, version: u32, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"018f4e6a-7c00-7000-8000-0000000000aa","source":"bank","type":"{name}",
           "subject":"a","time":"2030-01-01T00:00:00Z","eventversion":{version},"data":{data}}}"#
    )
}
