//! Republishing: what was sent and never confirmed goes again, and never as a storm.

use std::time::Duration;

use edafw_core::{EventState, EventStore, RepublishPolicy, Republished};
use uuid::Uuid;

use super::fixture::{StoreFixture, TestStore, names};
use crate::new_event;

const POLICY: RepublishPolicy = RepublishPolicy {
    after: Duration::from_mins(5),
    after_at_most: Duration::from_hours(1),
    batch: 100,
    exhausted_after: Duration::from_hours(7 * 24),
};

const MOMENT: Duration = Duration::from_millis(1);

async fn round<F: StoreFixture>(test: &TestStore<F>, policy: RepublishPolicy, idle: bool) -> usize {
    let done = test.store.republish(&policy, idle).await.unwrap();
    assert_eq!(done.exhausted, 0);
    done.events
}

/// Nothing is due before `after`, whatever the recorder does; afterwards it is if the recorder is idle. The
/// event goes again with the next generation.
pub async fn due_when_the_recorder_is_idle<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish_and_send(&[new_event(Some("a"), 1)]).await;
    test.clock.advance(POLICY.after);
    assert_eq!(round(&test, POLICY, true).await, 0, "not older than `after`");
    test.clock.advance(MOMENT);
    assert_eq!(round(&test, POLICY, true).await, 1);
    assert_eq!(round(&test, POLICY, true).await, 0, "it is unsent already");
    let stored = &test.history().await[0];
    assert_eq!((stored.generation, stored.state), (1, EventState::Sent));
    let claimed = test.claim(10).await;
    assert_eq!((names(&claimed), claimed[0].generation, claimed[0].attempts), ("a1".to_owned(), 1, 0));
}

/// The age counts from the last transition: an event sent again a moment ago is not due.
pub async fn age_counts_from_the_last_send<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    test.clock.advance(POLICY.after * 3);
    let claimed = test.claim(1).await;
    test.sent(&claimed).await;
    assert_eq!(round(&test, POLICY, true).await, 0, "stored long ago, sent just now");
    test.clock.advance(POLICY.after + MOMENT);
    assert_eq!(round(&test, POLICY, true).await, 1);
    let claimed = test.claim(1).await;
    test.sent(&claimed).await;
    test.clock.advance(POLICY.after);
    assert_eq!(round(&test, POLICY, true).await, 0);
    test.clock.advance(MOMENT);
    assert_eq!(round(&test, POLICY, true).await, 1);
    assert_eq!(test.claim(1).await[0].generation, 2);
}

/// Unsent events are the relay's, however old: the republisher leaves them.
pub async fn unsent_events_are_left_alone<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    test.clock.advance(POLICY.exhausted_after * 2);
    assert_eq!(test.store.republish(&POLICY, true).await.unwrap(), Republished::default());
    assert_eq!(test.claim(1).await[0].generation, 0);
}

/// An event is due as soon as the recorder confirmed one that was sent later.
pub async fn due_when_something_later_was_confirmed<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish_and_send(&[new_event(Some("a"), 1)]).await;
    test.clock.advance(MOMENT);
    let later = new_event(Some("b"), 2);
    let id = later.envelope.id;
    test.publish_and_send(&[later]).await;
    test.clock.advance(MOMENT);
    test.publish_and_send(&[new_event(Some("c"), 3)]).await;
    test.clock.advance(POLICY.after * 2);
    assert_eq!(round(&test, POLICY, false).await, 0, "the recorder is behind all of them");
    test.confirm(&[id]).await;
    assert_eq!(round(&test, POLICY, false).await, 1, "what was sent before the confirmed one");
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// A recorder that is behind or dead causes no storm: nothing for an hour, then one batch per period.
pub async fn a_dead_recorder_is_probed<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let policy = RepublishPolicy { batch: 3, ..POLICY };
    let events: Vec<_> = (0..10).map(|n| new_event(None, n)).collect();
    test.publish_and_send(&events).await;
    let mut probes = 0;
    for minute in 1..=120 {
        test.clock.advance(Duration::from_mins(1));
        let events = round(&test, policy, false).await;
        assert!(events <= 3, "minute {minute}: {events} at once");
        assert!(events == 0 || minute > 60, "minute {minute}: not yet an hour");
        probes += usize::from(events > 0);
        let claimed = test.claim(100).await;
        assert_eq!(claimed.len(), events);
        test.sent(&claimed).await;
    }
    assert!((1..=12).contains(&probes), "{probes} probes in the second hour");
    let generations: u32 = test.history().await.iter().map(|event| event.generation).sum();
    assert!(generations >= 10, "all of them went again in the end: {generations}");
}

/// A recorder that comes back gets what it missed.
pub async fn a_recorder_that_comes_back<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let policy = RepublishPolicy { batch: 1, ..POLICY };
    let events: Vec<_> = ["a", "b", "c"].iter().zip(1..).map(|(key, n)| new_event(Some(key), n)).collect();
    test.publish_and_send(&events).await;
    test.clock.advance(POLICY.after_at_most + MOMENT);
    assert_eq!(round(&test, policy, false).await, 1);
    let probe = test.claim(10).await;
    test.sent(&probe).await;
    test.clock.advance(MOMENT);
    test.confirm(&[probe[0].envelope.id]).await;
    test.clock.advance(POLICY.after);
    assert_eq!(round(&test, POLICY, false).await, 2, "the probe was confirmed, so the others are missing");
}

