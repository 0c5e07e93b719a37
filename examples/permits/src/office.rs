//! The permit office and the citizens' portal, at work in one process.
//!
//! They could as well be two: `permits-worker` and `portal-worker` are. The office's events reach the portal
//! through the portal's database, which holds the queue that both agree on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use edafw::{
    App, CancellationToken, DeliveryStats, Error, ErrorKind, EventStore as _, Result, Sqlite, StoreCounts,
    Worker,
};
use portal::Failures;
use tokio::task::JoinSet;

/// Both services, connected.
#[derive(Debug)]
pub struct Office {
    permits: App<Sqlite>,
    portal: App<Sqlite>,
}

impl Office {
    /// Opens `permits.db` and `portal.db` in a directory; creates what is missing.
    ///
    /// Both services register what they subscribe to. The portal must have done so before the office sends its
    /// first event: a queue gets the events that are sent once it is there.
    ///
    /// # Errors
    /// The databases cannot be opened or written; a variable of the environment is wrong.
    pub async fn open(directory: &Path, failures: Failures) -> Result<Self> {
        let Some(directory) = directory.to_str().filter(|path| !path.contains('?')) else {
            let message = format!(
                "the data directory {} cannot be written in a database URL, which is UTF-8 and whose path ends at a `?`",
                directory.display()
            );
            return Err(Error::configuration(message));
        };
        let [permits_url, portal_url] =
            ["permits", "portal"].map(|name| format!("sqlite:{directory}/{name}.db"));
        let invalid = |error| Error::configuration("the environment is wrong").caused_by(error);
        let portal =
            portal::app().map_err(invalid)?.state(failures).database_url(&portal_url).connect().await?;
        let permits = crate::app()
            .map_err(invalid)?
            .state(failures)
            .database_url(permits_url)
            .external_url(format!("embedded:{portal_url}"))
            .connect()
            .await?;
        portal.register().await?;
        permits.register().await?;
        Ok(Self { permits, portal })
    }

    /// The permit office.
    pub fn permits(&self) -> &App<Sqlite> {
        &self.permits
    }

    /// Starts the workers of both services.
    ///
    /// # Errors
    /// A service has no subscriber.
    pub fn start_workers(&self) -> Result<Workers> {
        let workers = [self.permits.worker()?, self.portal.worker()?];
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for worker in &workers {
            let (worker, stop) = (Arc::clone(worker), stop.clone());
            tasks.spawn(async move { worker.run(stop).await });
        }
        Ok(Workers { services: workers, stop, tasks })
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

/// The workers of both services, running.
pub struct Workers {
    /// In the direction in which events travel.
    services: [Arc<Worker<Sqlite>>; 2],
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
        let stats = self.services.iter().flat_map(|worker| worker.stats().into_values());
        stats.map(|stats| stats.handled + stats.dead_letters).sum()
    }

    /// How many subscribers a step is delivered to.
    pub fn subscribers(&self) -> u64 {
        self.services.iter().map(|worker| worker.stats().len() as u64).sum()
    }

    async fn are_idle(&self) -> Result<bool> {
        for worker in &self.services {
            if !worker.is_idle().await? {
                return Ok(false);
            }
        }
        Ok(true)
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
        let stats = self.services.iter().flat_map(|worker| {
            let service = worker.app().service().to_owned();
            worker.stats().into_iter().map(move |(subscriber, stats)| (service.clone(), subscriber, stats))
        });
        Ok(stats.collect())
    }
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
