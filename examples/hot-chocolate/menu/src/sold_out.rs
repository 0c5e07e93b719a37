//! Drinks that the kitchen cannot make any more.

use edafw::{Failure, Sqlite, Tx, subscriber};

use crate::events::RanOutV1;

#[subscriber(layer = external)]
async fn mark_sold_out(event: &RanOutV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query(include_str!("sql/mark_sold_out.sql")).bind(&event.drink).execute(&mut **tx).await?;
    Ok(())
}
