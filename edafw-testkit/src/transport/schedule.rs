//! Random schedules: whatever two receivers do, each key is acknowledged in order, once, and nothing is lost.

use std::collections::HashMap;
use std::time::Instant;

use edafw_core::{Delivered, Destination, Message, Transport};
use futures_util::stream::{self, StreamExt};

use super::fixture::{TOPIC, TestTransport, TransportFixture, message, receipts, receive};
use crate::Random;

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One batch: so many messages, of keys that follow from the second number.
    Publish(u8, u8),
    /// Receiver number so takes up to so many more.
    Receive(u8, u8),
    /// Receiver number so acknowledges its first so many messages.
    Acknowledge(u8, u8),
    /// Receiver number so acknowledges the n-th of its messages alone, out of turn.
    AcknowledgeOne(u8, u8),
    /// Receiver number so sends its n-th message back with a delay, and goes on with the others.
    Retry(u8, u8),
    /// Receiver number so gives everything from its n-th message on back.
    Release(u8, u8),
    /// Receiver number so extends the leases of all that it holds.
    Extend(u8),
    /// Receiver number so forgets all that it holds.
    Die(u8),
    /// Time passes: so many tenths of a lease.
    Pass(u8),
}

impl Step {
    /// A step by chance.
    pub fn random(random: &mut Random) -> Self {
        let receiver = random.below(2) as u8;
        let number = random.below(8) as u8;
        match random.below(20) {
            0..=3 => Self::Publish(number, random.below(256) as u8),
            // Now and then all that there is.
            4..=8 => Self::Receive(receiver, if number == 7 { u8::MAX } else { number + 1 }),
            9..=12 => Self::Acknowledge(receiver, number + 1),
            13 => Self::AcknowledgeOne(receiver, number),
            14 => Self::Retry(receiver, number),
            15 => Self::Release(receiver, number),
            16 => Self::Extend(receiver),
            17 => Self::Die(receiver),
            _ => Self::Pass(number),
        }
    }
}

const QUEUE: &str = "shop.ship";
const KEYS: [&str; 4] = ["a", "b", "c \" ü", "-"];

/// What was published and what became of it.
#[derive(Default)]
struct Ledger {
    published: usize,
    acknowledged: HashMap<String, usize>,
    last_of_lane: HashMap<String, usize>,
}

impl Ledger {
    fn next(&mut self, key: &str) -> Message {
        let mut next = message(&format!("{key}{:05}", self.published));
        next.key = (key != "-").then(|| key.to_owned());
        if self.published.is_multiple_of(3) {
            "order.sent".clone_into(&mut next.name);
        }
        self.published += 1;
        next
    }

    /// An acknowledgement was answered by Ok for the first time of this receive. `in_turn`: the receiver had
    /// nothing earlier of the lane in hand.
    fn add(&mut self, one: &Delivered, in_turn: bool, context: &str) {
        let count = self.acknowledged.entry(one.body.to_string()).or_default();
        *count += 1;
        assert_eq!(*count, 1, "{context}: `{}` was acknowledged by two receivers", one.body);
        let Some(lane) = one.receipt.lane.as_deref().filter(|_| in_turn) else { return };
        let number: usize = one.body[one.body.len() - 5..].parse().expect("five digits");
        let last = self.last_of_lane.entry(lane.to_owned()).or_default();
        assert!(*last <= number, "{context}: `{}` after number {last} of its key", one.body);
        *last = number;
    }
}

