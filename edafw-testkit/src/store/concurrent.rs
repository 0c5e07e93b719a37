//! What only shows where several processes write at once. Where one transaction excludes the others, most of it
//! holds by itself.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use edafw_core::{DeliveryStore, EventStore, InboxEntry, RepublishPolicy, SendResult, Transaction};
use futures_util::future::join_all;
use uuid::Uuid;

use super::fixture::{LEASE, Store, StoreFixture, TestStore, begin, claim, given_back, names, sent};
use super::inbox::{entry, states};
use crate::{Random, in_time, name_of, new_event, number};

/// Of two transactions that the database put in an order, because both wrote one row, the later one's events come
/// later, whichever began first.
pub async fn who_waited_comes_later<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    if !F::TRAITS.concurrent_transactions {
        return;
    }
    let mut second = test.begin().await;
    let mut first = test.begin().await;
    assert!(first.take_producer_key("shop", "order.paid", "1", Uuid::now_v7()).await.unwrap());
    let waits = async {
        let taken = second.take_producer_key("shop", "order.paid", "1", Uuid::now_v7()).await.unwrap();
        assert!(!taken, "the first one has it");
        second.prepare_commit(&[new_event(Some("a"), 2)]).await.unwrap();
        second.commit(true).await.unwrap();
    };
    let goes = async {
        first.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
        first.commit(true).await.unwrap();
    };
    in_time("two transactions on one row", async { tokio::join!(waits, goes) }).await;
    assert_eq!(names(&test.claim(10).await), "a1 a2");
}

/// A transaction that is left open for hours holds nobody up: others publish, are claimed, settled, confirmed, handled
/// and archived; and it is missed by nobody when it commits in the end.
pub async fn an_open_transaction_holds_nobody_up<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    if !F::TRAITS.concurrent_transactions {
        return;
    }
    let mut open = test.begin().await;
    open.record(&[entry("ship", "open")]).await.unwrap();
    open.prepare_commit(&[new_event(Some("a"), 0)]).await.unwrap();
    let others = async {
        for n in 1..40 {
            let event = new_event(Some(if n % 2 == 0 { "a" } else { "b" }), n);
            let id = event.envelope.id;
            test.publish_and_send(&[event]).await;
            assert_eq!(test.confirm(&[id]).await, 1);
            super::inbox::record(&test, &[entry("ship", &n.to_string())]).await.unwrap();
            test.clock.advance(Duration::from_mins(5));
            assert_eq!(test.store.republish(&RepublishPolicy::default(), true).await.unwrap().events, 0);
        }
        assert_eq!(test.store.purge_inbox(Duration::from_hours(2), 100).await.unwrap(), 15);
        assert_eq!(test.store.archive(Duration::from_hours(2), 0, 100).await.unwrap().events, 15);
    };
    in_time("others beside an open transaction", others).await;
    open.commit(true).await.unwrap();
    assert_eq!(names(&test.claim(10).await), "a0");
}

/// Who holds which key, and what went out.
#[derive(Default)]
struct Watch {
    holders: HashMap<String, usize>,
    last: HashMap<String, i64>,
    sent: HashSet<u64>,
}

impl Watch {
    fn claimed(&mut self, relay: usize, claimed: &[edafw_core::Outgoing]) {
        for one in claimed {
            let Some(key) = &one.envelope.key else { continue };
            let holder = *self.holders.entry(key.clone()).or_insert(relay);
            assert_eq!(holder, relay, "{} is with two relays", name_of(&one.envelope));
        }
    }

    fn sends(&mut self, one: &edafw_core::Outgoing) {
        assert!(self.sent.insert(number(&one.envelope)), "{} went out twice", name_of(&one.envelope));
        if let Some(key) = &one.envelope.key {
            let last = self.last.insert(key.clone(), one.position).unwrap_or(0);
            assert!(last < one.position, "{} came after a later one", name_of(&one.envelope));
        }
    }

    fn lets_go(&mut self, claimed: &[edafw_core::Outgoing]) {
        for one in claimed {
            if let Some(key) = &one.envelope.key {
                self.holders.remove(key);
            }
        }
    }
}

/// Many relays on few keys, beside publishers: at every moment a key is with one relay, its events go out in
/// order, each once, and all of them.
pub async fn many_relays_on_few_keys<F: StoreFixture>() {
    const RELAYS: usize = 6;
    const EVENTS: u64 = 600;
    let test = TestStore::<F>::new().await;
    let mut stores = vec![std::sync::Arc::clone(&test.store)];
    for _ in 1..RELAYS {
        stores.push(test.another().await);
    }
    let watch = Mutex::new(Watch::default());
    let publishers = async {
        let publisher = |publisher: u64| {
            let store = &stores[publisher as usize];
            async move {
                let mut n = publisher * 1_000;
                while n < publisher * 1_000 + EVENTS / 3 {
                    // Nothing puts two publishers of one key in an order here.
                    let key = format!("{publisher}{}", ["a", "b"][n as usize % 2]);
                    let mut tx = begin::<F>(store).await;
                    let events =
                        [new_event(Some(&key), n), new_event(Some(&key), n + 1), new_event(None, n + 2)];
                    tx.prepare_commit(&events).await.unwrap();
                    tx.commit(true).await.unwrap();
                    n += 3;
                }
            }
        };
        join_all((0..3).map(publisher)).await;
    };
    let total = 3 * (EVENTS / 3).div_ceil(3) * 3;
    let relays = join_all(stores.iter().enumerate().map(|(relay, store)| {
        let watch = &watch;
        async move { run_relay::<F>(relay, store, watch, total as usize).await }
    }));
    let all = async { tokio::join!(publishers, relays) };
    tokio::time::timeout(crate::PATIENCE * 4, all).await.expect("everything goes out");
    assert_eq!(watch.lock().unwrap().sent.len() as u64, total);
}

