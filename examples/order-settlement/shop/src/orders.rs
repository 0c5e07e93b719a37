//! The acts: an order is placed, paid, refunded.
//!
//! Each may be repeated, and changes something only once: a customer who got no answer asks again.

use edafw::{App, Sqlite, Tx};
use serde::{Deserialize, Serialize};

use crate::events::{OrderPaid, OrderRefunded};

/// What a customer orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Who orders.
    pub customer: String,
    /// From whom.
    pub merchant: String,
    /// For how much, in cents; more than 0.
    pub amount: i64,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number, which the customer has chosen.
    pub order_no: i64,
    /// Who ordered.
    pub customer: String,
    /// From whom.
    pub merchant: String,
    /// For how much, in cents.
    pub amount: i64,
    /// `placed`, `paid` or `refunded`.
    pub state: String,
}

/// What a merchant has sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sales {
    /// The merchant.
    pub merchant: String,
    /// Orders that were paid, those that were refunded later included.
    pub paid: i64,
    /// Orders that were refunded.
    pub refunded: i64,
    /// Cents that were paid and not refunded.
    pub amount: i64,
}

/// Why an act was refused.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is no such order.
    #[error("there is no order {0}")]
    Unknown(i64),
    /// There is another order of that number.
    #[error("order {0} is another one")]
    Taken(i64),
    /// It costs nothing.
    #[error("an order is for 1 cent or more, not for {0}")]
    Amount(i64),
    /// It was never paid.
    #[error("order {0} is not paid, so nothing can be refunded")]
    NotPaid(i64),
    /// The event could not be published, or the transaction not committed.
    #[error("{}", .0.chain())]
    Event(#[from] edafw::Error),
    /// The order could not be read or written.
    #[error("the order could not be read or written: {0}")]
    Database(#[from] sqlx::Error),
}

/// Places an order.
///
/// # Errors
/// It is refused: the amount is not one, or another order has the number.
pub async fn place(app: &App<Sqlite>, order_no: i64, new: NewOrder) -> Result<Order, OrderError> {
    if new.amount < 1 {
        return Err(OrderError::Amount(new.amount));
    }
    let mut tx = app.begin().await?;
    sqlx::query(include_str!("sql/place.sql"))
        .bind(order_no)
        .bind(&new.customer)
        .bind(&new.merchant)
        .bind(new.amount)
        .execute(&mut *tx)
        .await?;
    let order = find(&mut tx, order_no).await?;
    if (&order.customer, &order.merchant, order.amount) != (&new.customer, &new.merchant, new.amount) {
        return Err(OrderError::Taken(order_no));
    }
    tx.commit().await?;
    Ok(order)
}

// ANCHOR: pay
/// Has an order paid.
///
/// # Errors
/// There is no such order.
pub async fn pay(app: &App<Sqlite>, order_no: i64) -> Result<Order, OrderError> {
    let mut tx = app.begin().await?;
    let order = find(&mut tx, order_no).await?;
    if order.state != "placed" {
        return Ok(order);
    }
    let order = set_state(&mut tx, order, "paid").await?;
    let Order { customer, merchant, amount, .. } = order.clone();
    tx.publish(OrderPaid { order_no, customer, merchant, amount }).await?;
    tx.commit().await?;
    Ok(order)
}
// ANCHOR_END: pay

/// Refunds a paid order.
///
/// # Errors
/// There is no such order, or it was not paid.
pub async fn refund(app: &App<Sqlite>, order_no: i64) -> Result<Order, OrderError> {
    let mut tx = app.begin().await?;
    let order = find(&mut tx, order_no).await?;
    match &*order.state {
        "refunded" => return Ok(order),
        "paid" => {}
        _ => return Err(OrderError::NotPaid(order_no)),
    }
    let order = set_state(&mut tx, order, "refunded").await?;
    let Order { customer, merchant, amount, .. } = order.clone();
    tx.publish(OrderRefunded { order_no, customer, merchant, amount }).await?;
    tx.commit().await?;
    Ok(order)
}

/// What each merchant has sold, by name.
///
/// # Errors
/// The orders cannot be read.
pub async fn sales(app: &App<Sqlite>) -> Result<Vec<Sales>, OrderError> {
    let mut tx = app.begin().await?;
    let rows: Vec<(String, i64, i64, i64)> =
        sqlx::query_as(include_str!("sql/sales.sql")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    let sales = |(merchant, paid, refunded, amount)| Sales { merchant, paid, refunded, amount };
    Ok(rows.into_iter().map(sales).collect())
}

async fn find(tx: &mut Tx<Sqlite>, order_no: i64) -> Result<Order, OrderError> {
    let found: Option<(String, String, i64, String)> =
        sqlx::query_as(include_str!("sql/find.sql")).bind(order_no).fetch_optional(&mut **tx).await?;
    let (customer, merchant, amount, state) = found.ok_or(OrderError::Unknown(order_no))?;
    Ok(Order { order_no, customer, merchant, amount, state })
}

async fn set_state(tx: &mut Tx<Sqlite>, order: Order, state: &str) -> Result<Order, OrderError> {
    sqlx::query(include_str!("sql/set_state.sql"))
        .bind(order.order_no)
        .bind(state)
        .execute(&mut **tx)
        .await?;
    Ok(Order { state: state.to_owned(), ..order })
}
