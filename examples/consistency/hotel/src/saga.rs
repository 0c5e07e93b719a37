//! The hotel's step of the saga, and how it is undone.

use std::time::UNIX_EPOCH;

use edafw::{Envelope, Failed, Failure, Sqlite, Tx, domain_event, external_event, subscriber};
use trip_places::{Answer, Claim, give_back, take};

/// Somebody wants a room: as much of the booking service's contract as the hotel needs.
#[external_event(name = "trip.requested", version = 1, source = "booking")]
struct TripRequestedV1 {
    trip_no: i64,
    night: String,
    room_price: i64,
}

/// A trip that has a room comes to nothing.
#[external_event(name = "trip.failed", version = 1, source = "booking")]
struct TripFailedV1 {}

/// A room was booked for a trip.
#[domain_event(name = "room.booked", key = trip_no)]
struct RoomBooked {
    trip_no: i64,
    night: String,
    price: i64,
}

#[external_event(name = "room.booked", version = 1, of = RoomBooked, zero_payload)]
struct RoomBookedV1 {
    trip_no: i64,
}

/// There is no room for a trip.
#[domain_event(name = "room.refused", key = trip_no)]
struct RoomRefused {
    trip_no: i64,
    reason: String,
}

#[external_event(name = "room.refused", version = 1, of = RoomRefused, zero_payload)]
struct RoomRefusedV1 {
    trip_no: i64,
}

/// A trip has no room any more.
#[domain_event(name = "room.given-back", key = trip_no)]
struct RoomGivenBack {
    trip_no: i64,
}

#[external_event(name = "room.given-back", version = 1, of = RoomGivenBack, zero_payload)]
struct RoomGivenBackV1 {
    trip_no: i64,
}

impl From<Failed<'_, TripRequestedV1>> for RoomRefused {
    fn from(failed: Failed<'_, TripRequestedV1>) -> Self {
        Self { trip_no: failed.envelope.data.trip_no, reason: failed.error.to_owned() }
    }
}

// ANCHOR: step
/// Books a room, if one is free.
#[subscriber(
    layer = external,
    retry(max_attempts = 20, backoff = "10ms..1s"),
    on_failure = publish(RoomRefused)
)]
async fn book_room(event: &Envelope<TripRequestedV1>, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let TripRequestedV1 { trip_no, ref night, room_price: price } = event.data;
    let claim = Claim { trip_no, offer: night.clone(), price };
    match take(tx, &claim, asked_at(event)).await? {
        Answer::Yes => {
            tx.publish(RoomBooked { trip_no, night: night.clone(), price }).await?;
            Ok(())
        }
        Answer::Full | Answer::Over => Err(Failure::permanent(format!("no room is free on {night}"))),
    }
}
// ANCHOR_END: step

/// As of the moment in which the trip was asked for: from then on, holds can only run out.
fn asked_at(event: &Envelope<TripRequestedV1>) -> i64 {
    event.time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

// ANCHOR: undo
/// Undoes what the hotel has done in the same flow, as its event log says.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn give_room_back(event: &Envelope<TripFailedV1>, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let booked = tx.history().flow(event.correlation_id).of::<RoomBooked>().all().await?;
    let RoomBooked { trip_no, .. } = booked.first().ok_or("this flow has booked no room")?.data;
    give_back(tx, trip_no).await?;
    tx.publish(RoomGivenBack { trip_no }).await?;
    Ok(())
}
// ANCHOR_END: undo
