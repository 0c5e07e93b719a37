//! The act: a drink gets a price.

use edafw::{App, Sqlite};
use serde::{Deserialize, Serialize};

use crate::events::DrinkPriced;

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drink {
    /// The drink.
    pub drink: String,
    /// In cents.
    pub price: i64,
    /// Whether the kitchen cannot make any more of it.
    pub sold_out: bool,
}

/// Why a drink was not priced, or the menu not read.
#[derive(Debug, thiserror::Error)]
pub enum MenuError {
    /// It costs nothing.
    #[error("a drink costs 1 cent or more, not {0}")]
    Price(i64),
    /// The event could not be published, or the transaction not committed.
    #[error("{}", .0.chain())]
    Event(#[from] edafw::Error),
    /// The menu could not be read or written.
    #[error("the menu could not be read or written: {0}")]
    Database(#[from] sqlx::Error),
}

/// Gives a drink a price. Nothing happens if it has that price already.
///
/// # Errors
/// The price is none, or the menu cannot be written.
pub async fn price(app: &App<Sqlite>, drink: &str, price: i64) -> Result<(), MenuError> {
    if price < 1 {
        return Err(MenuError::Price(price));
    }
    let mut tx = app.begin().await?;
    let priced = sqlx::query(include_str!("sql/price.sql")).bind(drink).bind(price).execute(&mut *tx).await?;
    if priced.rows_affected() > 0 {
        tx.publish(DrinkPriced { drink: drink.to_owned(), price }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// All drinks, by name.
///
/// # Errors
/// The menu cannot be read.
pub async fn all(app: &App<Sqlite>) -> Result<Vec<Drink>, MenuError> {
    let mut tx = app.begin().await?;
    let rows: Vec<(String, i64, bool)> =
        sqlx::query_as(include_str!("sql/drinks.sql")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(rows.into_iter().map(|(drink, price, sold_out)| Drink { drink, price, sold_out }).collect())
}
