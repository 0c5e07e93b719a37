//! Random schedules on SQLite, shrunk to the shortest one that fails.

mod sqlite;

use edafw_testkit::store::relays;
use edafw_testkit::transport::schedule;
use proptest::prelude::*;
use sqlite::OnAFile;

fn delivery() -> impl Strategy<Value = schedule::Step> {
    use schedule::Step;
    let receiver = 0..2_u8;
    prop_oneof![
        4 => (1..6_u8, any::<u8>()).prop_map(|(count, keys)| Step::Publish(count, keys)),
        5 => (receiver.clone(), 1..9_u8).prop_map(|(receiver, max)| Step::Receive(receiver, max)),
        4 => (receiver.clone(), 1..9_u8).prop_map(|(receiver, count)| Step::Acknowledge(receiver, count)),
        1 => (receiver.clone(), 0..6_u8).prop_map(|(receiver, nth)| Step::AcknowledgeOne(receiver, nth)),
        2 => (receiver.clone(), 0..6_u8).prop_map(|(receiver, nth)| Step::Retry(receiver, nth)),
        2 => (receiver.clone(), 0..6_u8).prop_map(|(receiver, nth)| Step::Release(receiver, nth)),
        1 => receiver.clone().prop_map(Step::Extend),
        1 => receiver.prop_map(Step::Die),
        2 => (1..11_u8).prop_map(Step::Pass),
    ]
}

fn relay() -> impl Strategy<Value = relays::Step> {
    use relays::Step;
    let relay = 0..3_u8;
    prop_oneof![
        5 => (0..4_u8).prop_map(Step::Publish),
        6 => (relay.clone(), 1..12_u8).prop_map(|(relay, limit)| Step::Claim(relay, limit)),
        4 => relay.clone().prop_map(Step::Send),
        1 => relay.clone().prop_map(Step::SendAndForget),
        2 => (relay.clone(), 0..8_u8).prop_map(|(relay, at)| Step::Fail(relay, at)),
        1 => relay.prop_map(Step::GiveBack),
        2 => (0..400_u16).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Republish),
        1 => (0..12_u8).prop_map(Step::Confirm),
    ]
}

fn run(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is acknowledged in turn is in the order of publishing, per key; nothing is lost or comes twice;
    /// after every step each lane has its head.
    #[test]
    fn deliveries_keep_their_order(steps in prop::collection::vec(delivery(), 1..80)) {
        run(schedule::run_schedule::<OnAFile>(&steps, "by proptest"));
    }

    /// First sends are in position order, per key, with three relays and skewed clocks; nothing is lost.
    #[test]
    fn sends_keep_their_order(steps in prop::collection::vec(relay(), 1..80)) {
        run(relays::run_schedule::<OnAFile>(&steps, "by proptest"));
    }
}
