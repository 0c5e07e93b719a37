//! The shop: takes orders, and has them paid and refunded.
//!
//! Read it in this order:
//!
//! 1. [`events`]: the facts that the shop announces.
//! 2. [`orders`]: the acts, which change an order and publish what happened.
//! 3. [`notify`]: what the customer is told, in the worker.
//! 4. [`http`]: the shop as the rest of the world sees it.

pub mod events;
pub mod http;
pub mod notify;
pub mod orders;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};

edafw::service!("shop");

/// The shop, to be connected: `EDAFW_DATABASE_URL` names its database, and `EDAFW_EXTERNAL_URL` the queue database
/// that it shares with other systems.
pub fn app() -> AppBuilder<Sqlite> {
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    App::builder("shop")
        .on_connect(create_tables)
        .settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the shop's own tables where they are missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
