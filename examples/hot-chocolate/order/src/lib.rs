//! The orders: what was ordered, at which price, and what became of it.
//!
//! Read it in this order:
//!
//! 1. [`events`]: the facts that this service announces, and those that it listens to.
//! 2. [`orders`]: the act, which places an order and publishes that.
//! 3. `prices`: the copy of the menu that an order is priced by.
//! 4. `outcome`: what the other services have done to an order.
//! 5. [`http`]: the service as customers see it.

pub mod events;
pub mod http;
pub mod orders;
mod outcome;
mod prices;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};

edafw::service!("order");

/// The orders, to be connected: `EDAFW_DATABASE_URL` names their database, and `EDAFW_EXTERNAL_URL` the queue database that
/// the services share.
pub fn app() -> AppBuilder<Sqlite> {
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    App::builder("order")
        .on_connect(create_tables)
        .settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the service's own tables where they are missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
