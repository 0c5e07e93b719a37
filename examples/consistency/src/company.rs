//! Saga and try-confirm/cancel: the three services, with a database each, at work in one process.
//!
//! They could as well be three: [`part`](crate::part) makes them so. Their events go through a fourth database, which
//! holds the queues that all of them agree on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use edafw::{App, AppBuilder, Backend, CancellationToken, Failure, Sqlite, Worker};
use std::time::Duration;
use tokio::task::JoinSet;
use trip_booking::trip::{Trip, add_accounts};
use trip_booking::{Desks, saga, tcc};
use trip_places::Steps;
use trip_places::desk::{Desk, listen};

use crate::sample::Sample;
use crate::way::Way;

/// Where the services keep what they know: the files of a directory.
#[derive(Debug, Clone)]
pub struct Files(pub PathBuf);

impl Files {
    /// A service on its own file, and on the queues that all share.
    ///
    /// # Errors
    /// The directory cannot be part of a URL.
    pub fn place<B: Backend>(&self, builder: AppBuilder<B>) -> Result<AppBuilder<B>, Failure> {
        let directory = self.0.to_str().filter(|path| !path.contains('?')).ok_or_else(|| {
            let directory = self.0.display();
            format!("the data directory {directory} cannot be written in a database URL: it is UTF-8 and ends at a `?`")
        })?;
        let own = format!("sqlite:{directory}/{}.db", builder.service());
        let shared = format!("embedded:sqlite:{directory}/post.db");
        Ok(builder.database_url(own).transport_url("embedded:").external_url(shared))
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// The services, with their workers and desks.
pub struct Company {
    booking: App<Sqlite>,
    hotel: App<Sqlite>,
    airline: App<Sqlite>,
    desks: Desks,
    stop: CancellationToken,
    tasks: JoinSet<Result<(), Failure>>,
}

impl Company {
    /// Opens all three, and sets everybody to work.
    ///
    /// # Errors
    /// A database or a port cannot be used.
    pub async fn open(files: &Files, sample: &Sample, holds_for: Duration) -> Result<Self, Failure> {
        let steps = Steps::default();
        let (hotel_listener, hotel_address) = listen(0).await?;
        let (airline_listener, airline_address) = listen(0).await?;
        let desks = Desks::new(format!("http://{hotel_address}"), format!("http://{airline_address}"))?;
        let booking = files.place(trip_booking::with(desks.clone(), steps.clone()))?.connect().await?;
        let hotel = files.place(trip_hotel::with(sample.nights.clone()))?.connect().await?;
        let airline = files.place(trip_airline::with(sample.flights.clone()))?.connect().await?;
        add_accounts(&booking, &sample.accounts).await?;
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        // A queue gets what is sent once it is there: all of them before the first event.
        for app in [&booking, &hotel, &airline] {
            app.register().await?;
        }
        for app in [&booking, &hotel, &airline] {
            spawn(&mut tasks, app.worker()?, &stop);
        }
        for (app, listener) in [(&hotel, hotel_listener), (&airline, airline_listener)] {
            let desk = Desk { app: app.clone(), holds_for, steps: steps.clone() };
            let stop = stop.clone();
            tasks.spawn(async move { Ok(desk.answer(listener, stop).await?) });
        }
        Ok(Self { booking, hotel, airline, desks, stop, tasks })
    }

    /// Asks for a trip. In the saga that is all; otherwise the places are held when this returns.
    ///
    /// # Errors
    /// The booking service's database cannot be written.
    pub async fn ask(&self, way: Way, trip: &Trip) -> Result<(), Failure> {
        match way {
            Way::Saga => saga::request(&self.booking, trip).await?,
            _ => tcc::book(&self.booking, &self.desks, &Steps::default(), trip).await?,
        };
        Ok(())
    }

    /// Requests to the desks so far.
    pub fn calls(&self) -> u64 {
        self.desks.calls()
    }

    /// Lets everybody finish what they do, and closes the databases.
    ///
    /// # Errors
    /// A worker or a desk had ended with an error.
    pub async fn close(mut self) -> Result<(), Failure> {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        for app in [self.booking, self.hotel, self.airline] {
            app.close().await;
        }
        Ok(())
    }
}

pub(crate) fn spawn<B: Backend>(
    tasks: &mut JoinSet<Result<(), Failure>>,
    worker: Arc<Worker<B>>,
    stop: &CancellationToken,
) {
    let stop = stop.clone();
    tasks.spawn(async move { Ok(worker.run(stop).await?) });
}
