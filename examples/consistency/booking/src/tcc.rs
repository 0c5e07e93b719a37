//! Try-confirm/cancel: both places are held, and then confirmed or cancelled.
//!
//! *Try* is a question whose answer the traveller waits for, so it is a call ([`book`]). What was decided is a fact, so
//! it is an event, stored in the transaction of the decision: a subscriber confirms or cancels at both participants, and
//! is tried again until both have answered. Nobody waits for a coordinator that has died while trying: holds run out by
//! themselves, and [`give_up_forgotten`] closes the trip.
//!
//! A confirmation that comes after a hold ran out takes a place that is still free. If none is, the trip is given up,
//! and what the other participant has confirmed is cancelled.

use std::time::Duration;

use edafw::{App, Failure, Sqlite, State, domain_event, subscriber};
use trip_places::{Answer, Claim, Steps};

use crate::trip::{self, Opening, Trip};
use crate::{Desk, Desks};

/// Both places are held: the trip is to be.
#[domain_event(name = "trip.held", key = trip_no)]
struct TripHeld {
    trip_no: i64,
}

/// The trip is not to be.
#[domain_event(name = "trip.given-up", key = trip_no)]
struct TripGivenUp {
    trip_no: i64,
    reason: String,
}

/// Tries to get both places, and decides.
///
/// # Errors
/// The booking service's own database cannot be written. Then the trip is as it was, or will be given up.
pub async fn book(app: &App<Sqlite>, desks: &Desks, steps: &Steps, trip: &Trip) -> Result<Opening, Failure> {
    let now = app.clock().now_millis();
    let mut tx = app.begin().await?;
    let opening = trip::open(&mut tx, trip, "trying", now).await?;
    tx.commit().await?;
    if opening == Opening::Opened {
        steps.passed("tcc.opened");
        match hold_both(desks, steps, trip).await {
            Ok(()) => decide(app, trip.trip_no, None).await?,
            Err(reason) => decide(app, trip.trip_no, Some(&reason)).await?,
        }
        steps.passed("tcc.decided");
    }
    Ok(opening)
}

/// Holds both places, or says which one is not to be had.
async fn hold_both(desks: &Desks, steps: &Steps, trip: &Trip) -> Result<(), String> {
    let Trip { trip_no, night, flight, room_price, seat_price, .. } = trip.clone();
    let room = Claim { trip_no, offer: night, price: room_price };
    hold(&desks.hotel, &room, "room", "hotel").await?;
    steps.passed("tcc.room-held");
    let seat = Claim { trip_no, offer: flight, price: seat_price };
    hold(&desks.airline, &seat, "seat", "airline").await?;
    steps.passed("tcc.seat-held");
    Ok(())
}

async fn hold(desk: &Desk, claim: &Claim, what: &str, who: &str) -> Result<(), String> {
    match desk.hold(claim).await {
        Ok(Answer::Yes) => Ok(()),
        Ok(Answer::Full) => Err(format!("no {what}")),
        Ok(Answer::Over) => Err(format!("the {what} was given back")),
        Err(_) => Err(format!("the {who} does not answer")),
    }
}

// ANCHOR: decide
/// The one moment that counts: what is decided here and the event that says so are one commit.
async fn decide(app: &App<Sqlite>, trip_no: i64, reason: Option<&str>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    let to = if reason.is_some() { "giving up" } else { "confirming" };
    // Somebody else may have given it up meanwhile.
    if trip::move_on(&mut tx, trip_no, "trying", to, reason).await? {
        match reason {
            Some(reason) => tx.publish(TripGivenUp { trip_no, reason: reason.to_owned() }).await?,
            None => tx.publish(TripHeld { trip_no }).await?,
        };
    }
    tx.commit().await?;
    Ok(())
}
// ANCHOR_END: decide

/// Gives up the trips that were opened `patience` ago and not decided: whoever was trying has died. Answers how many.
///
/// # Errors
/// The database cannot be used.
pub async fn give_up_forgotten(app: &App<Sqlite>, patience: Duration) -> Result<usize, Failure> {
    let before = app.clock().now_millis() - patience.as_millis() as i64;
    let mut tx = app.begin().await?;
    let forgotten: Vec<i64> =
        sqlx::query_scalar(include_str!("sql/forgotten.sql")).bind(before).fetch_all(&mut *tx).await?;
    for &trip_no in &forgotten {
        let reason = "the booking was cut off";
        if trip::move_on(&mut tx, trip_no, "trying", "giving up", Some(reason)).await? {
            tx.publish(TripGivenUp { trip_no, reason: reason.to_owned() }).await?;
        }
    }
    tx.commit().await?;
    Ok(forgotten.len())
}

// ANCHOR: confirm
/// Confirms at both, again and again until both have answered.
///
/// It takes `App`, for it calls out and must not hold the database meanwhile; that it may do so twice is what the
/// participants are prepared for.
#[subscriber(layer = internal, retry(max_attempts = 100, backoff = "20ms..2s"))]
async fn confirm_places(
    event: &TripHeld,
    app: App<Sqlite>,
    desks: State<Desks>,
    steps: State<Steps>,
) -> Result<(), Failure> {
    let trip_no = event.trip_no;
    let room = desks.hotel.confirm(trip_no).await?;
    steps.passed("tcc.room-confirmed");
    let seat = desks.airline.confirm(trip_no).await?;
    steps.passed("tcc.seat-confirmed");
    let mut tx = app.begin().await?;
    if room == Answer::Yes && seat == Answer::Yes {
        trip::close(&mut tx, trip_no, "confirming", None).await?;
    } else {
        let reason = "a hold ran out";
        if trip::move_on(&mut tx, trip_no, "confirming", "giving up", Some(reason)).await? {
            tx.publish(TripGivenUp { trip_no, reason: reason.to_owned() }).await?;
        }
    }
    tx.commit().await?;
    steps.passed("tcc.closed");
    Ok(())
}
// ANCHOR_END: confirm

/// Cancels at both, likewise, and gives the money back.
#[subscriber(layer = internal, retry(max_attempts = 100, backoff = "20ms..2s"))]
async fn cancel_places(
    event: &TripGivenUp,
    app: App<Sqlite>,
    desks: State<Desks>,
    steps: State<Steps>,
) -> Result<(), Failure> {
    let trip_no = event.trip_no;
    desks.hotel.cancel(trip_no).await?;
    steps.passed("tcc.room-cancelled");
    desks.airline.cancel(trip_no).await?;
    steps.passed("tcc.seat-cancelled");
    let mut tx = app.begin().await?;
    trip::close(&mut tx, trip_no, "giving up", Some(&event.reason)).await?;
    tx.commit().await?;
    steps.passed("tcc.closed");
    Ok(())
}
