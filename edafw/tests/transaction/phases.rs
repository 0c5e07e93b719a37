//! The phases around COMMIT, and what an error in each of them does.

use edafw::ErrorKind;

use crate::shop::{Ordered, lines, order, start, stored};

#[tokio::test]
async fn phases_run_in_order_and_before_commit_is_drained_to_a_fixed_point() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(1)).await.unwrap();
    assert_eq!(log.take(), ["in_transaction first", "in_transaction second"]);
    tx.commit().await.unwrap();
    assert_eq!(
        log.take(),
        [
            "before_commit take_stock",
            "before_commit take_more_stock 1",
            "before_commit take_more_stock 2",
            "before_commit take_more_stock 3",
            "after_commit thank 1",
            "after_commit weigh",
            "after_completion close Committed",
        ]
    );
    assert_eq!(
        stored(&harness).await,
        ["shop.ordered", "shop.stock-taken", "shop.stock-taken", "shop.stock-taken"]
    );
    assert_eq!(lines(&harness).await, 1);
}

#[tokio::test]
async fn a_cycle_of_before_commit_subscribers_is_an_error_that_rolls_back() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(13)).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(error.to_string().contains("cycle"), "{error}");
    assert_eq!(stored(&harness).await, [""; 0]);
    assert_eq!(lines(&harness).await, 0);
}

#[tokio::test]
async fn an_in_transaction_refusal_is_returned_by_publish_and_cannot_be_committed() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    let refused = Ordered { order_no: 1, refuse_in: Some("in_transaction".into()) };
    let error = tx.publish(refused).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Subscriber);
    assert_eq!(error.chain(), "the in_transaction subscriber `second` refused: not in in_transaction");
    // Whoever passes over that error must not commit what the subscribers have half done.
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack);
    assert_eq!(lines(&harness).await, 0);
    assert!(log.take().contains(&"after_completion close RolledBack".to_owned()));
}

#[tokio::test]
async fn a_before_commit_refusal_rolls_back() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Ordered { order_no: 1, refuse_in: Some("before_commit".into()) }).await.unwrap();
    log.take();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Subscriber);
    assert_eq!(
        log.take(),
        ["before_commit take_stock", "after_rollback regret", "after_completion close RolledBack"]
    );
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
}

#[tokio::test]
async fn after_commit_failures_and_panics_are_recorded_and_the_next_subscriber_runs() {
    for order_no in [1, 666] {
        let (harness, log) = start().await;
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(Ordered { order_no, refuse_in: Some("after_commit".into()) }).await.unwrap();
        tx.commit().await.unwrap();
        let log = log.take();
        assert!(
            log.ends_with(&["after_commit weigh".to_owned(), "after_completion close Committed".to_owned()])
        );
        assert_eq!(lines(&harness).await, 1);
    }
}
