//! Events on the short way: into queues of the same database, and out of the recorder's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use edafw_core::{
    Backend, Channel, Destination, EventQuery, EventState, EventStore, NewEvent, OwnQueues, Polled, Queue,
    RawEnvelope, SendResult, Transaction, Transport,
};
use futures_util::future::join_all;

use super::fixture::{LEASE, StoreFixture, TestStore, begin, claim, given_back};
use crate::random::Random;
use crate::transport::fixture::{TOPIC, message, queue, receipts, topology};
use crate::{name_of, new_event};

const RECORDER: &str = "shop.recorder";

/// A store beside its own queues: all get `order.paid`, and the recorder's gets everything.
struct Shop<F: StoreFixture> {
    test: TestStore<F>,
    transport: Arc<dyn Transport>,
}

impl<F: StoreFixture> Shop<F> {
    async fn new(queues: &[Queue]) -> Self {
        let test = TestStore::new().await;
        let transport = F::Backend::embedded_transport(&test.store);
        let recorder = Queue { ordering: edafw_core::Ordering::None, ..queue(RECORDER, &[None]) };
        let queues = queues.iter().cloned().chain([recorder]).collect();
        let provision = transport.provision().expect("embedded queues are tables");
        provision.apply(&topology(queues)).await.unwrap();
        Self { test, transport }
    }

    fn own(&self) -> &dyn OwnQueues {
        self.test.store.own_queues().expect("the suite is for stores with queues of their own")
    }

    async fn send(&self, limit: usize) -> usize {
        self.send_past(None, limit).await
    }

    /// As [`send`](Self::send), where acceptance is confirmation and the recorder's queue is passed over.
    async fn send_past(&self, recorder: Option<&str>, limit: usize) -> usize {
        let topics = [(Channel::Internal, TOPIC.to_owned())];
        self.own().send(&topics, limit, recorder).await.unwrap()
    }

    async fn record(&self, limit: usize) -> Polled {
        self.own().confirm_received(RECORDER, limit, Duration::ZERO).await.unwrap()
    }

    /// Receives up to `max` messages and acknowledges them; keys and numbers of their events.
    async fn handle(&self, queue: &str, max: usize) -> Vec<String> {
        let delivered = self.transport.receive(queue, max, LEASE, Duration::ZERO).await.unwrap();
        let answers = self.transport.acknowledge(&receipts(&delivered)).await.unwrap();
        assert!(answers.iter().all(Result::is_ok));
        delivered.iter().map(|one| name_of(&RawEnvelope::from_json(&one.body).unwrap())).collect()
    }
}

fn named(name: &str, key: &str, number: u64) -> NewEvent {
    let mut event = new_event(Some(key), number);
    name.clone_into(&mut event.envelope.name);
    event
}

/// An event arrives as the general way delivers it, byte by byte, in every queue that is bound to it and once each;
/// and it is sent once.
pub async fn every_queue_gets_its_own<F: StoreFixture>() {
    let shop =
        Shop::<F>::new(&[queue("shop.a", &[Some("order.paid"), None]), queue("shop.b", &[Some("no")])]).await;
    let event = new_event(Some("a"), 1);
    shop.test.publish(&[event.clone(), new_event(None, 2)]).await;
    assert_eq!(shop.send(10).await, 2);
    assert_eq!(shop.send(10).await, 0);
    let delivered = shop.transport.receive("shop.a", 10, LEASE, Duration::ZERO).await.unwrap();
    assert_eq!(delivered.len(), 2);
    assert_eq!(*delivered[0].body, event.envelope.to_json());
    assert_eq!(delivered[0].receipt.lane.as_deref(), Some("a"));
    assert_eq!(delivered[0].receive_count, 1);
    assert_eq!(delivered[1].receipt.lane, None);
    assert_eq!(shop.handle("shop.b", 10).await, [""; 0]);
    assert_eq!(
        shop.test.query(EventQuery { state: Some(EventState::Sent), ..EventQuery::default() }).await.len(),
        2
    );
}

/// The first message of a key is visible in each queue, also where the key's first event is not for that queue.
pub async fn a_key_begins_later_in_another_queue<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[queue("shop.a", &[Some("left")]), queue("shop.b", &[None])]).await;
    shop.test.publish(&[named("joined", "a", 1), named("left", "a", 2), named("left", "a", 3)]).await;
    assert_eq!(shop.send(10).await, 3);
    assert_eq!(shop.handle("shop.a", 10).await, ["a2", "a3"]);
    assert_eq!(shop.handle("shop.b", 10).await, ["a1", "a2", "a3"]);
}

/// What a relay on the general way holds, or what backs off, holds the rest of its key here too.
pub async fn a_claimed_event_holds_its_key<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[queue("shop.a", &[None])]).await;
    shop.test.publish(&[new_event(Some("a"), 1)]).await;
    let claimed = shop.test.claim(10).await;
    shop.test.publish(&[new_event(Some("a"), 2), new_event(Some("b"), 3)]).await;
    assert_eq!(shop.send(10).await, 1);
    assert_eq!(shop.handle("shop.a", 10).await, ["b3"]);
    let retry_in = Duration::from_secs(5);
    let failed = claimed.iter().map(|one| SendResult::Failed {
        position: one.position,
        token: one.token,
        retry_in,
        error: "away".to_owned(),
    });
    shop.test.store.settle(&failed.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(shop.send(10).await, 0, "it backs off");
    shop.test.clock.advance(retry_in);
    assert_eq!(shop.send(1).await, 1);
    assert_eq!(shop.send(1).await, 1);
    assert_eq!(shop.handle("shop.a", 10).await, ["a1", "a2"]);
}

