//! Noticing that nothing is left to do in several services.

use std::sync::Arc;
use std::time::Duration;

use edafw::{App, Backend, BoxFuture, EventStore as _, Result, Worker};

/// How long it waits between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks at the services from outside: their workers run in other processes.
#[derive(Default)]
pub struct Quiet {
    services: Vec<Box<dyn Look>>,
}

/// A service that can be looked at.
trait Look: Send + Sync {
    fn is_idle(&self) -> BoxFuture<'_, Result<bool>>;
    fn stored(&self) -> BoxFuture<'_, Result<u64>>;
}

impl<B: Backend> Look for Arc<Worker<B>> {
    fn is_idle(&self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(Worker::is_idle(self))
    }

    fn stored(&self) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async { Ok(self.app().store().counts().await?.stored) })
    }
}

impl Quiet {
    /// Looks at this service, too.
    ///
    /// # Errors
    /// The service has no subscriber.
    pub fn and<B: Backend>(mut self, app: &App<B>) -> Result<Self> {
        self.services.push(Box::new(app.worker()?));
        Ok(self)
    }

    /// Waits until nothing is left to do, provided that nobody publishes from outside any more.
    ///
    /// # Errors
    /// A database cannot be read.
    pub async fn wait(&self) -> Result<()> {
        while !self.is_quiet().await? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Whether nothing is left to do.
    ///
    /// An event may slip past one look, from a service that is looked at later into a queue that was looked at before.
    /// It cannot slip past two, unless it was handled in between; and a handler that has an event follow changes the
    /// number of events.
    async fn is_quiet(&self) -> Result<bool> {
        if !self.are_idle().await? {
            return Ok(false);
        }
        let before = self.stored().await?;
        Ok(self.are_idle().await? && self.are_idle().await? && self.stored().await? == before)
    }

    async fn are_idle(&self) -> Result<bool> {
        for service in &self.services {
            if !service.is_idle().await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn stored(&self) -> Result<u64> {
        let mut sum = 0;
        for service in &self.services {
            sum += service.stored().await?;
        }
        Ok(sum)
    }
}
