//! The saga: a trip goes from service to service by events, and each commits its step for itself.
//!
//! ```text
//! booking                 hotel                 airline
//! trip.requested  ------> room.booked
//! trip.has-room   <-----------'
//!            '------------------------------->  seat.booked
//! trip.closed     <---------------------------------'
//! ```
//!
//! A step that cannot be done publishes a failure event (`room.refused`, `seat.refused`), and whoever has done an
//! earlier step undoes it: the hotel gives the room back, and then booking gives the money back.

use edafw::{App, Failure, Sqlite, Tx, domain_event, external_event, subscriber};

use crate::trip::{self, Opening, Trip};

/// Asks for a trip: the money is taken, and the rest follows.
///
/// # Errors
/// The database cannot be written. Then nothing has happened.
pub async fn request(app: &App<Sqlite>, trip: &Trip) -> Result<Opening, Failure> {
    let now = app.clock().now_millis();
    let mut tx = app.begin().await?;
    let opening = trip::open(&mut tx, trip, "requested", now).await?;
    if opening == Opening::Opened {
        let Trip { trip_no, night, room_price, .. } = trip.clone();
        tx.publish(TripRequested { trip_no, night, room_price }).await?;
    }
    tx.commit().await?;
    Ok(opening)
}

/// A trip was asked for and paid.
#[domain_event(name = "trip.requested", key = trip_no)]
#[derive(Clone)]
struct TripRequested {
    trip_no: i64,
    night: String,
    room_price: i64,
}

/// What the hotel learns of it.
#[external_event(name = "trip.requested", version = 1, of = TripRequested)]
struct TripRequestedV1 {
    trip_no: i64,
    night: String,
    room_price: i64,
}

impl From<&TripRequested> for TripRequestedV1 {
    fn from(event: &TripRequested) -> Self {
        let TripRequested { trip_no, night, room_price } = event.clone();
        Self { trip_no, night, room_price }
    }
}

/// A trip has its room, and lacks its seat.
#[domain_event(name = "trip.has-room", key = trip_no)]
#[derive(Clone)]
struct TripHasRoom {
    trip_no: i64,
    flight: String,
    seat_price: i64,
}

/// What the airline learns of it.
#[external_event(name = "trip.has-room", version = 1, of = TripHasRoom)]
struct TripHasRoomV1 {
    trip_no: i64,
    flight: String,
    seat_price: i64,
}

impl From<&TripHasRoom> for TripHasRoomV1 {
    fn from(event: &TripHasRoom) -> Self {
        let TripHasRoom { trip_no, flight, seat_price } = event.clone();
        Self { trip_no, flight, seat_price }
    }
}

/// A trip that has its room cannot get a seat.
#[domain_event(name = "trip.failed", key = trip_no)]
struct TripFailed {
    trip_no: i64,
}

/// What the hotel learns of it.
#[external_event(name = "trip.failed", version = 1, of = TripFailed, zero_payload)]
struct TripFailedV1 {
    trip_no: i64,
}

/// The hotel has booked a room for a trip.
#[external_event(name = "room.booked", version = 1, source = "hotel")]
struct RoomBookedV1 {
    trip_no: i64,
}

/// The hotel has no room for a trip.
#[external_event(name = "room.refused", version = 1, source = "hotel")]
struct RoomRefusedV1 {
    trip_no: i64,
}

/// A trip has no room any more.
#[external_event(name = "room.given-back", version = 1, source = "hotel")]
struct RoomGivenBackV1 {
    trip_no: i64,
}

/// The airline has booked a seat for a trip.
#[external_event(name = "seat.booked", version = 1, source = "airline")]
struct SeatBookedV1 {
    trip_no: i64,
}

/// The airline has no seat for a trip.
#[external_event(name = "seat.refused", version = 1, source = "airline")]
struct SeatRefusedV1 {
    trip_no: i64,
}

/// The first step is done.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn go_on_with_the_seat(event: &RoomBookedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let (flight, seat_price) = trip::seat(tx, event.trip_no).await?;
    tx.publish(TripHasRoom { trip_no: event.trip_no, flight, seat_price }).await?;
    Ok(())
}

/// The second step is done, and with it the trip.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn close_as_booked(event: &SeatBookedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    trip::close(tx, event.trip_no, "requested", None).await
}

/// The first step failed: nothing but the money is to be undone.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn close_without_room(event: &RoomRefusedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    trip::close(tx, event.trip_no, "requested", Some("no room")).await
}

/// The second step failed: the first is to be undone.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn tell_that_it_failed(event: &SeatRefusedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    tx.publish(TripFailed { trip_no: event.trip_no }).await?;
    Ok(())
}

/// The first step is undone: the money is next, and last.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn close_without_seat(event: &RoomGivenBackV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    trip::close(tx, event.trip_no, "requested", Some("no seat")).await
}
