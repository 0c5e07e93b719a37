//! The kitchen: makes drinks until the chocolate runs out.

pub mod events;
pub mod making;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};

edafw::service!("kitchen");

/// Grams of chocolate that a new kitchen has, where `KITCHEN_CHOCOLATE` says nothing.
const CHOCOLATE: u32 = 1_000;

/// The kitchen of the worker binary: `KITCHEN_CHOCOLATE` says how many grams of chocolate a new kitchen has.
///
/// # Errors
/// The variable is no number of grams.
pub fn app() -> Result<AppBuilder<Sqlite>, String> {
    match std::env::var("KITCHEN_CHOCOLATE") {
        Ok(text) => match text.parse() {
            Ok(chocolate) => Ok(with(chocolate)),
            Err(_) => Err(format!("KITCHEN_CHOCOLATE is `{text}`, not a number of grams from 0")),
        },
        Err(_) => Ok(with(CHOCOLATE)),
    }
}

/// The kitchen, to be connected: `EDAFW_DATABASE_URL` names its database, and `EDAFW_EXTERNAL_URL` the queue database that
/// the services share. A new one has so many grams of chocolate.
pub fn with(chocolate: u32) -> AppBuilder<Sqlite> {
    let builder = App::builder("kitchen").on_connect(move |app| open(app, chocolate));
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    builder.settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the kitchen's own tables where they are missing, with its first stock.
async fn open(app: App<Sqlite>, chocolate: u32) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    sqlx::query(include_str!("sql/stock_up.sql")).bind(chocolate).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
