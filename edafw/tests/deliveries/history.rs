//! Reading the event store as history.

use std::time::Duration;

use edafw::{DecodeError, ErrorKind, StoredEvent};

use crate::bank::{Bank, Booked, Moved};

fn named(events: &[StoredEvent]) -> Vec<(&str, Option<&str>)> {
    events.iter().map(|event| (event.envelope.name.as_str(), event.envelope.key.as_deref())).collect()
}

#[tokio::test]
async fn it_is_asked_by_who_what_and_when() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=2).await;
    bank.harness.clock().advance(Duration::from_secs(1));
    let second = edafw::Clock::now(bank.harness.clock());
    bank.publish("b", [3]).await;
    bank.finish().await;
    let history = || bank.harness.app().history();
    assert_eq!(history().all().await.unwrap().len(), 6, "three were moved, and three booked");
    let of_a = history().key("a").name("bank.moved").all().await.unwrap();
    assert_eq!(named(&of_a), [("bank.moved", Some("a")); 2]);
    let late = history().since(second).of::<Moved>().all().await.unwrap();
    assert_eq!(late.iter().map(|moved| moved.data.number).collect::<Vec<_>>(), [3]);
    let early = history().until(second).of::<Moved>().all().await.unwrap();
    assert_eq!(early.iter().map(|moved| moved.data.number).collect::<Vec<_>>(), [1, 2]);
    let act = history().id(of_a[1].envelope.id).page().await.unwrap();
    let flow = history().flow(act[0].envelope.correlation_id).all().await.unwrap();
    assert_eq!(named(&flow), [("bank.moved", Some("a")), ("bank.booked", Some("a"))]);
}

#[tokio::test]
async fn it_is_read_in_pages_or_as_a_whole() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=7).await;
    let numbers = |page: &[edafw::PastEvent<Moved>]| -> Vec<i64> {
        page.iter().map(|one| one.event.as_ref().unwrap().data.number).collect()
    };
    let history = || bank.harness.app().history();
    let page = history().limit(3).of::<Moved>().page().await.unwrap();
    assert_eq!(numbers(&page), [1, 2, 3]);
    let page = history().limit(3).after(page[2].position).of::<Moved>().page().await.unwrap();
    assert_eq!(numbers(&page), [4, 5, 6]);
    assert_eq!(history().limit(3).of::<Moved>().all().await.unwrap().len(), 7);
    assert_eq!(history().limit(0).page().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_decoded_is_told() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=4).await;
    for change in [
        r#"update edafw_event set version = 1, payload = '{"account":"a","number":6}' where position = 1"#,
        r#"update edafw_event set payload = '{"account":"a"}' where position = 2"#,
        "update edafw_event set payload = 'null' where position = 3",
    ] {
        bank.change(change).await;
    }
    let history = || bank.harness.app().history().key("a");
    let page = history().of::<Moved>().page().await.unwrap();
    let [first, second, third, fourth] = &page[..] else { panic!("{page:?}") };
    assert_eq!(first.event.as_ref().unwrap().data.number, 7, "an old version is brought up to date");
    assert!(matches!(&second.event, Err(DecodeError::Payload { version: 2, .. })), "{second:?}");
    assert!(matches!(&third.event, Err(DecodeError::Redacted { .. })), "{third:?}");
    assert_eq!(fourth.event.as_ref().unwrap().data.number, 4);
    let error = history().of::<Moved>().all().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Payload);
    assert!(error.chain().contains(&format!("event {} at position 2", second.id)), "{}", error.chain());
    assert!(history().of::<Booked>().all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_transaction_reads_what_was_committed_before() {
    let bank = Bank::open().await;
    bank.publish("a", [1]).await;
    let mut tx = bank.harness.app().begin().await.unwrap();
    tx.publish(Moved { account: "a".to_owned(), number: 2 }).await.unwrap();
    assert_eq!(tx.history().key("a").of::<Moved>().all().await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    assert_eq!(bank.harness.app().history().of::<Moved>().all().await.unwrap().len(), 2);
}
