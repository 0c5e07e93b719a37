//! The settlement: what is owed to each merchant.
//!
//! A system with a database of its own. It knows the shop by two contracts, `order.paid` and `order.refunded`, and
//! shares no code with it.

pub mod contracts;
pub mod lines;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};

edafw::service!("settlement");

/// The settlement, to be connected: `EDAFW_DATABASE_URL` names its database, and `EDAFW_EXTERNAL_URL` the queue
/// database that it shares with the shop.
pub fn app() -> AppBuilder<Sqlite> {
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    let builder = App::builder("settlement").on_connect(create_tables);
    builder.settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the settlement's own tables where they are missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
