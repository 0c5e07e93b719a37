//! Every way in which a transaction can end.

use edafw::ErrorKind;

use crate::shop::{lines, order, start, stored};

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_its_subscribers_are_waited_for() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(1)).await.unwrap();
    log.take();
    drop(tx);
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
    harness.app().close().await;
    assert_eq!(log.take(), ["after_rollback regret", "after_completion close RolledBack"]);
}

#[tokio::test]
async fn a_panic_between_begin_and_commit_rolls_back() {
    let (harness, log) = start().await;
    let app = harness.app().clone();
    let panicked = tokio::spawn(async move {
        let mut tx = app.begin().await.unwrap();
        tx.publish(order(1)).await.unwrap();
        panic!("in the middle");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
    harness.app().close().await;
    assert!(log.take().contains(&"after_rollback regret".to_owned()));
}

#[tokio::test]
async fn a_begin_that_is_dropped_halfway_leaves_no_transaction() {
    let (harness, _) = start().await;
    for polls in 1..20 {
        let mut begin = Box::pin(harness.app().begin());
        for _ in 0..polls {
            if futures_util::poll!(&mut begin).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begin);
        harness.app().begin().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_that_is_dropped_halfway_is_unknown_and_never_half() {
    let (harness, log) = start().await;
    let mut unknown = 0;
    for polls in 1..40 {
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(order(polls)).await.unwrap();
        log.take();
        let mut commit = Box::pin(tx.commit());
        for _ in 0..polls {
            if futures_util::poll!(&mut commit).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(commit);
        // Whatever the outcome: all of it or nothing.
        let lines = lines(&harness).await;
        let orders = stored(&harness).await.into_iter().filter(|name| name == "shop.ordered").count();
        assert_eq!(lines, orders as i64);
        unknown += log.take().iter().filter(|line| line.contains("Unknown")).count();
    }
    harness.app().close().await;
    unknown += log.take().iter().filter(|line| line.contains("Unknown")).count();
    assert!(unknown > 0, "no commit was dropped between COMMIT and its answer");
}

#[tokio::test]
async fn commit_notices_a_transaction_that_was_ended_behind_its_back() {
    for statement in ["commit", "rollback", "rollback; begin"] {
        let (harness, _) = start().await;
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(order(1)).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
        let error = tx.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{statement}: {error}");
        assert_eq!(stored(&harness).await.len(), 0, "{statement}");
    }
}

#[tokio::test]
async fn a_commit_that_the_database_refused_in_silence_is_an_error() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("create table once (id integer primary key on conflict rollback)")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("insert into once values (1)").execute(&mut *tx).await.unwrap();
    tx.publish(order(1)).await.unwrap();
    // SQLite ends the whole transaction here; the caller passes over the error.
    sqlx::query("insert into once values (1)").execute(&mut *tx).await.unwrap_err();
    log.take();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionEnded);
    assert!(log.take().contains(&"after_completion close RolledBack".to_owned()));
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
}
