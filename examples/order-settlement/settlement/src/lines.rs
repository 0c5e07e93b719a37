//! The lines of the settlement: one for each payment, and one that takes it back for each refund.

use edafw::{App, Failure, Sqlite, Tx, subscriber};

use crate::contracts::{OrderPaidV1, OrderRefundedV1};

/// What a merchant is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The merchant.
    pub merchant: String,
    /// Lines that add up to it.
    pub lines: i64,
    /// In cents.
    pub amount: i64,
}

// ANCHOR: settle
#[subscriber(layer = external, queue = "lines")]
async fn settle_payment(event: &OrderPaidV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    add_line(tx, event.order_no, &event.merchant, event.amount).await
}

/// In one queue with the payments, which keeps the order of events of one key: the line to take back is there.
#[subscriber(layer = external, queue = "lines")]
async fn settle_refund(event: &OrderRefundedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let line = sqlx::query_as(include_str!("sql/find_line.sql")).bind(event.order_no);
    let found: Option<(String, i64)> = line.fetch_optional(&mut **tx).await?;
    let (merchant, amount) = found.ok_or("the refund came before the payment")?;
    add_line(tx, event.order_no, &merchant, -amount).await
}
// ANCHOR_END: settle

/// Adds a line, and adds it up: a line too many would show in the balance as well.
async fn add_line(tx: &mut Tx<Sqlite>, order_no: i64, merchant: &str, amount: i64) -> Result<(), Failure> {
    for statement in [include_str!("sql/add_line.sql"), include_str!("sql/add_up.sql")] {
        sqlx::query(statement).bind(order_no).bind(merchant).bind(amount).execute(&mut **tx).await?;
    }
    Ok(())
}

/// What each merchant is owed, by name.
///
/// # Errors
/// The balances cannot be read.
pub async fn balances(app: &App<Sqlite>) -> Result<Vec<Balance>, Failure> {
    let mut tx = app.begin().await?;
    let rows: Vec<(String, i64, i64)> =
        sqlx::query_as(include_str!("sql/balances.sql")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(rows.into_iter().map(|(merchant, lines, amount)| Balance { merchant, lines, amount }).collect())
}
