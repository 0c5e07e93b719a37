//! Serving drinks.

use edafw::{App, Failure, Sqlite, Tx, subscriber};

use crate::events::{DrinkMadeV1, DrinkServed};

#[subscriber(layer = external)]
async fn serve(event: &DrinkMadeV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let DrinkMadeV1 { order_no, drink } = event;
    sqlx::query(include_str!("sql/serve.sql")).bind(order_no).bind(drink).execute(&mut **tx).await?;
    tx.publish(DrinkServed { order_no: *order_no }).await?;
    Ok(())
}

/// Orders and drinks that were served, in that order.
///
/// # Errors
/// They cannot be read.
pub async fn served(app: &App<Sqlite>) -> Result<Vec<(i64, String)>, Failure> {
    let mut tx = app.begin().await?;
    let served = sqlx::query_as(include_str!("sql/served.sql")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(served)
}
