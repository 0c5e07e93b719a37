//! The act: a drink is ordered.

use edafw::{App, Sqlite, Tx};
use serde::{Deserialize, Serialize};

use crate::events::OrderPlaced;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number, which the customer has chosen.
    pub order_no: i64,
    /// What was ordered.
    pub drink: String,
    /// For how much, in cents.
    pub price: i64,
    /// Whether the drink was served.
    pub served: bool,
    /// Whether the order was cancelled.
    pub cancelled: bool,
    /// Cents that were refunded.
    pub refunded: i64,
}

/// Why a drink was not ordered, or an order not found.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is no such order.
    #[error("there is no order {0}")]
    Unknown(i64),
    /// There is another order of that number.
    #[error("order {0} is another one")]
    Taken(i64),
    /// Nobody has told this service what it costs.
    #[error("there is no {0} on the menu")]
    NotOnTheMenu(String),
    /// The event could not be published, or the transaction not committed.
    #[error("{}", .0.chain())]
    Event(#[from] edafw::Error),
    /// The order could not be read or written.
    #[error("the order could not be read or written: {0}")]
    Database(#[from] sqlx::Error),
}

/// Orders a drink at the price that this service knows. An order that was placed before stays as it is.
///
/// # Errors
/// It is refused: the drink is not on the menu, or another order has the number.
pub async fn place(app: &App<Sqlite>, order_no: i64, drink: &str) -> Result<Order, OrderError> {
    let mut tx = app.begin().await?;
    if let Some(order) = find(&mut tx, order_no).await? {
        return if order.drink == drink { Ok(order) } else { Err(OrderError::Taken(order_no)) };
    }
    let price: Option<i64> =
        sqlx::query_scalar(include_str!("sql/price.sql")).bind(drink).fetch_optional(&mut *tx).await?;
    let price = price.ok_or_else(|| OrderError::NotOnTheMenu(drink.to_owned()))?;
    sqlx::query(include_str!("sql/place.sql"))
        .bind(order_no)
        .bind(drink)
        .bind(price)
        .execute(&mut *tx)
        .await?;
    let drink = drink.to_owned();
    tx.publish(OrderPlaced { order_no, drink: drink.clone(), price }).await?;
    tx.commit().await?;
    Ok(Order { order_no, drink, price, served: false, cancelled: false, refunded: 0 })
}

/// An order.
///
/// # Errors
/// There is none of that number.
pub async fn one(app: &App<Sqlite>, order_no: i64) -> Result<Order, OrderError> {
    let mut tx = app.begin().await?;
    let order = find(&mut tx, order_no).await?;
    tx.rollback().await;
    order.ok_or(OrderError::Unknown(order_no))
}

/// All orders, by number.
///
/// # Errors
/// The orders cannot be read.
pub async fn all(app: &App<Sqlite>) -> Result<Vec<Order>, OrderError> {
    let mut tx = app.begin().await?;
    let rows: Vec<Row> = sqlx::query_as(include_str!("sql/orders.sql")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(rows.into_iter().map(Order::from).collect())
}

async fn find(tx: &mut Tx<Sqlite>, order_no: i64) -> Result<Option<Order>, OrderError> {
    let row: Option<Row> =
        sqlx::query_as(include_str!("sql/find.sql")).bind(order_no).fetch_optional(&mut **tx).await?;
    Ok(row.map(Order::from))
}

/// An order as the database has it.
type Row = (i64, String, i64, bool, bool, i64);

impl From<Row> for Order {
    fn from((order_no, drink, price, served, cancelled, refunded): Row) -> Self {
        Self { order_no, drink, price, served, cancelled, refunded }
    }
}
