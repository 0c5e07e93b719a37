//! The airline: has seats on flights.
//!
//! In the saga it follows the booking service's events; for try-confirm/cancel it answers at its desk,
//! `trip_places::desk`.

mod saga;

use std::time::Duration;

use edafw::{App, AppBuilder, Sqlite};
use trip_places::Offer;

edafw::service!("airline");

/// The airline of the worker binary, to be connected: it has the flights that its database has.
pub fn app() -> AppBuilder<Sqlite> {
    with(Vec::new())
}

/// The airline, to be connected. It opens with the flights that it is given and does not have yet.
pub fn with(flights: Vec<Offer>) -> AppBuilder<Sqlite> {
    let builder = App::builder("airline").on_connect(|app| trip_places::set_up(app, flights));
    // What a killed worker held can go to the next one soon: handlers take milliseconds.
    builder.settings(|settings| settings.lease = Duration::from_secs(1))
}
