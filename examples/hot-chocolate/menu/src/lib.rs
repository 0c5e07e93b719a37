//! The menu: which drinks there are, and what they cost.

pub mod drinks;
pub mod events;
pub mod http;
mod sold_out;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};

edafw::service!("menu");

/// The menu, to be connected: `EDAFW_DATABASE_URL` names its database, and `EDAFW_EXTERNAL_URL` the queue database that
/// the services share.
pub fn app() -> AppBuilder<Sqlite> {
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    App::builder("menu")
        .on_connect(create_tables)
        .settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the menu's own tables where they are missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
