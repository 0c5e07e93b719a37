//! The airline's step of the saga: the last one, so nobody asks to undo it.

use std::time::UNIX_EPOCH;

use edafw::{Envelope, Failed, Failure, Sqlite, Tx, domain_event, external_event, subscriber};
use trip_places::{Answer, Claim, take};

/// A trip has its room and lacks its seat: as much of the booking service's contract as the airline needs.
#[external_event(name = "trip.has-room", version = 1, source = "booking")]
struct TripHasRoomV1 {
    trip_no: i64,
    flight: String,
    seat_price: i64,
}

/// A seat was booked for a trip.
#[domain_event(name = "seat.booked", key = trip_no)]
struct SeatBooked {
    trip_no: i64,
    flight: String,
    price: i64,
}

#[external_event(name = "seat.booked", version = 1, of = SeatBooked, zero_payload)]
struct SeatBookedV1 {
    trip_no: i64,
}

/// There is no seat for a trip.
#[domain_event(name = "seat.refused", key = trip_no)]
struct SeatRefused {
    trip_no: i64,
    reason: String,
}

#[external_event(name = "seat.refused", version = 1, of = SeatRefused, zero_payload)]
struct SeatRefusedV1 {
    trip_no: i64,
}

impl From<Failed<'_, TripHasRoomV1>> for SeatRefused {
    fn from(failed: Failed<'_, TripHasRoomV1>) -> Self {
        Self { trip_no: failed.envelope.data.trip_no, reason: failed.error.to_owned() }
    }
}

/// Books a seat, if one is free.
#[subscriber(
    layer = external,
    retry(max_attempts = 20, backoff = "10ms..1s"),
    on_failure = publish(SeatRefused)
)]
async fn book_seat(event: &Envelope<TripHasRoomV1>, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let TripHasRoomV1 { trip_no, ref flight, seat_price: price } = event.data;
    let claim = Claim { trip_no, offer: flight.clone(), price };
    // As of the moment in which the trip got its room: from then on, holds can only run out.
    let asked_at = event.time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    match take(tx, &claim, asked_at).await? {
        Answer::Yes => {
            tx.publish(SeatBooked { trip_no, flight: flight.clone(), price }).await?;
            Ok(())
        }
        Answer::Full | Answer::Over => Err(Failure::permanent(format!("no seat is free on {flight}"))),
    }
}