/// All unconfirmed events of a key go again, in order, also the ones that are not due by themselves.
pub async fn a_key_goes_again_as_a_whole<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let policy = RepublishPolicy { batch: 1, ..POLICY };
    test.publish_and_send(&[new_event(Some("a"), 1), new_event(Some("a"), 2), new_event(Some("b"), 3)]).await;
    test.clock.advance(POLICY.after);
    let confirmed = new_event(Some("a"), 4);
    let id = confirmed.envelope.id;
    test.publish_and_send(&[confirmed, new_event(Some("a"), 5)]).await;
    test.confirm(&[id]).await;
    test.publish(&[new_event(Some("a"), 6)]).await;
    test.clock.advance(MOMENT);
    assert_eq!(round(&test, policy, true).await, 3);
    let claimed = test.claim(100).await;
    assert_eq!(names(&claimed), "a1 a2 a5 a6");
    assert_eq!(claimed.iter().map(|one| one.generation).collect::<Vec<_>>(), [1, 1, 1, 0]);
}

/// After `exhausted_after` an unconfirmed event is exhausted: listed, and no longer sent or in the way.
pub async fn exhausted_leaves_the_hot_set<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let event = new_event(Some("a"), 1);
    let id = event.envelope.id;
    test.publish_and_send(&[event]).await;
    test.clock.advance(POLICY.exhausted_after + MOMENT);
    let done = test.store.republish(&POLICY, true).await.unwrap();
    assert_eq!(done, Republished { events: 0, exhausted: 1 });
    assert_eq!(test.history().await[0].state, EventState::Exhausted);
    assert_eq!(test.store.counts().await.unwrap().exhausted, 1);
    test.clock.advance(POLICY.after * 2);
    assert_eq!(test.store.republish(&POLICY, true).await.unwrap(), Republished::default());
    test.publish_and_send(&[new_event(Some("a"), 2)]).await;
    test.clock.advance(POLICY.after * 2);
    assert_eq!(round(&test, POLICY, true).await, 1, "only the new one of the key");
    assert_eq!(names(&test.claim(10).await), "a2");
    assert_eq!(test.confirm(&[id]).await, 1, "a late confirmation is taken");
    assert_eq!(test.history().await[0].state, EventState::Published);
    assert_eq!(test.store.counts().await.unwrap().exhausted, 0);
}

/// Many exhausted events do not starve the others of their rounds.
pub async fn exhausted_events_starve_nobody<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let policy = RepublishPolicy { batch: 2, ..POLICY };
    test.publish_and_send(&(0..10).map(|n| new_event(None, n)).collect::<Vec<_>>()).await;
    test.clock.advance(POLICY.exhausted_after + MOMENT);
    test.publish_and_send(&[new_event(Some("a"), 100)]).await;
    for _ in 0..10 {
        test.clock.advance(POLICY.after + MOMENT);
        test.store.republish(&policy, true).await.unwrap();
        let again = test.claim(100).await;
        test.sent(&again).await;
    }
    let stored = test.history().await;
    assert_eq!(stored.iter().filter(|event| event.state == EventState::Exhausted).count(), 10);
    assert!(stored[10].generation > 1, "the young one went again in most rounds");
}

/// One event can be sent again by hand in every state, each time with a generation of its own.
pub async fn one_event_by_hand<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let event = new_event(Some("a"), 1);
    let id = event.envelope.id;
    test.publish_and_send(&[event]).await;
    assert!(!test.store.republish_event(Uuid::now_v7()).await.unwrap());
    let mut generations = vec![0];
    let mut again = async |confirms: bool| {
        assert!(test.store.republish_event(id).await.unwrap());
        assert!(test.store.has_unsent().await.unwrap());
        let claimed = test.claim(10).await;
        assert_eq!(names(&claimed), "a1");
        generations.push(claimed[0].generation);
        test.sent(&claimed).await;
        if confirms {
            test.confirm(&[id]).await;
        }
    };
    again(false).await;
    again(true).await;
    again(true).await;
    again(true).await;
    test.store.republish_event(id).await.unwrap();
    again(false).await;
    assert!(
        generations.is_sorted_by(|a, b| a < b),
        "a repeated generation is swallowed by brokers: {generations:?}"
    );
    assert_eq!(test.history().await.len(), 1, "it is the same event");
}

/// A published event that is sent again by hand stays published, and the claim of another relay on it ends.
pub async fn by_hand_keeps_what_is_known<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let event = new_event(Some("a"), 1);
    let id = event.envelope.id;
    test.publish_and_send(&[event]).await;
    test.confirm(&[id]).await;
    test.store.republish_event(id).await.unwrap();
    assert_eq!(test.history().await[0].state, EventState::Published);
    assert_eq!(test.store.counts().await.unwrap().oldest_unpublished, None);
    let lost = test.claim(1).await;
    test.store.republish_event(id).await.unwrap();
    assert_eq!(test.sent(&lost).await, 0, "the older send does not answer for the newer one");
    assert_eq!(names(&test.claim(1).await), "a1");
}

/// Two republishers at once raise each generation once.
pub async fn two_republishers<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    test.publish_and_send(&(0..20).map(|n| new_event(None, n)).collect::<Vec<_>>()).await;
    test.clock.advance(POLICY.after + MOMENT);
    let (first, second) = tokio::join!(test.store.republish(&POLICY, true), other.republish(&POLICY, true));
    assert_eq!(first.unwrap().events + second.unwrap().events, 20);
    assert!(test.history().await.iter().all(|event| event.generation == 1));
}
