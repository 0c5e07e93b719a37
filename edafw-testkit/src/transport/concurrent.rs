//! Many senders and receivers at once.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use edafw_core::{Delivered, Destination, Message, Transport};
use futures_util::future::join_all;

use super::fixture::{TOPIC, TestTransport, TransportFixture, message, receipts, receive};
use crate::Random;

const QUEUE: &str = "shop.ship";

/// What receivers hold and have seen.
#[derive(Default)]
struct Watch {
    holders: HashMap<String, usize>,
    last: HashMap<String, usize>,
    seen: HashSet<String>,
}

impl Watch {
    fn received(&mut self, receiver: usize, delivered: &[Delivered]) {
        for one in delivered {
            if let Some(lane) = one.receipt.lane.as_deref() {
                let holder = *self.holders.entry(lane.to_owned()).or_insert(receiver);
                assert_eq!(holder, receiver, "`{}` is with two receivers", one.body);
            }
        }
    }

    /// `sender`-`number` stands behind the key: each sender's are in order.
    fn acknowledges(&mut self, one: &Delivered) {
        assert!(self.seen.insert(one.body.to_string()), "`{}` came twice", one.body);
        let Some((lane, number)) = one.body.rsplit_once('-') else { return };
        if one.receipt.lane.is_some() {
            let number: usize = number.parse().expect("a number");
            let last = self.last.insert(lane.to_owned(), number).unwrap_or(0);
            assert!(last < number, "`{}` came after {last}", one.body);
        }
    }

    fn lets_go(&mut self, delivered: &[Delivered]) {
        for lane in delivered.iter().filter_map(|one| one.receipt.lane.as_deref()) {
            self.holders.remove(lane);
        }
    }
}

/// Several senders and several receivers on the same few keys, so that lanes empty and fill all the time: each
/// message comes once, each key is with one receiver at a time, and the messages that one sender sent of a key
/// come in order. Nothing is stuck.
pub async fn many_on_few_keys<F: TransportFixture>() {
    const SENDERS: usize = 3;
    const RECEIVERS: usize = 4;
    const BATCHES: usize = 60;
    let test = TestTransport::<F>::new(&[QUEUE, "shop.other"]).await;
    let mut handles = vec![std::sync::Arc::clone(&test.transport)];
    for _ in 1..RECEIVERS {
        handles.push(test.another().await);
    }
    let watch = Mutex::new(Watch::default());
    let sent = Mutex::new((0, 0));
    let senders = join_all((0..SENDERS).map(|sender| {
        let (handles, sent) = (&handles, &sent);
        async move {
            let mut random = Random::new(sender as u64);
            for batch in 0..BATCHES {
                let messages = batch_of(sender, batch, &mut random);
                let to = Destination::Topic(TOPIC.to_owned());
                let results = handles[sender].publish(&to, &messages).await.unwrap();
                assert!(results.iter().all(Result::is_ok));
                sent.lock().unwrap().0 += messages.len();
            }
            sent.lock().unwrap().1 += 1;
        }
    }));
    let receivers = join_all(handles.iter().enumerate().map(|(receiver, transport)| {
        let (watch, sent) = (&watch, &sent);
        async move {
            let mut random = Random::new(100 + receiver as u64);
            loop {
                let (count, finished) = *sent.lock().unwrap();
                if finished == SENDERS && watch.lock().unwrap().seen.len() == count {
                    return;
                }
                take_some::<F>(receiver, &**transport, watch, &mut random).await;
                tokio::task::yield_now().await;
            }
        }
    }));
    let all = async { tokio::join!(senders, receivers) };
    tokio::time::timeout(crate::PATIENCE * 4, all).await.expect("everything comes");
    test.fixture.check().await;
    if let Some(depth) = test.transport.queue_depth() {
        assert_eq!(depth.depth(QUEUE).await.unwrap(), 0);
    }
}

fn batch_of(sender: usize, batch: usize, random: &mut Random) -> Vec<Message> {
    let message = |nth: usize| {
        let key = ["a", "b", "c", "-"][random.below(4)];
        let mut one = message(&format!("{key}{sender}-{}", batch * 10 + nth + 1));
        one.key = (key != "-").then(|| key.to_owned());
        one
    };
    (0..=batch % 4).map(message).collect()
}

/// Receives, and acknowledges all, a part, or sends a part back.
async fn take_some<F: TransportFixture>(
    receiver: usize,
    transport: &dyn Transport,
    watch: &Mutex<Watch>,
    random: &mut Random,
) {
    let delivered = receive::<F>(transport, QUEUE, 1 + random.below(6)).await;
    watch.lock().unwrap().received(receiver, &delivered);
    let keeps = if random.below(4) == 0 { random.below(delivered.len() + 1) } else { delivered.len() };
    let (done, back) = delivered.split_at(keeps);
    for one in done {
        watch.lock().unwrap().acknowledges(one);
    }
    // Whoever receives the moment it is free must find it so.
    let still_held: HashSet<_> = back.iter().filter_map(|one| one.receipt.lane.clone()).collect();
    let free = |one: &&Delivered| one.receipt.lane.as_ref().is_none_or(|lane| !still_held.contains(lane));
    watch.lock().unwrap().lets_go(&done.iter().filter(free).cloned().collect::<Vec<_>>());
    for result in transport.acknowledge(&receipts(done)).await.unwrap() {
        result.expect("nobody else had it");
    }
    watch.lock().unwrap().lets_go(back);
    transport.release(&receipts(back)).await.unwrap();
}