async fn run_relay<F: StoreFixture>(relay: usize, store: &Store<F>, watch: &Mutex<Watch>, total: usize) {
    let mut random = Random::new(relay as u64);
    while watch.lock().unwrap().sent.len() < total {
        let claimed = claim(store, 1 + random.below(20), LEASE).await;
        watch.lock().unwrap().claimed(relay, &claimed);
        let mut results = Vec::new();
        let fails_at = random.below(40);
        let mut failed = HashSet::new();
        for (nth, one) in claimed.iter().enumerate() {
            // What stands behind a failed one of its key is not sent.
            if nth == fails_at || one.envelope.key.as_ref().is_some_and(|key| failed.contains(key)) {
                failed.extend(one.envelope.key.clone());
                results.extend(given_back(std::slice::from_ref(one)));
                continue;
            }
            watch.lock().unwrap().sends(one);
            results.push(SendResult::Sent { position: one.position, token: one.token });
        }
        // Whoever claims the moment it is settled must find it free.
        watch.lock().unwrap().lets_go(&claimed);
        assert_eq!(store.settle(&results).await.unwrap(), results.len(), "nobody else had them");
        tokio::task::yield_now().await;
    }
}

/// A backlog of keys that back off, longer than what a claim looks at first, hides no key behind it.
pub async fn a_long_backlog_hides_nothing<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let backlog: Vec<_> =
        (0..2_500_u64).map(|n| new_event(Some(["a", "b", "c"][n as usize % 3]), n)).collect();
    test.publish(&backlog).await;
    let heads = test.claim(3).await;
    let wait = LEASE * 100;
    let failed: Vec<_> = heads
        .iter()
        .map(|one| {
            let (position, token) = (one.position, one.token);
            SendResult::Failed { position, token, retry_in: wait, error: "refused".to_owned() }
        })
        .collect();
    assert_eq!(test.store.settle(&failed).await.unwrap(), 3);
    assert_eq!(names(&test.claim(10).await), "", "every key backs off");
    test.publish(&[new_event(Some("z"), 1), new_event(None, 2), new_event(Some("z"), 3)]).await;
    in_time("a wait with a key behind a long backlog", test.store.wait_for_events(LEASE)).await;
    let claimed = test.claim(10).await;
    assert_eq!(names(&claimed), "z1 -2 z3");
    assert_eq!(test.store.settle(&sent(&claimed)).await.unwrap(), 3);
    test.clock.advance(wait);
    assert_eq!(test.claim(3_000).await.len(), 2_500);
}

/// Two workers that record the same entries in one commit each, in whatever order they got them: one wins, the
/// other is fenced, and neither is the victim of a deadlock.
pub async fn shared_commits_do_not_deadlock<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    for round in 0..10 {
        let forwards: Vec<InboxEntry> = (0..50).map(|n| entry("ship", &format!("{round} {n}"))).collect();
        let backwards: Vec<InboxEntry> = forwards.iter().rev().cloned().collect();
        let commit = async |store, entries: &[InboxEntry]| {
            let mut tx = begin::<F>(store).await;
            if let Err(error) = tx.record(entries).await {
                assert!(error.is_fenced(), "{}", error.chain());
                tx.rollback().await;
                return false;
            }
            tx.prepare_commit(&[]).await.unwrap();
            tx.commit(false).await.unwrap();
            true
        };
        let (first, second) = in_time("two shared commits", async {
            tokio::join!(commit(&test.store, &forwards), commit(&other, &backwards))
        })
        .await;
        assert!(first ^ second, "round {round}: {first} {second}");
        let done = vec!["done"; forwards.len()].join(" ");
        assert_eq!(states(&*test.store, &forwards).await, done);
    }
}

/// Transactions that do deadlock, by what they do themselves: one of them learns that it may try again, and the
/// other one takes effect.
pub async fn a_deadlock_may_be_tried_again<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    if !F::TRAITS.concurrent_transactions {
        return;
    }
    let entries = [entry("ship", "1"), entry("ship", "2")];
    let mut transactions = [test.begin().await, test.begin().await];
    for (tx, entry) in transactions.iter_mut().zip(&entries) {
        tx.record(std::slice::from_ref(entry)).await.unwrap();
    }
    let goes_on = async |mut tx: super::fixture::Tx<F>, entry: &InboxEntry| {
        if let Err(error) = tx.record(std::slice::from_ref(entry)).await {
            assert!(error.is_transient(), "{}", error.chain());
            tx.rollback().await;
            return false;
        }
        tx.prepare_commit(&[]).await.unwrap();
        tx.commit(false).await.unwrap();
        true
    };
    let [first, second] = transactions;
    let (first, second) = in_time("a deadlock", async {
        tokio::join!(goes_on(first, &entries[1]), goes_on(second, &entries[0]))
    })
    .await;
    assert!(first ^ second, "{first} {second}");
    assert_eq!(states(&*test.store, &entries).await, "done done");
}
