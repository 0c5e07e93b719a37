//! What the customer is told.
//!
//! The shop's concern, and not the payment's: a notification that fails holds up neither the payment nor the
//! settlement. Both functions stand in one queue, so that a customer reads of the payment before the refund.

use edafw::{App, Failure, Sqlite, Tx, subscriber};

use crate::events::{OrderPaid, OrderRefunded};
use crate::orders::OrderError;

// ANCHOR: notify
#[subscriber(layer = internal, queue = "notifications")]
async fn notify_of_payment(event: &OrderPaid, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let text = format!("{} has your payment of {} cents.", event.merchant, event.amount);
    notify(tx, event.order_no, &event.customer, &text).await
}
// ANCHOR_END: notify

#[subscriber(layer = internal, queue = "notifications")]
async fn notify_of_refund(event: &OrderRefunded, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let text = format!("{} has sent back your {} cents.", event.merchant, event.amount);
    notify(tx, event.order_no, &event.customer, &text).await
}

async fn notify(tx: &mut Tx<Sqlite>, order_no: i64, customer: &str, text: &str) -> Result<(), Failure> {
    sqlx::query(include_str!("sql/notify.sql"))
        .bind(order_no)
        .bind(customer)
        .bind(text)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How many notifications there are.
///
/// # Errors
/// They cannot be read.
pub async fn count(app: &App<Sqlite>) -> Result<i64, OrderError> {
    let mut tx = app.begin().await?;
    let count = sqlx::query_scalar(include_str!("sql/count_notifications.sql")).fetch_one(&mut *tx).await?;
    tx.rollback().await;
    Ok(count)
}
