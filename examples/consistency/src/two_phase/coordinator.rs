//! Who books trips in two phases.

use std::sync::Arc;

use edafw::{App, Failure, Postgres, Worker};
use trip_booking::trip::Trip;
use trip_places::{Claim, Steps};

use super::databases::Databases;
use super::log;
use super::participant::{Participant, Prepared};
use crate::sample::Sample;

/// The booking service, with both participants.
#[derive(Debug, Clone)]
pub struct Coordinator {
    pub(super) app: App<Postgres>,
    pub(super) hotel: Participant,
    pub(super) airline: Participant,
    steps: Steps,
}

impl Coordinator {
    /// Connects to all three databases, and adds what is missing there.
    ///
    /// # Errors
    /// A database cannot be reached or written.
    pub async fn connect(databases: &Databases, sample: &Sample, steps: Steps) -> Result<Self, Failure> {
        let [booking, hotel, airline] = databases.urls();
        let app = log::app().database_url(booking).connect().await?;
        let mut tx = app.begin().await?;
        log::lock_set_up(&mut tx).await?;
        for (traveller, balance) in &sample.accounts {
            let add = sqlx::query(include_str!("sql/add_account.sql")).bind(traveller).bind(balance);
            add.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        app.register().await?;
        Ok(Self {
            app,
            hotel: Participant::connect("hotel", hotel, &sample.nights).await?,
            airline: Participant::connect("airline", airline, &sample.flights).await?,
            steps,
        })
    }

    /// The worker of the booking service.
    ///
    /// # Errors
    /// It has no subscriber.
    pub fn worker(&self) -> Result<Arc<Worker<Postgres>>, Failure> {
        Ok(self.app.worker()?)
    }

    // ANCHOR: book
    /// Books a trip, or finds that it cannot be. One that was asked for before stays as it is.
    ///
    /// # Errors
    /// Something failed: what is undecided or unfinished is for [`resolve`](Self::resolve).
    pub async fn book(&self, trip: &Trip) -> Result<(), Failure> {
        if !log::open(&self.app, trip.trip_no, &trip.traveller).await? {
            return Ok(());
        }
        self.steps.passed("2pc.opened");
        let prepared = self.prepare(trip).await;
        let booked = self.decide(trip, prepared).await?;
        self.steps.passed("2pc.decided");
        self.hotel.finish(trip.trip_no, booked).await?;
        self.steps.passed("2pc.room-finished");
        self.airline.finish(trip.trip_no, booked).await?;
        self.steps.passed("2pc.seat-finished");
        Ok(())
    }
    // ANCHOR_END: book

    /// Both, always in the same order: of two trips that want the same, one waits, and none for the other in turn.
    async fn prepare(&self, trip: &Trip) -> Result<(), &'static str> {
        let Trip { trip_no, night, flight, room_price, seat_price, .. } = trip.clone();
        let room = Claim { trip_no, offer: night, price: room_price };
        match self.hotel.prepare(&room).await {
            Ok(Prepared::Yes) => self.steps.passed("2pc.room-prepared"),
            Ok(Prepared::Full) => return Err("no room"),
            Err(_) => return Err("the hotel does not answer"),
        }
        let seat = Claim { trip_no, offer: flight, price: seat_price };
        match self.airline.prepare(&seat).await {
            Ok(Prepared::Yes) => self.steps.passed("2pc.seat-prepared"),
            Ok(Prepared::Full) => return Err("no seat"),
            Err(_) => return Err("the airline does not answer"),
        }
        Ok(())
    }

    // ANCHOR: decide
    /// The moment that counts: decision, money and event are one commit. Answers what was decided, by whomever.
    async fn decide(&self, trip: &Trip, prepared: Result<(), &'static str>) -> Result<bool, Failure> {
        let price = trip.room_price + trip.seat_price;
        let mut tx = self.app.begin().await?;
        let decision = match prepared {
            Ok(()) if log::pay(&mut tx, &trip.traveller, price).await? => Ok(price),
            Ok(()) => Err("no money"),
            Err(reason) => Err(reason),
        };
        if !log::decide(&mut tx, trip.trip_no, decision).await? {
            tx.rollback().await;
            return Ok(log::decision(&self.app, trip.trip_no).await? == Some(true));
        }
        self.steps.passed("2pc.deciding");
        tx.commit().await?;
        Ok(decision.is_ok())
    }
    // ANCHOR_END: decide

    /// Statements that trips have cost at both participants.
    pub fn statements(&self) -> u64 {
        self.hotel.statements() + self.airline.statements()
    }

    /// Closes all connections.
    pub async fn close(self) {
        self.hotel.close().await;
        self.airline.close().await;
        self.app.close().await;
    }
}
