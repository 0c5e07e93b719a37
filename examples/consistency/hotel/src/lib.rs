//! The hotel: has rooms for nights.
//!
//! In the saga it follows the booking service's events: a room is booked when a trip was requested, and given back when
//! the trip failed. For try-confirm/cancel it answers at its desk, `trip_places::desk`.

mod saga;

use std::time::Duration;

use edafw::{App, AppBuilder, Sqlite};
use trip_places::Offer;

edafw::service!("hotel");

/// The hotel of the worker binary, to be connected: it has the nights that its database has.
pub fn app() -> AppBuilder<Sqlite> {
    with(Vec::new())
}

/// The hotel, to be connected. It opens with the nights that it is given and does not have yet.
pub fn with(nights: Vec<Offer>) -> AppBuilder<Sqlite> {
    let builder = App::builder("hotel").on_connect(|app| trip_places::set_up(app, nights));
    // What a killed worker held can go to the next one soon: handlers take milliseconds.
    builder.settings(|settings| settings.lease = Duration::from_secs(1))
}
