//! A copy of the menu's prices, kept in step by the menu's events: an order needs no answer of another service.

use edafw::{Failure, Sqlite, Tx, subscriber};

use crate::events::DrinkPricedV1;

// ANCHOR: copy
#[subscriber(layer = external)]
async fn learn_price(event: &DrinkPricedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query(include_str!("sql/learn_price.sql"))
        .bind(&event.drink)
        .bind(event.price)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
// ANCHOR_END: copy
