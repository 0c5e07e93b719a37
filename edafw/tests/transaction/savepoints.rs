//! Savepoints take their events with them.

use edafw::{Error, Publication};

use crate::shop::{Ordered, Paid, lines, order, start, stored};

#[tokio::test]
async fn a_savepoint_that_fails_takes_its_events_with_it() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(1)).await.unwrap();
    let failed: Result<(), Error> = tx
        .savepoint(async |tx| {
            tx.publish(order(2)).await?;
            tx.savepoint(async |tx| tx.publish(Paid { order_no: 2 }).await).await?;
            tx.publish(Ordered { order_no: 3, refuse_in: Some("in_transaction".into()) }).await?;
            Ok(())
        })
        .await;
    assert!(failed.is_err());
    // The refusal was undone with the savepoint, and the declared key is free again.
    let kept: Result<Publication, Error> =
        tx.savepoint(async |tx| tx.publish(Paid { order_no: 2 }).await).await;
    assert!(!kept.unwrap().is_already_published());
    tx.commit().await.unwrap();
    assert_eq!(lines(&harness).await, 1);
    assert_eq!(
        stored(&harness).await,
        ["shop.ordered", "shop.paid", "shop.stock-taken", "shop.stock-taken", "shop.stock-taken"]
    );
    let thanked: Vec<String> = log.take().into_iter().filter(|line| line.contains("thank")).collect();
    assert_eq!(thanked, ["after_commit thank 1"]);
}

#[tokio::test]
async fn a_savepoint_that_is_dropped_halfway_cannot_be_committed() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    {
        let published = tokio::sync::Notify::new();
        let savepoint = tx.savepoint(async |tx| {
            tx.publish(order(1)).await?;
            published.notify_one();
            std::future::pending::<Result<(), Error>>().await
        });
        tokio::select! {
            ended = savepoint => panic!("it never ends by itself: {ended:?}"),
            () = published.notified() => {}
        }
    }
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.to_string(), "rolled back, because a savepoint was dropped halfway");
    assert_eq!(stored(&harness).await.len(), 0);
}
