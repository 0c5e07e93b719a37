//! Several relays at once: whatever they do, each key goes out in order.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Clock, EventId, EventStore, ManualClock, Outgoing, SendResult};

use super::fixture::{Store, StoreFixture, TestStore, claim};
use crate::{Random, name_of, new_event, number};

/// What the transport saw.
#[derive(Default)]
struct Sends {
    order: Vec<Outgoing>,
    known: HashSet<EventId>,
    duplicates: usize,
}

impl Sends {
    fn add(&mut self, one: &Outgoing) {
        if self.known.insert(one.envelope.id) {
            self.order.push(one.clone());
        } else {
            self.duplicates += 1;
        }
    }

    /// The first sends of each key are in position order.
    fn assert_ordered(&self, context: &str) {
        let mut last = std::collections::HashMap::new();
        for one in &self.order {
            let Some(key) = &one.envelope.key else { continue };
            if let Some(before) = last.insert(key.clone(), one.position) {
                assert!(
                    before < one.position,
                    "{context}: {} came after a later event of its key; {} duplicates; all: {:?}",
                    name_of(&one.envelope),
                    self.duplicates,
                    self.order.iter().map(|one| name_of(&one.envelope)).collect::<Vec<_>>()
                );
            }
        }
    }
}

/// Three claimers with leases of 20 ms, too short for what they do, on 1,000 events of one key: the order
/// of first sends is exact, everything goes out, and what went out twice is counted.
pub async fn three_claimers_with_short_leases<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let lease = Duration::from_millis(20);
    test.publish(&(0..1_000).map(|n| new_event(Some("a"), n)).collect::<Vec<_>>()).await;
    let relays = [Arc::clone(&test.store), test.another().await, test.another().await];
    let mut random = Random::new(20);
    let mut sends = Sends::default();
    let mut holding: [Vec<Outgoing>; 3] = Default::default();
    let mut steps = 0;
    while test.store.has_unsent().await.unwrap() {
        steps += 1;
        assert!(
            steps < 20_000,
            "no progress: {} of 1,000 sent, {} duplicates",
            sends.order.len(),
            sends.duplicates
        );
        let relay = random.below(3);
        if holding[relay].is_empty() {
            holding[relay] = claim(&*relays[relay], 1 + random.below(50), lease).await;
        } else {
            let held = std::mem::take(&mut holding[relay]);
            for one in &held {
                sends.add(one);
            }
            relays[relay].settle(&super::fixture::sent(&held)).await.unwrap();
        }
        test.clock.advance(Duration::from_millis(random.below(12) as u64));
    }
    let sent: Vec<u64> = sends.order.iter().map(|one| number(&one.envelope)).collect();
    let expected: Vec<u64> = (0..1_000).collect();
    assert_eq!(sent, expected, "{} duplicates in {steps} steps", sends.duplicates);
}

/// One thing that a relay does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Stores an event of this key; the last key stands for none.
    Publish(u8),
    /// Relay number so takes up to so many.
    Claim(u8, u8),
    /// Relay number so sends all that it holds and says so.
    Send(u8),
    /// Relay number so sends, but dies before it says so.
    SendAndForget(u8),
    /// Relay number so fails at its n-th event and gives the rest back.
    Fail(u8, u8),
    /// Relay number so gives all back.
    GiveBack(u8),
    /// Time passes, in milliseconds.
    Pass(u16),
    /// The republisher looks, with an idle recorder or not.
    Republish(bool),
    /// The n-th event that was sent is confirmed.
    Confirm(u8),
}

impl Step {
    /// A step by chance.
    pub fn random(random: &mut Random) -> Self {
        let relay = random.below(3) as u8;
        let number = random.below(12) as u8;
        match random.below(24) {
            0..=5 => Self::Publish(random.below(4) as u8),
            6..=11 => Self::Claim(relay, number + 1),
            12..=15 => Self::Send(relay),
            16 => Self::SendAndForget(relay),
            17 | 18 => Self::Fail(relay, number),
            19 => Self::GiveBack(relay),
            20 | 21 => Self::Pass(random.below(400) as u16),
            22 => Self::Republish(random.below(2) == 0),
            _ => Self::Confirm(number),
        }
    }
}

