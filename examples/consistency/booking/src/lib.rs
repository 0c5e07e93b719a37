//! Books trips: a room for a night and a seat on a flight, which two other services have.
//!
//! Either both are booked and paid for, or neither is. Two of the three ways to bring that about are here, and what they
//! share is in [`trip`]: opening a trip, which takes the money, and closing it, which may give it back.
//!
//! - [`saga`]: one step after the other, each committed for itself, and what was done is undone where one fails.
//! - [`tcc`]: try-confirm/cancel. Both places are held first, and confirmed or cancelled afterwards.
//!
//! A trip is closed once, and then its traveller gets one letter (`letter`), whatever the way.

mod desks;
mod letter;
pub mod saga;
pub mod tcc;
pub mod trip;

use std::error::Error;
use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};
use trip_places::Steps;

pub use desks::{Desk, Desks};

edafw::service!("booking");

/// The service of the worker binary, to be connected: `TRIP_HOTEL_URL` and `TRIP_AIRLINE_URL` name the desks, and
/// `TRIP_KILL_AT` the step at which it dies.
///
/// # Errors
/// A variable cannot be used.
pub fn app() -> Result<AppBuilder<Sqlite>, Box<dyn Error + Send + Sync>> {
    Ok(with(Desks::from_env()?, Steps::from_env()?))
}

/// The service, to be connected. `desks` is where hotel and airline answer, for try-confirm/cancel.
pub fn with(desks: Desks, steps: Steps) -> AppBuilder<Sqlite> {
    let builder = App::builder("booking").state(desks).state(steps).on_connect(create_tables);
    // What a killed worker held can go to the next one soon: handlers take milliseconds.
    builder.settings(|settings| settings.lease = Duration::from_secs(1))
}

/// Creates the service's own tables where they are missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