/// Runs a schedule on two receivers and drains the queue in the end; the fixture's
/// [`check`](TransportFixture::check) runs after every step.
///
/// # Panics
/// A key was acknowledged out of order, a message was acknowledged twice or never came.
pub async fn run_schedule<F: TransportFixture>(steps: &[Step], context: &str) {
    let test = TestTransport::<F>::new(&[QUEUE, "shop.other"]).await;
    let other = test.another().await;
    let receivers: [&dyn Transport; 2] = [&*test.transport, &*other];
    let mut holding: [Vec<Delivered>; 2] = Default::default();
    let mut ledger = Ledger::default();
    let mut received_at = [Instant::now(); 2];
    for step in steps {
        // What a receipt does whose lease has ended is only defined where it is refused.
        if !F::TRAITS.fences {
            for (held, at) in holding.iter_mut().zip(&received_at) {
                held.retain(|_| at.elapsed() < F::TRAITS.lease / 2);
            }
        }
        match *step {
            Step::Publish(count, keys) => {
                let batch: Vec<Message> =
                    (0..count).map(|n| ledger.next(KEYS[(keys >> (n % 4 * 2)) as usize % 4])).collect();
                test.send(&Destination::Topic(TOPIC.to_owned()), &batch).await;
            }
            Step::Receive(receiver, max) => {
                let receiver = receiver as usize % 2;
                if holding[receiver].is_empty() {
                    received_at[receiver] = Instant::now();
                }
                let max = (max as usize).min(receivers[receiver].limits().receive);
                let more = receive::<F>(receivers[receiver], QUEUE, max).await;
                // What it has lost and gets again it has once.
                holding[receiver].retain(|held| !more.iter().any(|one| one.body == held.body));
                holding[receiver].extend(more);
            }
            Step::Acknowledge(receiver, count) => {
                let receiver = receiver as usize % 2;
                let count = (count as usize).min(holding[receiver].len());
                let batch: Vec<_> = holding[receiver].drain(..count).collect();
                acknowledge(receivers[receiver], &batch, &mut ledger, true, context).await;
            }
            Step::AcknowledgeOne(receiver, nth) => {
                let receiver = receiver as usize % 2;
                if (nth as usize) < holding[receiver].len() {
                    let one = holding[receiver].remove(nth as usize);
                    acknowledge(receivers[receiver], &[one], &mut ledger, false, context).await;
                }
            }
            Step::Retry(receiver, nth) => {
                let receiver = receiver as usize % 2;
                if (nth as usize) < holding[receiver].len() {
                    let one = holding[receiver].remove(nth as usize);
                    receivers[receiver].retry(&one.receipt, F::TRAITS.lease / 2).await.unwrap();
                    if !F::TRAITS.fences {
                        let behind = take_behind(&mut holding[receiver], nth as usize, &one);
                        receivers[receiver].release(&receipts(&behind)).await.unwrap();
                    }
                }
            }
            Step::Release(receiver, nth) => {
                let receiver = receiver as usize % 2;
                let from = (nth as usize).min(holding[receiver].len());
                let back: Vec<_> = holding[receiver].drain(from..).collect();
                receivers[receiver].release(&receipts(&back)).await.unwrap();
            }
            Step::Extend(receiver) => {
                let receiver = receiver as usize % 2;
                if let Some(power) = receivers[receiver].extend_lease() {
                    power.extend(&receipts(&holding[receiver]), F::TRAITS.lease).await.unwrap();
                }
            }
            Step::Die(receiver) => holding[receiver as usize % 2].clear(),
            Step::Pass(tenths) => test.pass(F::TRAITS.lease / 10 * u32::from(tenths)).await,
        }
        test.fixture.check().await;
    }
    drain(&test, &mut ledger, context).await;
}

/// Takes the messages out that come after a place in the hand and are of the same key: where nothing fences them, their
/// receiver must give them back together with the one before them.
fn take_behind(held: &mut Vec<Delivered>, place: usize, before: &Delivered) -> Vec<Delivered> {
    let lane = before.receipt.lane.as_ref();
    let later = held.split_off(place.min(held.len()));
    let (behind, others) =
        later.into_iter().partition(|one| lane.is_some() && one.receipt.lane.as_ref() == lane);
    held.extend::<Vec<_>>(others);
    behind
}

async fn acknowledge(
    transport: &dyn Transport,
    batch: &[Delivered],
    ledger: &mut Ledger,
    in_turn: bool,
    context: &str,
) {
    let results = transport.acknowledge(&receipts(batch)).await.expect("the acknowledgement is taken");
    for (one, result) in batch.iter().zip(results) {
        // Ok of a receipt that was lost means that the message is gone already: counted where it went.
        if result.is_ok() && !ledger.acknowledged.contains_key(&*one.body) {
            ledger.add(one, in_turn, context);
        }
    }
}

async fn drain<F: TransportFixture>(test: &TestTransport<F>, ledger: &mut Ledger, context: &str) {
    let mut empty = 0;
    while empty < 3 {
        test.pass(F::TRAITS.lease + F::TRAITS.moment / 10).await;
        let delivered = test.receive(QUEUE, 50).await;
        empty = if delivered.is_empty() { empty + 1 } else { 0 };
        for one in &delivered {
            assert!(!ledger.acknowledged.contains_key(&*one.body), "{context}: `{}` came back", one.body);
        }
        acknowledge(&*test.transport, &delivered, ledger, true, context).await;
        test.fixture.check().await;
    }
    assert_eq!(ledger.acknowledged.len(), ledger.published, "{context}: lost");
}

/// Schedules by chance: what was acknowledged in turn was in the order of publishing, per key; everything
/// came, nothing came back.
pub async fn random_schedules<F: TransportFixture>() {
    let schedules = (0..24).map(|seed| async move {
        let mut random = Random::new(seed);
        let steps: Vec<Step> = (0..120).map(|_| Step::random(&mut random)).collect();
        run_schedule::<F>(&steps, &format!("seed {seed}")).await;
    });
    // Where time has to be waited for, they wait together.
    let at_once = if F::TRAITS.has_its_own_time() { 24 } else { 1 };
    stream::iter(schedules).buffer_unordered(at_once).collect::<()>().await;
}
