//! What the other services have done to an order.
//!
//! Each fact comes from another service, and between two services there is no order: a refund may be heard of before
//! the order is cancelled here. So each function writes a column of its own.

use edafw::{Failure, Sqlite, Tx, subscriber};

use crate::events::{DrinkServedV1, MakingFailedV1, OrderCancelled, RefundedV1};

#[subscriber(layer = external)]
async fn record_serving(event: &DrinkServedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query(include_str!("sql/record_serving.sql")).bind(event.order_no).execute(&mut **tx).await?;
    Ok(())
}

// ANCHOR: cancel
/// Compensates the placing of the order.
#[subscriber(layer = external)]
async fn cancel(event: &MakingFailedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let MakingFailedV1 { order_no, reason } = event.clone();
    sqlx::query(include_str!("sql/cancel.sql")).bind(order_no).execute(&mut **tx).await?;
    tx.publish(OrderCancelled { order_no, reason }).await?;
    Ok(())
}
// ANCHOR_END: cancel

/// Adds, so that a refund too many would show.
#[subscriber(layer = external)]
async fn record_refund(event: &RefundedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query(include_str!("sql/record_refund.sql"))
        .bind(event.order_no)
        .bind(event.amount)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
