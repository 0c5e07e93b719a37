//! The permit office and the citizens' portal, at work in one process.
//!
//! They could as well be two: `permits-worker` and `portal-worker` are. The office's events reach the portal
//! through the portal's database, which holds the queue that both agree on.

use std::sync::Arc;
use std::time::Duration;

use edafw::{
    App, Backend, CancellationToken, DeliveryStats, Error, ErrorKind, EventStore as _, Result, StoreCounts,
    Worker,
};
use portal::Failures;
use tokio::task::JoinSet;

use crate::database::Database;
use crate::databases::Databases;

/// Both services, connected.
#[derive(Debug)]
pub struct Office {
    permits: App<Database>,
    portal: App<portal::Database>,
}

impl Office {
    /// Opens both databases; creates what is missing.
    ///
    /// Both services register what they subscribe to. The portal must have done so before the office sends its
    /// first event: a queue gets the events that are sent once it is there.
    ///
    /// # Errors
    /// The databases cannot be opened or written; a variable of the environment is wrong.
    pub async fn open(databases: &Databases, failures: Failures) -> Result<Self> {
        let invalid = |error| Error::configuration("the environment is wrong").caused_by(error);
        let portal =
            portal::app().map_err(invalid)?.state(failures).database_url(&databases.portal).connect().await?;
        let mut permits = crate::app().map_err(invalid)?.state(failures).database_url(&databases.permits);
        if !a_transport_is_named() {
            permits = permits.external_url(format!("embedded:{}", databases.portal));
        }
        let permits = permits.connect().await?;
        portal.register().await?;
        permits.register().await?;
        Ok(Self { permits, portal })
    }

    /// The permit office.
    pub fn permits(&self) -> &App<Database> {
        &self.permits
    }

    /// Starts the workers of both services.
    ///
    /// # Errors
    /// A service has no subscriber.
    pub fn start_workers(&self) -> Result<Workers> {
        let (permits, portal) = (self.permits.worker()?, self.portal.worker()?);
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        spawn(&mut tasks, &permits, &stop);
        spawn(&mut tasks, &portal, &stop);
        Ok(Workers { permits, portal, stop, tasks })
    }

    /// Which databases they are, without credentials.
    pub fn identities(&self) -> [String; 2] {
        [self.permits.store().identity().to_owned(), self.portal.store().identity().to_owned()]
    }

    /// How many events the office has stored, sent and seen published.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn events(&self) -> Result<StoreCounts> {
        self.permits.store().counts().await
    }

    /// Closes both databases.
    pub async fn close(self) {
        self.permits.close().await;
        self.portal.close().await;
    }
}

/// Whether the environment says what carries the events between the two; where not, the portal's database does.
fn a_transport_is_named() -> bool {
    ["EDAFW_TRANSPORT_URL", "EDAFW_EXTERNAL_URL"]
        .iter()
        .any(|variable| std::env::var(variable).is_ok_and(|url| !url.is_empty()))
}

/// The workers of both services, running.
pub struct Workers {
    permits: Arc<Worker<Database>>,
    portal: Arc<Worker<portal::Database>>,
    stop: CancellationToken,
    tasks: JoinSet<Result<()>>,
}

impl Workers {
    /// Waits until everything is delivered, provided that nobody publishes any more; calls `meanwhile` now and
    /// then.
    ///
    /// # Errors
    /// A worker has ended, or a database cannot be read.
    pub async fn wait_until_idle(&mut self, mut meanwhile: impl FnMut(&Self)) -> Result<()> {
        const LOOK: Duration = Duration::from_millis(20);
        let mut quiet_before = false;
        loop {
            meanwhile(self);
            // Two looks: an event on its way from a queue to the outbox could escape one.
            let quiet = self.are_idle().await?;
            if quiet && quiet_before {
                return Ok(());
            }
            quiet_before = quiet;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                Some(ended) = self.tasks.join_next() => return Err(too_early(ended)),
            }
        }
    }

    /// How many deliveries are over.
    pub fn delivered(&self) -> u64 {
        let over = |stats: &DeliveryStats| stats.handled + stats.dead_letters;
        self.permits.stats().values().chain(self.portal.stats().values()).map(over).sum()
    }

    /// How many subscribers a step is delivered to.
    pub fn subscribers(&self) -> u64 {
        (self.permits.stats().len() + self.portal.stats().len()) as u64
    }

    /// In the direction in which events travel.
    async fn are_idle(&self) -> Result<bool> {
        Ok(self.permits.is_idle().await? && self.portal.is_idle().await?)
    }

    /// Lets the workers finish what they do, and ends them.
    ///
    /// # Errors
    /// A worker ended with an error.
    pub async fn stop(mut self) -> Result<Vec<(String, String, DeliveryStats)>> {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(panicked)??;
        }
        Ok([named(&self.permits), named(&self.portal)].concat())
    }
}

fn spawn<B: Backend>(tasks: &mut JoinSet<Result<()>>, worker: &Arc<Worker<B>>, stop: &CancellationToken) {
    let (worker, stop) = (Arc::clone(worker), stop.clone());
    tasks.spawn(async move { worker.run(stop).await });
}

/// Service, subscriber, counts.
fn named<B: Backend>(worker: &Worker<B>) -> Vec<(String, String, DeliveryStats)> {
    let service = worker.app().service();
    worker.stats().into_iter().map(|(subscriber, stats)| (service.to_owned(), subscriber, stats)).collect()
}

fn too_early(ended: Result<Result<()>, tokio::task::JoinError>) -> Error {
    match ended {
        Ok(Ok(())) => Error::new(ErrorKind::Unavailable, "a worker ended before everything was delivered"),
        Ok(Err(error)) => error,
        Err(error) => panicked(error),
    }
}

fn panicked(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Unavailable, "a worker ended unexpectedly").caused_by(error)
}
