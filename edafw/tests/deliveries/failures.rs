//! What a failure costs, and whom.

use crate::bank::{Bank, MoveFailed, Moved};

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
async fn on_failure_publishes_or_ignores() {
    let bank = Bank::open().await;
    bank.faults.fail("compensated", 3, 2);
    bank.faults.fail("careless", 3, 2);
    bank.publish("a", 1..=5).await;
    let report = bank.finish().await;
    assert_eq!(bank.effects("compensated", "a").await, [1, 2, 4, 5]);
    assert_eq!(bank.effects("report_failure", "a").await, [3], "it reads which act failed");
    assert_eq!(report.deliveries["compensated"].given_up, 1);
    assert_eq!(report.deliveries["careless"].given_up, 1);
    assert!(report.dead_letters.is_empty());
    let history = bank.harness.app().history();
    let failed = history.of::<MoveFailed>().all().await.unwrap().pop().unwrap();
    let flow = bank.harness.app().history().flow(failed.correlation_id);
    let moved = flow.of::<Moved>().all().await.unwrap().pop().unwrap();
    assert_eq!((moved.data.number, failed.causation_id), (3, Some(moved.id)));
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
async fn a_failure_event_that_is_refused_makes_a_dead_letter_and_the_queue_flows_on() {
    let bank = Bank::open().await;
    bank.faults.fail("compensated", 3, 2);
    bank.publish("silent", 1..=5).await;
    let report = bank.finish().await;
    assert_eq!(bank.effects("compensated", "silent").await, [1, 2, 4, 5]);
    let [letter] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
    assert!(letter.letter.error.starts_with("fault at 3; its failure event could not be published"));
    assert!(letter.letter.error.ends_with("not to be told"), "{}", letter.letter.error);
}
