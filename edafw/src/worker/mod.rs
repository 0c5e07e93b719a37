//! The worker: everything that happens outside of the publisher's transaction.

mod alone;
mod attempts;
mod backfill;
mod batches;
mod call;
mod consumer;
mod contention;
mod dead_letters;
mod drain;
mod former_transport;
mod giving_up;
mod heartbeat;
mod idle;
mod incoming;
mod left_behind;
mod outage;
mod recorder;
mod registration;
mod relay;
mod republisher;
mod rerun;
mod shared;
mod start;
mod stats;
mod supervisor;

use std::collections::BTreeMap;
use std::sync::Arc;

use edafw_core::{Backend, Error, Result};
use tokio_util::sync::CancellationToken;

pub(crate) use alone::Ended;
pub use dead_letters::Retried;
pub(crate) use left_behind::place;
pub(crate) use registration::Provisioned;
pub(crate) use rerun::{Past, Rerun};
pub use stats::DeliveryStats;

use crate::App;
use consumer::{Conduct, Consumer};
use outage::Outage;
use recorder::Recorder;
use relay::Relay;
pub(crate) use republisher::Republisher;
use stats::Stats;

/// Runs a service's subscribers, its relay, its recorder and its republisher.
///
/// Any number of workers may run at the same time, in one process or several.
pub struct Worker<B: Backend> {
    app: App<B>,
    relay: Relay<B>,
    recorders: Vec<Recorder<B>>,
    republisher: Republisher<B>,
    consumers: Vec<Consumer<B>>,
    conduct: Arc<Conduct>,
    stats: Stats,
    starting: Outage<()>,
    outage: Arc<Outage<supervisor::Task>>,
}

impl<B: Backend> App<B> {
    /// The worker of this application.
    ///
    /// # Errors
    /// The application has neither subscribers nor external events: most likely the crate that declares them
    /// is not linked into this program.
    pub fn worker(&self) -> Result<Arc<Worker<B>>> {
        if self.registry().workers().is_empty() {
            return Err(Error::configuration(format!(
                "the worker of `{0}` has no subscriber: no linked crate declares one under `edafw::service!(\"{0}\")`; \
                 name a function of the crate that does, as `edafw::worker!(that_crate::app)` would",
                self.service()
            )));
        }
        let stats = Stats::default();
        let conduct = Arc::default();
        Ok(Arc::new(Worker {
            app: self.clone(),
            relay: Relay::new(self.clone()),
            recorders: Recorder::all(self),
            republisher: Republisher::new(self.clone()),
            consumers: Consumer::all(self, &stats, &conduct),
            conduct,
            stats,
            starting: Outage::new(),
            outage: Arc::new(Outage::new()),
        }))
    }
}

impl<B: Backend> Worker<B> {
    /// Runs until `stop` is cancelled: then it stops receiving, finishes what runs within the shutdown
    /// deadline, and gives back the rest.
    ///
    /// Databases and transports that are away are waited for, at the start too. A task that panics is started again.
    ///
    /// # Errors
    /// At the start, what waiting cannot help: a right that is missing, credentials that are not accepted; or the
    /// transport changed while deliveries may wait on the former one, see [`drain`](Self::drain).
    pub async fn run(self: &Arc<Self>, stop: CancellationToken) -> Result<()> {
        if self.prepare(&stop).await? {
            self.supervise(stop).await;
        }
        Ok(())
    }

    /// Runs until nothing is left to do: no event to send, no message in a queue of this service.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_until_idle(self: &Arc<Self>) -> Result<()> {
        self.run_until_idle_or(CancellationToken::new()).await
    }

    /// Runs until nothing is left to do, or until `stop` is cancelled.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_until_idle_or(self: &Arc<Self>, stop: CancellationToken) -> Result<()> {
        // Before that nothing waits for a subscriber that is to get the past.
        if self.prepare(&stop).await? {
            tokio::join!(self.supervise(stop.clone()), self.stop_when_idle(stop));
        }
        Ok(())
    }

    /// Does everything that can be done now, one thing after the other, and answers whether there was
    /// anything. Retries whose time has not come are left. For tests that turn the clock by hand.
    ///
    /// # Errors
    /// The database or a transport could not be reached.
    pub async fn step(&self) -> Result<bool> {
        let mut done = self.relay.step().await?;
        for consumer in &self.consumers {
            let lanes = consumer.receive(self.app.settings().batch, std::time::Duration::ZERO).await?;
            done += lanes.len();
            consumer.handle(lanes).await?;
        }
        for recorder in &self.recorders {
            done += recorder.step(std::time::Duration::ZERO).await?;
        }
        Ok(done > 0)
    }

    /// What became of the deliveries of this worker, by subscriber.
    pub fn stats(&self) -> BTreeMap<String, DeliveryStats> {
        self.stats.read()
    }

    /// The application.
    pub fn app(&self) -> &App<B> {
        &self.app
    }
}
