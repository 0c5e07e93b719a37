//! The inbox: one effect per subscriber and act.

use std::time::Duration;

use edafw_core::{DeliveryStore, ErrorKind, InboxEntry, InboxState, Transaction};
use futures_util::future::join_all;

use super::fixture::{StoreFixture, TestStore, begin};
use crate::key_of_every_kind;

/// The effect of `subscriber` on the act `idempotency_key` of the event `order.paid` of `shop`, key `a`.
pub fn entry(subscriber: &str, idempotency_key: &str) -> InboxEntry {
    InboxEntry {
        subscriber: subscriber.into(),
        source: "shop".to_owned(),
        name: "order.paid".to_owned(),
        idempotency_key: idempotency_key.to_owned(),
        key: Some("a".to_owned()),
    }
}

/// What the store says about entries, as words.
pub(crate) async fn states(store: &impl DeliveryStore, entries: &[InboxEntry]) -> String {
    let states = store.look_up(entries).await.expect("the inbox is read");
    words(&states)
}

pub(crate) fn words(states: &[InboxState]) -> String {
    states.iter().map(|state| format!("{state:?}").to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Records entries in a transaction of its own; the kind of the error where it was refused.
pub(crate) async fn record<F: StoreFixture>(
    test: &TestStore<F>,
    entries: &[InboxEntry],
) -> Result<(), ErrorKind> {
    let mut tx = test.begin().await;
    if let Err(error) = tx.record(entries).await {
        tx.rollback().await;
        return Err(error.kind());
    }
    tx.prepare_commit(&[]).await.unwrap();
    tx.commit(false).await.unwrap();
    Ok(())
}

/// An entry is new until its transaction commits, and done from then on; answers come in the order asked.
pub async fn new_until_recorded<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let entries = [entry("ship", "1"), entry("ship", "2"), entry("ship", "1")];
    assert_eq!(states(&*test.store, &entries).await, "new new new");
    assert_eq!(states(&*test.store, &[]).await, "");
    let mut tx = test.begin().await;
    tx.record(&entries[..1]).await.unwrap();
    assert_eq!(words(&tx.look_up(&entries).await.unwrap()), "done new done", "its own transaction sees it");
    tx.rollback().await;
    assert_eq!(states(&*test.store, &entries).await, "new new new");
    assert_eq!(record(&test, &entries[..1]).await, Ok(()));
    assert_eq!(states(&*test.store, &entries).await, "done new done");
}

/// A second record of one entry is fenced, and takes the whole transaction with it.
pub async fn a_second_record_is_fenced<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    assert_eq!(record(&test, &[entry("ship", "1")]).await, Ok(()));
    let mut tx = test.begin().await;
    let error = tx.record(&[entry("ship", "2"), entry("ship", "1")]).await.expect_err("recorded before");
    assert!(error.is_fenced(), "{}", error.chain());
    tx.rollback().await;
    assert_eq!(states(&*test.store, &[entry("ship", "2"), entry("ship", "1")]).await, "new done");
}

/// Of several workers that record one entry at the same time, exactly one commits.
pub async fn exactly_one_worker_wins<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    let workers = (0..8).map(|worker| {
        let store = if worker % 2 == 0 { &test.store } else { &other };
        async move {
            let mut tx = begin::<F>(store).await;
            if let Err(error) = tx.record(&[entry("ship", "1")]).await {
                assert!(error.is_fenced() || error.is_transient(), "{}", error.chain());
                tx.rollback().await;
                return false;
            }
            tx.prepare_commit(&[]).await.is_ok() && tx.commit(false).await.is_ok()
        }
    });
    let winners = join_all(workers).await.into_iter().filter(|won| *won).count();
    assert_eq!(winners, 1);
}

/// The same idempotency key of another subscriber, source or event is another effect; texts are compared
/// exactly.
pub async fn effects_are_told_apart<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let first = entry("ship", "1");
    let mut others = vec![entry("bill", "1"), first.clone(), first.clone()];
    "depot".clone_into(&mut others[1].source);
    "order.sent".clone_into(&mut others[2].name);
    others.extend(key_of_every_kind().iter().map(|text| entry("ship", text)));
    assert_eq!(record(&test, &[first]).await, Ok(()));
    for other in &others {
        assert_eq!(states(&*test.store, std::slice::from_ref(other)).await, "new", "{other:?}");
        assert_eq!(record(&test, std::slice::from_ref(other)).await, Ok(()), "{other:?}");
    }
    assert_eq!(states(&*test.store, &others).await, vec!["done"; others.len()].join(" "));
}

/// Purging takes rows that are old enough, in limits, and keeps the young ones: their effects stay fenced.
pub async fn purging_keeps_young_rows<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let day = Duration::from_hours(24);
    let old: Vec<_> = (0..5).map(|n| entry("ship", &format!("old {n}"))).collect();
    let young: Vec<_> = (0..3).map(|n| entry("ship", &format!("young {n}"))).collect();
    record(&test, &old).await.unwrap();
    test.clock.advance(day * 35);
    record(&test, &young).await.unwrap();
    assert_eq!(test.store.purge_inbox(day * 36, 100).await.unwrap(), 0);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(test.store.purge_inbox(day * 35, 2).await.unwrap(), 2);
    assert_eq!(test.store.purge_inbox(day * 35, 2).await.unwrap(), 2);
    assert_eq!(test.store.purge_inbox(day * 35, 2).await.unwrap(), 1);
    assert_eq!(test.store.purge_inbox(day * 35, 2).await.unwrap(), 0);
    assert_eq!(states(&*test.store, &old).await, "new new new new new");
    assert_eq!(states(&*test.store, &young).await, "done done done");
}

/// A subscriber that changes its name takes over what it has done; doing so again changes nothing.
pub async fn a_renamed_subscriber_keeps_its_inbox<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    record(&test, &[entry("ship", "1"), entry("ship", "2"), entry("other", "3")]).await.unwrap();
    record(&test, &[entry("deliver", "2")]).await.unwrap();
    for _ in 0..2 {
        test.store.rename_subscriber("ship", "deliver").await.unwrap();
        let entries = ["1", "2", "3"].map(|act| entry("deliver", act));
        assert_eq!(states(&*test.store, &entries).await, "done done new");
        assert_eq!(states(&*test.store, &[entry("ship", "1"), entry("other", "3")]).await, "new done");
    }
}
