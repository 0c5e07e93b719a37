//! Declared idempotency keys: publishing the same act twice.

use edafw_core::{EventId, Transaction};
use futures_util::future::join_all;
use uuid::Uuid;

use super::fixture::{StoreFixture, TestStore, Tx, begin};

/// A key is taken once, by whichever event; in the same transaction and in later ones.
pub async fn taken_once<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    assert!(take::<F>(&mut tx, "shop", "order.paid", "1").await);
    assert!(!take::<F>(&mut tx, "shop", "order.paid", "1").await, "the same transaction");
    commit::<F>(tx).await;
    let mut tx = test.begin().await;
    assert!(!take::<F>(&mut tx, "shop", "order.paid", "1").await, "a later transaction");
    tx.rollback().await;
}

/// A key is unique within source and event name, not beyond.
pub async fn other_sources_and_names_are_free<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    for (source, name, key) in [
        ("shop", "order.paid", "1"),
        ("shop", "order.sent", "1"),
        ("depot", "order.paid", "1"),
        ("shop", "order.paid", "2"),
    ] {
        assert!(take::<F>(&mut tx, source, name, key).await, "{source} {name} {key}");
    }
    commit::<F>(tx).await;
}

/// A rollback frees the key: of the transaction, and of the savepoint in which it was taken.
pub async fn freed_by_rollback<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    assert!(take::<F>(&mut tx, "shop", "order.paid", "1").await);
    tx.rollback().await;
    let mut tx = test.begin().await;
    tx.savepoint(1).await.unwrap();
    assert!(take::<F>(&mut tx, "shop", "order.paid", "1").await);
    tx.rollback_to(1).await.unwrap();
    assert!(take::<F>(&mut tx, "shop", "order.paid", "1").await);
    drop(tx);
    let mut tx = test.begin().await;
    assert!(take::<F>(&mut tx, "shop", "order.paid", "1").await);
    commit::<F>(tx).await;
}

/// Of several that take a key at once, exactly one gets it; and the next one where the first rolls back. Where a
/// database rolls some of those back who waited, they learn that they may try again.
pub async fn concurrent_takers<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    let takers = (0..8).map(|taker| {
        let store = if taker % 2 == 0 { &test.store } else { &other };
        async move {
            let (tx, taken) = loop {
                let mut tx = begin::<F>(store).await;
                match tx.take_producer_key("shop", "order.paid", "1", Uuid::now_v7()).await {
                    Ok(taken) => break (tx, taken),
                    Err(error) => assert!(error.is_transient(), "{}", error.chain()),
                }
                tx.rollback().await;
            };
            if taken && taker < 4 {
                tx.rollback().await;
                return false;
            }
            commit::<F>(tx).await;
            taken
        }
    });
    let taken = join_all(takers).await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 1);
}

async fn take<F: StoreFixture>(tx: &mut Tx<F>, source: &str, name: &str, key: &str) -> bool {
    let event: EventId = Uuid::now_v7();
    tx.take_producer_key(source, name, key, event).await.unwrap()
}

async fn commit<F: StoreFixture>(mut tx: Tx<F>) {
    tx.prepare_commit(&[]).await.unwrap();
    tx.commit(false).await.unwrap();
}
