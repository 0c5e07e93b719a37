//! Charging, and giving back.

use edafw::{App, Envelope, Failure, Sqlite, Tx, subscriber};

use crate::events::{Charged, MakingFailedV1, OrderPlacedV1, Refunded};

#[subscriber(layer = external)]
async fn charge(event: &OrderPlacedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let OrderPlacedV1 { order_no, drink, price } = event.clone();
    enter(tx, order_no, price).await?;
    tx.publish(Charged { order_no, drink, amount: price }).await?;
    Ok(())
}

// ANCHOR: refund
/// Compensates the charge: gives back what this service has charged in the same flow, as its event log says.
#[subscriber(layer = external)]
async fn refund(event: &Envelope<MakingFailedV1>, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let charged = tx.history().flow(event.correlation_id).of::<Charged>().all().await?;
    let Charged { order_no, amount, .. } = charged.first().ok_or("this flow has charged nothing")?.data;
    enter(tx, order_no, -amount).await?;
    tx.publish(Refunded { order_no, amount }).await?;
    Ok(())
}
// ANCHOR_END: refund

async fn enter(tx: &mut Tx<Sqlite>, order_no: i64, amount: i64) -> Result<(), Failure> {
    sqlx::query(include_str!("sql/enter.sql")).bind(order_no).bind(amount).execute(&mut **tx).await?;
    Ok(())
}

/// Orders and what was charged for them, or given back if negative, in that order.
///
/// # Errors
/// They cannot be read.
pub async fn entries(app: &App<Sqlite>) -> Result<Vec<(i64, i64)>, Failure> {
    let mut tx = app.begin().await?;
    let entries = sqlx::query_as(include_str!("sql/entries.sql")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(entries)
}
