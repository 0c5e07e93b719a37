//! Holds run out by themselves, by a clock that the test turns.

use std::sync::Arc;
use std::time::Duration;

use consistency::sample::Sample;
use edafw::testing::Harness;
use edafw::{App, CancellationToken, ManualClock, Sqlite};
use trip_booking::trip::{Trip, add_accounts};
use trip_booking::{Desks, tcc};
use trip_places::Steps;
use trip_places::desk::{Desk, listen};

const HELD_FOR: Duration = Duration::from_secs(30);

/// The three services in memory, with one clock.
struct Stage {
    booking: Harness<Sqlite>,
    hotel: Harness<Sqlite>,
    airline: Harness<Sqlite>,
    desks: Desks,
    /// Ends the desks.
    _stop: tokio_guard::Guard,
}

/// A token that is cancelled when the stage is left.
mod tokio_guard {
    pub(super) struct Guard(pub(super) edafw::CancellationToken);

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }
}

impl Stage {
    /// The desks answer at once, unless the hotel's is to be opened later.
    async fn new(hotel_opens: bool) -> (Self, Option<tokio::net::TcpListener>) {
        let (clock, story) = (Arc::new(ManualClock::default()), Sample::story());
        let (hotel_listener, hotel_address) = listen(0).await.unwrap();
        let (airline_listener, airline_address) = listen(0).await.unwrap();
        let desks =
            Desks::new(format!("http://{hotel_address}"), format!("http://{airline_address}")).unwrap();
        let booking = trip_booking::with(desks.clone(), Steps::default());
        let booking = Harness::start_with_clock(booking, Arc::clone(&clock)).await.unwrap();
        let hotel =
            Harness::start_with_clock(trip_hotel::with(story.nights), Arc::clone(&clock)).await.unwrap();
        let airline = Harness::start_with_clock(trip_airline::with(story.flights), clock).await.unwrap();
        add_accounts(booking.app(), &story.accounts).await.unwrap();
        let stop = CancellationToken::new();
        open(airline.app(), airline_listener, &stop);
        let later = if hotel_opens {
            open(hotel.app(), hotel_listener, &stop);
            None
        } else {
            Some(hotel_listener)
        };
        (Self { booking, hotel, airline, desks, _stop: tokio_guard::Guard(stop) }, later)
    }

    async fn book(&self, trip: &Trip) {
        tcc::book(self.booking.app(), &self.desks, &Steps::default(), trip).await.unwrap();
    }

    /// State and reason of a trip.
    async fn trip(&self, trip_no: i64) -> (String, Option<String>) {
        row(self.booking.app(), "select state, reason from trip where trip_no = ?1", trip_no).await
    }

    /// State of its place in the hotel, and in the airline.
    async fn places(&self, trip_no: i64) -> [String; 2] {
        let query = "select state, '' from place where trip_no = ?1";
        let (room, _): (String, String) = row(self.hotel.app(), query, trip_no).await;
        let (seat, _): (String, String) = row(self.airline.app(), query, trip_no).await;
        [room, seat]
    }
}

fn open(app: &App<Sqlite>, listener: tokio::net::TcpListener, stop: &CancellationToken) {
    let desk = Desk { app: app.clone(), holds_for: HELD_FOR, steps: Steps::default() };
    tokio::spawn(desk.answer(listener, stop.clone()));
}

async fn row<T>(app: &App<Sqlite>, query: &'static str, trip_no: i64) -> T
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    let mut tx = app.begin().await.unwrap();
    let row = sqlx::query_as(query).bind(trip_no).fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await;
    row
}

/// May 6 and E102, which has one seat.
fn wants_the_last_seat(trip_no: i64, traveller: &str) -> Trip {
    let (night, flight) = ("May 6".to_owned(), "E102".to_owned());
    Trip { trip_no, traveller: traveller.to_owned(), night, flight, room_price: 90, seat_price: 150 }
}

#[tokio::test]
async fn a_hold_that_ran_out_keeps_nobody_out() {
    let (stage, _) = Stage::new(true).await;
    stage.book(&wants_the_last_seat(1, "Ada")).await;
    stage.book(&wants_the_last_seat(2, "Bram")).await;
    assert_eq!(stage.trip(2).await, ("giving up".to_owned(), Some("no seat".to_owned())));

    // The confirmation is late, and the seat goes to somebody else.
    stage.booking.clock().advance(HELD_FOR);
    stage.book(&wants_the_last_seat(3, "Chidi")).await;
    stage.booking.run_until_idle().await.unwrap();
    assert_eq!(stage.trip(3).await, ("booked".to_owned(), None));
    assert_eq!(stage.places(3).await, ["booked", "booked"]);

    // What the hotel had confirmed of the first trip is cancelled, and the money is back.
    assert_eq!(stage.trip(1).await, ("not booked".to_owned(), Some("a hold ran out".to_owned())));
    assert_eq!(stage.places(1).await, ["given back", "given back"]);
    let money = "select balance, paid from account natural join trip where trip_no = ?1";
    assert_eq!(row::<(i64, i64)>(stage.booking.app(), money, 1).await, (500, 0));
    assert_eq!(row::<(i64, i64)>(stage.booking.app(), money, 3).await, (260, 240));
}

#[tokio::test]
async fn a_late_confirmation_takes_a_place_that_is_still_free() {
    let (stage, _) = Stage::new(true).await;
    stage.book(&wants_the_last_seat(1, "Ada")).await;
    stage.booking.clock().advance(HELD_FOR * 10);
    stage.booking.run_until_idle().await.unwrap();
    assert_eq!(stage.trip(1).await, ("booked".to_owned(), None));
    assert_eq!(stage.places(1).await, ["booked", "booked"]);
}

#[tokio::test]
async fn a_hold_counts_until_the_moment_it_runs_out() {
    let (stage, _) = Stage::new(true).await;
    stage.book(&wants_the_last_seat(1, "Ada")).await;
    stage.booking.clock().advance(Duration::from_millis(29_999));
    stage.book(&wants_the_last_seat(2, "Bram")).await;
    assert_eq!(stage.trip(2).await.1.as_deref(), Some("no seat"));
}

#[tokio::test]
async fn a_trip_that_nobody_decides_is_given_up() {
    let (stage, hotel) = Stage::new(false).await;
    let (hotel, patience) = (hotel.unwrap(), Duration::from_secs(10));
    let trip = wants_the_last_seat(1, "Ada");
    // Whoever books is gone while the hotel thinks.
    tokio::select! {
        () = stage.book(&trip) => panic!("nobody answers"),
        called = hotel.accept() => drop(called.unwrap()),
    }
    open(stage.hotel.app(), hotel, &CancellationToken::new());
    assert_eq!(tcc::give_up_forgotten(stage.booking.app(), patience).await.unwrap(), 0);
    stage.booking.clock().advance(patience);
    assert_eq!(tcc::give_up_forgotten(stage.booking.app(), patience).await.unwrap(), 1);
    stage.booking.run_until_idle().await.unwrap();
    assert_eq!(stage.trip(1).await, ("not booked".to_owned(), Some("the booking was cut off".to_owned())));

    // A request that was on its way all the time finds the trip over.
    let claim = trip_places::Claim { trip_no: 1, offer: trip.night, price: 90 };
    assert_eq!(stage.desks.hotel.hold(&claim).await.unwrap(), trip_places::Answer::Over);
}
