//! Transactions: savepoints, and connections that never come back dirty.

use std::task::Poll;

use edafw_core::{Backend, CommitError, ErrorKind, Transaction};

use super::fixture::{StoreFixture, TestStore, names, stored_names};
use super::inbox::entry;
use crate::wait::poll_once;
use crate::{in_time, new_event};

/// A savepoint that is rolled back undoes what happened since it was opened, and nothing else; a released
/// one keeps it; they nest.
pub async fn savepoints_undo_their_own<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    let entries = [1, 2, 3, 4].map(|n| entry("ship", &n.to_string()));
    tx.record(&entries[..1]).await.unwrap();
    tx.savepoint(1).await.unwrap();
    tx.record(&entries[1..2]).await.unwrap();
    tx.savepoint(2).await.unwrap();
    tx.record(&entries[2..3]).await.unwrap();
    tx.release(2).await.unwrap();
    tx.rollback_to(1).await.unwrap();
    tx.savepoint(1).await.unwrap();
    tx.record(&entries[3..]).await.unwrap();
    tx.release(1).await.unwrap();
    tx.prepare_commit(&[]).await.unwrap();
    tx.commit(false).await.unwrap();
    assert_eq!(super::inbox::states(&*test.store, &entries).await, "done new new done");
}

/// Both ways to commit notice that the transaction was ended by a statement that bypassed the framework:
/// events are not written into thin air.
pub async fn ended_behind_its_back<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let many = (1..=600).map(|n| new_event(Some("a"), n)).collect();
    for events in [vec![], vec![new_event(Some("a"), 1)], many] {
        let mut tx = test.begin().await;
        F::end_transaction(tx.connection()).await;
        let error = tx.prepare_commit(&events).await.expect_err("the transaction is gone");
        assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{}", error.chain());
        tx.rollback().await;
        let mut tx = test.begin().await;
        F::end_transaction(tx.connection()).await;
        match tx.store_and_commit(events).await {
            Err(CommitError::NotPrepared(error)) => {
                assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{}", error.chain());
            }
            other => panic!("the transaction is gone, and commit said {other:?}"),
        }
    }
    assert_eq!(stored_names(&test.history().await), "");
    test.publish(&[new_event(Some("a"), 2)]).await;
    assert_eq!(stored_names(&test.history().await), "a2");
}

/// A statement that failed, with its error swallowed: `commit` stores everything or says that it did not.
pub async fn a_swallowed_error_is_no_silent_loss<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut tx = test.begin().await;
    F::swallow_an_error(tx.connection()).await;
    let committed = match tx.store_and_commit(vec![new_event(Some("a"), 1)]).await {
        Ok(()) => true,
        Err(CommitError::NotPrepared(_) | CommitError::RolledBack(_)) => false,
        Err(CommitError::Unknown(error)) => panic!("nothing was cut: {}", error.chain()),
    };
    assert_eq!(stored_names(&test.history().await), if committed { "a1" } else { "" });
}

/// A connection goes back to the pool after commit and rollback, and is closed after a drop.
pub async fn a_dropped_connection_is_closed<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    for _ in 0..8 {
        let mut tx = test.begin().await;
        assert!(!F::is_marked(tx.connection()).await, "the connection of a dropped transaction came back");
        F::mark(tx.connection()).await;
        drop(tx);
    }
    let mut tx = test.begin().await;
    F::mark(tx.connection()).await;
    tx.rollback().await;
    let mut tx = test.begin().await;
    tx.prepare_commit(&[]).await.unwrap();
    tx.commit(false).await.unwrap();
}

/// A `begin` that is cancelled, however far it came, leaves no open transaction, no lock and no missing
/// connection.
pub async fn a_cancelled_begin_leaves_nothing<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    for polls in 0..24 {
        let mut beginning = F::Backend::begin(&test.store);
        for _ in 0..polls {
            if let Poll::Ready(tx) = poll_once(&mut beginning).await {
                tx.unwrap().rollback().await;
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    in_time("publishing after cancelled begins", test.publish(&[new_event(Some("a"), 1)])).await;
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// A `begin` that waits behind another transaction and is cancelled there leaves its place to the next.
pub async fn a_waiting_begin_can_be_cancelled<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    if F::TRAITS.concurrent_transactions {
        return;
    }
    let tx = test.begin().await;
    for _ in 0..8 {
        let mut waiting = F::Backend::begin(&test.store);
        for _ in 0..8 {
            assert!(poll_once(&mut waiting).await.is_pending(), "there is one transaction at a time");
            tokio::task::yield_now().await;
        }
    }
    tx.rollback().await;
    in_time("publishing after cancelled begins", test.publish(&[new_event(Some("a"), 1)])).await;
}