/// Runs a schedule on three relays, whose clocks differ by up to two leases, and lets everything go out in
/// the end.
///
/// # Panics
/// The first sends of a key were not in position order, or an event was never sent.
pub async fn run_schedule<F: StoreFixture>(steps: &[Step], context: &str) {
    const LEASE: Duration = Duration::from_millis(200);
    const KEYS: [Option<&str>; 4] = [Some("a"), Some("b \" ü"), Some("c"), None];
    let policy = edafw_core::RepublishPolicy {
        after: LEASE * 2,
        after_at_most: LEASE * 4,
        batch: 3,
        exhausted_after: Duration::from_hours(24),
    };
    let test = TestStore::<F>::new().await;
    let clocks = [0, 150, 400].map(|skew| {
        let clock = ManualClock::new(test.clock.now());
        clock.advance(Duration::from_millis(skew));
        Arc::new(clock)
    });
    let mut relays: Vec<Arc<Store<F>>> = Vec::new();
    for clock in &clocks {
        relays.push(test.another_with(clock).await);
    }
    let mut sends = Sends::default();
    let mut holding: [Vec<Outgoing>; 3] = Default::default();
    let mut published = 0;
    for step in steps {
        match *step {
            Step::Publish(key) => {
                test.publish(&[new_event(KEYS[key as usize % 4], published)]).await;
                published += 1;
            }
            Step::Claim(relay, limit) => {
                let relay = relay as usize % 3;
                let claimed = claim(&*relays[relay], limit as usize, LEASE).await;
                assert!(claimed.is_sorted_by(|a, b| a.position < b.position), "{context}: claims in order");
                holding[relay] = claimed;
            }
            Step::Send(relay) => {
                let held = std::mem::take(&mut holding[relay as usize % 3]);
                for one in &held {
                    sends.add(one);
                }
                relays[relay as usize % 3].settle(&super::fixture::sent(&held)).await.unwrap();
            }
            Step::SendAndForget(relay) => {
                let held = std::mem::take(&mut holding[relay as usize % 3]);
                for one in &held {
                    sends.add(one);
                }
            }
            Step::Fail(relay, at) => {
                let relay = relay as usize % 3;
                let held = std::mem::take(&mut holding[relay]);
                let results = fail(&held, at as usize, LEASE / 2, &mut sends);
                relays[relay].settle(&results).await.unwrap();
            }
            Step::GiveBack(relay) => {
                let held = std::mem::take(&mut holding[relay as usize % 3]);
                relays[relay as usize % 3].settle(&super::fixture::given_back(&held)).await.unwrap();
            }
            Step::Pass(millis) => {
                for clock in &clocks {
                    clock.advance(Duration::from_millis(millis.into()));
                }
            }
            Step::Republish(idle) => {
                relays[0].republish(&policy, idle).await.unwrap();
            }
            Step::Confirm(nth) => {
                if let Some(one) = sends.order.get(nth as usize) {
                    relays[1].confirm(&[one.envelope.id]).await.unwrap();
                }
            }
        }
        sends.assert_ordered(context);
    }
    let mut rounds = 0;
    while test.store.has_unsent().await.unwrap() {
        rounds += 1;
        assert!(rounds < 200, "{context}: stuck after {} of {published}", sends.order.len());
        for clock in &clocks {
            clock.advance(LEASE * 3);
        }
        let held = claim(&*relays[0], 100, LEASE).await;
        for one in &held {
            sends.add(one);
        }
        relays[0].settle(&super::fixture::sent(&held)).await.unwrap();
    }
    sends.assert_ordered(context);
    assert_eq!(sends.order.len() as u64, published, "{context}: lost; {} duplicates", sends.duplicates);
}

/// Sends what is before the `at`-th event, which fails; the rest is given back.
fn fail(held: &[Outgoing], at: usize, retry_in: Duration, sends: &mut Sends) -> Vec<SendResult> {
    let at = at % held.len().max(1);
    let mut results = Vec::new();
    for one in &held[..at] {
        sends.add(one);
        results.push(SendResult::Sent { position: one.position, token: one.token });
    }
    if let [failed, rest @ ..] = &held[at..] {
        let (position, token) = (failed.position, failed.token);
        results.push(SendResult::Failed { position, token, retry_in, error: "by chance".to_owned() });
        results.extend(super::fixture::given_back(rest));
    }
    results
}

/// Three relays with skewed clocks that claim, send, fail, die and give back by chance: per key the order of
/// first sends is the position order, and nothing is lost.
pub async fn random_schedules<F: StoreFixture>() {
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let steps: Vec<Step> = (0..120).map(|_| Step::random(&mut random)).collect();
        run_schedule::<F>(&steps, &format!("seed {seed}")).await;
    }
}