/// What the recorder's queue held is published; an event that is sent again is published once.
pub async fn polled_back_is_published<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[]).await;
    shop.test.publish(&[new_event(Some("a"), 1), new_event(Some("a"), 2), new_event(None, 3)]).await;
    assert_eq!(shop.record(10).await, Polled::default());
    shop.send(10).await;
    assert_eq!(shop.record(2).await, Polled { messages: 2, published: 2, unknown: 0 });
    let id = shop.test.history().await[2].envelope.id;
    assert!(shop.test.store.republish_event(id).await.unwrap());
    assert_eq!(shop.send(10).await, 1);
    assert_eq!(shop.record(10).await, Polled { messages: 2, published: 1, unknown: 0 });
    let published = EventQuery { state: Some(EventState::Published), ..EventQuery::default() };
    assert_eq!(shop.test.query(published).await.len(), 3);
}

/// Where acceptance is confirmation, an event is published when it is sent, with the generation of that send, and the
/// recorder's queue gets nothing. What was sent before is the recorder's as ever.
pub async fn accepted_is_published<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[queue("shop.a", &[None])]).await;
    shop.test.publish(&[new_event(Some("a"), 1)]).await;
    assert_eq!(shop.send(10).await, 1);
    shop.test.publish(&[new_event(Some("a"), 2), new_event(Some("b"), 3)]).await;
    assert_eq!(shop.send_past(Some(RECORDER), 10).await, 2);
    let states = async || {
        let history = shop.test.history().await;
        history.iter().map(|one| (one.state, one.generation)).collect::<Vec<_>>()
    };
    let published = (EventState::Published, 0);
    assert_eq!(states().await, [(EventState::Sent, 0), published, published]);
    assert_eq!(shop.record(10).await, Polled { messages: 1, published: 1, unknown: 0 });
    assert_eq!(states().await, [published; 3]);
    let id = shop.test.history().await[1].envelope.id;
    assert!(shop.test.store.republish_event(id).await.unwrap());
    assert_eq!(shop.send_past(Some(RECORDER), 10).await, 1);
    assert_eq!(states().await, [published, (EventState::Published, 1), published]);
    assert!(!shop.test.store.has_unsent().await.unwrap());
    let delivered = ["a1", "a2", "b3", "a2"].map(str::to_owned);
    assert_eq!(by_key(&shop.handle("shop.a", 10).await), by_key(&delivered));
    assert_eq!(shop.record(10).await, Polled::default());
}

/// Messages that came the general way count too; those of no event of this store are told.
pub async fn messages_with_a_body_are_recorded<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[]).await;
    let event = new_event(Some("a"), 1);
    shop.test.publish(std::slice::from_ref(&event)).await;
    let ours = edafw_core::Message { body: event.envelope.to_json(), ..message("a1") };
    let foreign = edafw_core::Message { body: new_event(None, 7).envelope.to_json(), ..message("-7") };
    let destination = Destination::Queue(RECORDER.to_owned());
    let messages = [ours.clone(), foreign, ours, message("x1")];
    shop.transport.publish(&destination, &messages).await.unwrap();
    assert_eq!(shop.record(10).await, Polled { messages: 4, published: 1, unknown: 1 });
    assert!(!shop.test.store.has_unsent().await.unwrap(), "who was polled back needs no sending");
}

/// A recorder whose queue nobody declared is told.
pub async fn a_missing_queue_is_an_error<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[]).await;
    assert!(shop.own().confirm_received("shop.other", 10, Duration::ZERO).await.is_err());
}

/// Whoever erases payloads can ask whether messages still need them.
pub async fn waiting_messages_are_known_by_key<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[queue("shop.a", &[None])]).await;
    shop.test.publish(&[new_event(Some("a"), 1)]).await;
    shop.send(10).await;
    shop.record(10).await;
    assert!(shop.own().has_waiting("a").await.unwrap());
    assert!(!shop.own().has_waiting("b").await.unwrap());
    assert_eq!(shop.handle("shop.a", 10).await, ["a1"]);
    assert!(!shop.own().has_waiting("a").await.unwrap());
}

/// An event that waits in a queue is not archived, however old.
pub async fn what_waits_is_not_archived<F: StoreFixture>() {
    let shop = Shop::<F>::new(&[queue("shop.a", &[None])]).await;
    shop.test.publish(&[new_event(Some("a"), 1), new_event(Some("b"), 2), new_event(None, 3)]).await;
    shop.send(10).await;
    shop.record(10).await;
    assert_eq!(shop.handle("shop.a", 1).await.len(), 1);
    shop.test.clock.advance(Duration::from_hours(48));
    let archived = shop.test.store.archive(Duration::from_hours(24), 0, 100).await.unwrap();
    assert_eq!(archived.events, 1);
    assert_eq!(shop.handle("shop.a", 10).await.len(), 2);
}

