//! One process of many: a service, or travellers who ask for their trips.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use edafw::{CancellationToken, Failure};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use trip_booking::trip::{Trip, add_accounts};
use trip_booking::{Desks, saga, tcc};
use trip_places::Steps;
use trip_places::desk::{Desk, listen};

use crate::company::{Files, spawn};
use crate::crowd::ask_all;
use crate::sample::Sample;
use crate::two_phase::{Coordinator, Server};

/// Which process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The booking service's worker; it also gives up the trips whose travellers' process has died while trying.
    Booking,
    /// The hotel's worker and its desk.
    Hotel,
    /// The airline's worker and its desk.
    Airline,
    /// Asks for trips by the saga.
    SagaTravellers,
    /// Asks for trips by try-confirm/cancel.
    TccTravellers,
    /// Coordinates trips by two-phase commit.
    TwoPhaseTravellers,
    /// The coordinator's worker, and the recovery of two-phase commit.
    Resolver,
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "booking" => Ok(Self::Booking),
            "hotel" => Ok(Self::Hotel),
            "airline" => Ok(Self::Airline),
            "saga-travellers" => Ok(Self::SagaTravellers),
            "tcc-travellers" => Ok(Self::TccTravellers),
            "2pc-travellers" => Ok(Self::TwoPhaseTravellers),
            "resolver" => Ok(Self::Resolver),
            other => Err(format!("there is no part `{other}`")),
        }
    }
}

/// What it is told.
#[derive(Debug, Clone)]
pub struct Part {
    /// Which process it is.
    pub name: Name,
    /// Where the databases are that are files.
    pub data_dir: PathBuf,
    /// How many trips the crowd wants.
    pub trips: i64,
    /// Travellers: which of these trips they ask for, counted from 1.
    pub asks: RangeInclusive<i64>,
    /// Where the desk answers; 0 for anywhere.
    pub port: u16,
    /// The hotel's desk.
    pub hotel: String,
    /// The airline's desk.
    pub airline: String,
    /// The server of two-phase commit.
    pub postgres: Option<String>,
    /// How long a trip may be undecided before it is given up.
    pub patience: Duration,
    /// How long a place is held.
    pub holds_for: Duration,
}

/// How often the undecided trips are looked at.
const LOOK: Duration = Duration::from_millis(50);

impl Part {
    /// Does its part: until SIGTERM, or until all trips are asked for.
    ///
    /// # Errors
    /// A database, a port or an argument cannot be used.
    pub async fn run(self) -> Result<(), Failure> {
        let (steps, sample) = (Steps::from_env()?, Sample::crowd(self.trips));
        let files = Files(self.data_dir.clone());
        match self.name {
            Name::Booking => {
                let app = files.place(trip_booking::with(self.desks()?, steps))?.connect().await?;
                add_accounts(&app, &sample.accounts).await?;
                let (stop, mut tasks) = (stop_on_sigterm()?, JoinSet::new());
                spawn(&mut tasks, app.worker()?, &stop);
                println!("ready");
                while !stop.is_cancelled() {
                    tcc::give_up_forgotten(&app, self.patience).await?;
                    tokio::time::sleep(LOOK).await;
                }
                finish(tasks).await
            }
            Name::Hotel => {
                let app = files.place(trip_hotel::with(sample.nights))?.connect().await?;
                self.serve(Desk { app, holds_for: self.holds_for, steps }).await
            }
            Name::Airline => {
                let app = files.place(trip_airline::with(sample.flights))?.connect().await?;
                self.serve(Desk { app, holds_for: self.holds_for, steps }).await
            }
            Name::SagaTravellers => {
                let app = files.place(trip_booking::with(self.desks()?, steps))?.connect().await?;
                let ask = async |trip| saga::request(&app, trip).await.map(drop);
                ask_all(&self.wanted(&sample), ask).await
            }
            Name::TccTravellers => {
                let desks = self.desks()?;
                let app = files.place(trip_booking::with(desks.clone(), steps.clone()))?.connect().await?;
                let ask = async |trip| tcc::book(&app, &desks, &steps, trip).await.map(drop);
                ask_all(&self.wanted(&sample), ask).await
            }
            Name::TwoPhaseTravellers => {
                let coordinator = self.coordinator(&sample, steps).await?;
                // What fails is undecided or unfinished, which is the resolver's business.
                let ask = async |trip: &Trip| {
                    if let Err(error) = coordinator.book(trip).await {
                        eprintln!("trip {}: {error}", trip.trip_no);
                    }
                    Ok(())
                };
                ask_all(&self.wanted(&sample), ask).await
            }
            Name::Resolver => {
                let coordinator = self.coordinator(&sample, steps).await?;
                let (stop, mut tasks) = (stop_on_sigterm()?, JoinSet::new());
                spawn(&mut tasks, coordinator.worker()?, &stop);
                println!("ready");
                while !stop.is_cancelled() {
                    // A server that is away comes back: what is in doubt waits for it.
                    if let Err(error) = coordinator.resolve(self.patience).await {
                        eprintln!("resolver: {error}");
                    }
                    tokio::time::sleep(LOOK).await;
                }
                finish(tasks).await
            }
        }
    }

    fn desks(&self) -> Result<Desks, Failure> {
        Ok(Desks::new(&self.hotel, &self.airline)?)
    }

    async fn coordinator(&self, sample: &Sample, steps: Steps) -> Result<Coordinator, Failure> {
        let url = self.postgres.as_deref().ok_or("name the server of two-phase commit: --postgres URL")?;
        let databases = Server::new(url)?.databases("consistency").await?;
        Coordinator::connect(&databases, sample, steps).await
    }

    /// Worker and desk of hotel or airline.
    async fn serve(&self, desk: Desk) -> Result<(), Failure> {
        let (stop, mut tasks) = (stop_on_sigterm()?, JoinSet::new());
        let (listener, address) = listen(self.port).await?;
        spawn(&mut tasks, desk.app.worker()?, &stop);
        tasks.spawn(async move { Ok(desk.answer(listener, stop).await?) });
        println!("ready http://{address}");
        finish(tasks).await
    }

    /// The trips that this process asks for.
    fn wanted(&self, sample: &Sample) -> Vec<Trip> {
        let numbered = (1..).zip(&sample.trips);
        numbered.filter(|(number, _)| self.asks.contains(number)).map(|(_, trip)| trip.clone()).collect()
    }
}

fn stop_on_sigterm() -> Result<CancellationToken, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        terminate.recv().await;
        token.cancel();
    });
    Ok(stop)
}

async fn finish(mut tasks: JoinSet<Result<(), Failure>>) -> Result<(), Failure> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
