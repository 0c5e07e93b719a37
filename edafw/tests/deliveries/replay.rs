//! Replaying history into one subscriber, on the side.

use std::time::Duration;

use edafw::{ErrorKind, EventStore, Replay, Replayed, Sqlite};

use crate::bank::{Bank, Booked};

fn replay(bank: &Bank, id: &str) -> Replay<Sqlite> {
    bank.harness.app().replay("ledger", id)
}

async fn handled(replay: Replay<Sqlite>) -> u64 {
    replay.run().await.unwrap().handled
}

#[tokio::test]
async fn each_event_takes_effect_once_in_each_replay_and_nobody_else_runs() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=5).await;
    bank.publish("b", 10..=12).await;
    bank.finish().await;
    let stored = bank.harness.events().await.unwrap().len();
    let mut pages = Vec::new();
    let done = replay(&bank, "one").run_with(|done: &Replayed| pages.push(done.handled)).await.unwrap();
    assert_eq!((done.handled, done.skipped, done.redacted), (8, 0, 0));
    assert_eq!(pages, [8]);
    assert_eq!(bank.effects("ledger@one", "a").await, [1, 2, 3, 4, 5]);
    assert_eq!(bank.effects("ledger@one", "b").await, [10, 11, 12]);
    assert_eq!(handled(replay(&bank, "one")).await, 0);
    assert_eq!(handled(replay(&bank, "two")).await, 8);
    assert_eq!(bank.effects("ledger@one", "a").await, [1, 2, 3, 4, 5]);
    let report = bank.finish().await;
    assert_eq!(bank.harness.events().await.unwrap().len(), stored, "what it publishes is dropped");
    assert_eq!(bank.effects("strict", "a").await, [1, 2, 3, 4, 5]);
    assert_eq!(report.deliveries["ledger"].handled, 8, "the subscriber itself has nothing to do with it");
}

#[tokio::test]
async fn it_takes_what_its_range_says() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=2).await;
    bank.harness.clock().advance(Duration::from_secs(1));
    let second = edafw::Clock::now(bank.harness.clock());
    bank.publish("b", [3]).await;
    bank.publish("a", [4]).await;
    bank.finish().await;
    assert_eq!(handled(replay(&bank, "until").until(second)).await, 2);
    assert_eq!(bank.effects("ledger@until", "a").await, [1, 2], "as of then");
    assert_eq!(handled(replay(&bank, "since").since(second)).await, 2);
    assert_eq!(handled(replay(&bank, "key").key("b")).await, 1);
    assert_eq!(handled(replay(&bank, "until").key("a")).await, 1, "a wider range adds what is missing");
    assert_eq!(bank.effects("ledger@until", "a").await, [1, 2, 4]);
}

#[tokio::test]
async fn what_it_publishes_is_stored_on_request() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=3).await;
    bank.finish().await;
    assert_eq!(handled(replay(&bank, "again").publishing()).await, 3);
    bank.finish().await;
    assert_eq!(bank.harness.app().history().of::<Booked>().all().await.unwrap().len(), 6);
}

#[tokio::test]
async fn archived_events_and_old_versions_are_replayed() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=3).await;
    bank.finish().await;
    bank.change(
        r#"update edafw_event set version = 1, payload = '{"account":"a","number":6}' where position = 1"#,
    )
    .await;
    bank.harness.clock().advance(Duration::from_hours(1));
    bank.harness.app().store().archive(Duration::from_mins(1), 0, 100).await.unwrap();
    bank.publish("a", [8]).await;
    assert_eq!(bank.harness.app().history().key("a").all().await.unwrap().len(), 2);
    assert_eq!(bank.harness.app().history().key("a").with_archived().all().await.unwrap().len(), 7);
    assert_eq!(handled(replay(&bank, "all")).await, 4);
    assert_eq!(bank.effects("ledger@all", "a").await, [7, 2, 3, 8]);
}

#[tokio::test]
async fn a_failure_stops_it_and_it_goes_on_from_there() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=5).await;
    bank.finish().await;
    bank.faults.fail("ledger", 2, 1);
    assert_eq!(handled(replay(&bank, "once")).await, 5, "an attempt that fails is made again");
    bank.faults.fail("ledger", 3, u32::MAX);
    let error = replay(&bank, "stopped").run().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Subscriber, "{}", error.chain());
    assert!(error.chain().ends_with(": always at 3"), "{}", error.chain());
    assert_eq!(bank.effects("ledger@stopped", "a").await, [1, 2]);
    bank.faults.fail("ledger", 3, 0);
    assert_eq!(handled(replay(&bank, "stopped")).await, 3);
    assert_eq!(bank.effects("ledger@stopped", "a").await, [1, 2, 3, 4, 5]);
    bank.faults.fail("ledger", 3, u32::MAX);
    let done = replay(&bank, "skipping").skipping().run().await.unwrap();
    assert_eq!((done.handled, done.skipped), (4, 1));
    bank.faults.fail("ledger", 3, 0);
    assert_eq!(handled(replay(&bank, "skipping")).await, 0, "what was left out stays left out");
    assert_eq!(bank.effects("ledger@skipping", "a").await, [1, 2, 4, 5]);
}

#[tokio::test]
async fn what_cannot_be_decoded_stops_it_and_what_was_erased_does_not() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=2).await;
    bank.publish("b", [3]).await;
    bank.finish().await;
    bank.harness.app().store().redact("b").await.unwrap();
    let done = replay(&bank, "redacted").run().await.unwrap();
    assert_eq!((done.handled, done.redacted), (2, 1));
    bank.change(r#"update edafw_event set payload = '{"account":"a"}' where position = 1"#).await;
    let error = replay(&bank, "undecodable").run().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Payload, "{}", error.chain());
    assert!(error.chain().contains("`bank.moved`, position 1"), "{}", error.chain());
    let done = replay(&bank, "undecodable").skipping().run().await.unwrap();
    assert_eq!((done.handled, done.skipped, done.redacted), (1, 1, 1));
}

#[tokio::test]
async fn slices_are_replayed_as_slices() {
    let bank = Bank::open().await;
    bank.publish("a", 1..=25).await;
    bank.finish().await;
    let app = bank.harness.app();
    assert_eq!(handled(app.replay("batched", "slices")).await, 25);
    assert_eq!(bank.effects("batched@slices", "a").await, Vec::from_iter(1..=25));
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused() {
    let bank = Bank::open().await;
    bank.publish("a", [1]).await;
    bank.finish().await;
    for (subscriber, id, kind, says) in [
        ("strict", "x", ErrorKind::Configuration, "would be done again"),
        ("silence", "x", ErrorKind::Configuration, "in the publisher's transaction"),
        ("ledgers", "x", ErrorKind::NotFound, "no subscriber `ledgers`"),
        ("ledger", "X", ErrorKind::Configuration, "no id of a replay"),
    ] {
        let error = bank.harness.app().replay(subscriber, id).run().await.err().unwrap();
        assert_eq!(error.kind(), kind, "{}", error.chain());
        assert!(error.chain().contains(says), "{}", error.chain());
    }
    assert_eq!(handled(bank.harness.app().replay("strict", "x").with_effects()).await, 1);
    assert_eq!(bank.effects("strict", "a").await, [1, 1], "it does not look at its delivery");
}