/// Whatever is sent, received and recorded in between: every queue gets each of its events once, those of a key in
/// their order, and all are published.
pub async fn random_schedules<F: StoreFixture>() {
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let shop = Shop::<F>::new(&[queue("shop.a", &[None]), queue("shop.b", &[Some("order.paid")])]).await;
        let (mut published, mut a, mut b) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..60 {
            match random.below(5) {
                0 | 1 => {
                    let events: Vec<NewEvent> = (0..=random.below(6))
                        .map(|_| {
                            let name = ["order.paid", "order.sent"][random.below(2)];
                            named(name, ["a", "b", "c"][random.below(3)], random.below(1_000_000) as u64)
                        })
                        .collect();
                    shop.test.publish(&events).await;
                    published.extend(events);
                }
                2 => drop(shop.send(1 + random.below(5)).await),
                3 => a.extend(shop.handle("shop.a", 1 + random.below(5)).await),
                _ => b.extend(shop.handle("shop.b", 1 + random.below(5)).await),
            }
        }
        while shop.send(7).await > 0 {}
        for (queue, names) in [("shop.a", &mut a), ("shop.b", &mut b)] {
            loop {
                let handled = shop.handle(queue, 7).await;
                if handled.is_empty() {
                    break;
                }
                names.extend(handled);
            }
        }
        while shop.record(7).await.messages > 0 {}
        assert_eq!(by_key(&a), by_key(&all(&published, |_| true)), "seed {seed}");
        assert_eq!(by_key(&b), by_key(&all(&published, |name| name == "order.paid")), "seed {seed}");
        assert!(shop.test.history().await.iter().all(|one| one.published_at.is_some()), "seed {seed}");
    }
}

/// Several relays and recorders at once, beside publishers and beside a relay that claims events the general way and
/// gives them back: every event arrives once, each key in its order, and all are published.
pub async fn many_relays_on_few_keys<F: StoreFixture>() {
    const EACH: u64 = 120;
    let shop = Shop::<F>::new(&[queue("shop.a", &[None])]).await;
    let mut stores = vec![Arc::clone(&shop.test.store)];
    for _ in 1..4 {
        stores.push(shop.test.another().await);
    }
    let publish = |publisher: u64| {
        let store = &stores[publisher as usize];
        async move {
            for n in (0..EACH).step_by(3) {
                // Nothing puts two publishers of one key in an order here.
                let key = ["a", "b", "c"][publisher as usize];
                let events = [n, n + 1, n + 2].map(|n| new_event(Some(key), publisher * EACH + n));
                begin::<F>(store).await.store_and_commit(events.to_vec()).await.unwrap();
            }
        }
    };
    let total = 3 * EACH as usize;
    let (sent, polled_back) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let relay = |number: usize| {
        let (own, sent) = (stores[number].own_queues().expect("queues of its own"), &sent);
        async move {
            let topics = [(Channel::Internal, TOPIC.to_owned())];
            while sent.load(Ordering::SeqCst) < total {
                sent.fetch_add(own.send(&topics, 7, None).await.unwrap(), Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        }
    };
    let claimer = async {
        while sent.load(Ordering::SeqCst) < total {
            let claimed = claim(&*stores[3], 5, LEASE).await;
            stores[3].settle(&given_back(&claimed)).await.unwrap();
        }
    };
    let recorder = |number: usize| {
        let (own, polled_back) = (stores[number].own_queues().expect("queues of its own"), &polled_back);
        async move {
            while polled_back.load(Ordering::SeqCst) < total {
                let polled = own.confirm_received(RECORDER, 10, Duration::ZERO).await.unwrap();
                polled_back.fetch_add(polled.messages, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        }
    };
    let all = async {
        tokio::join!(
            join_all((0..3).map(publish)),
            join_all((0..3).map(relay)),
            claimer,
            join_all((1..3).map(recorder)),
        )
    };
    tokio::time::timeout(crate::PATIENCE * 4, all).await.expect("everything arrives");
    assert_eq!(polled_back.load(Ordering::SeqCst), total);
    let mut arrived = Vec::new();
    while arrived.len() < total {
        arrived.extend(shop.handle("shop.a", 50).await);
    }
    let expected: Vec<String> =
        (0..3 * EACH).map(|n| format!("{}{n}", ["a", "b", "c"][(n / EACH) as usize])).collect();
    assert_eq!(by_key(&arrived), by_key(&expected));
    assert!(shop.test.history().await.iter().all(|one| one.published_at.is_some()));
}

fn all(events: &[NewEvent], takes: impl Fn(&str) -> bool) -> Vec<String> {
    events.iter().filter(|one| takes(&one.envelope.name)).map(|one| name_of(&one.envelope)).collect()
}

/// The names of each of the three keys, in order.
fn by_key(names: &[String]) -> [Vec<&String>; 3] {
    ["a", "b", "c"].map(|key| names.iter().filter(|name| name.starts_with(key)).collect())
}
