//! Getting ready: what must be right before a worker receives anything.

use edafw_core::{Backend, Result};
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::outage::attempt;

impl<B: Backend> Worker<B> {
    /// Checks the transports and registers the subscriptions. Waits for a database or a transport that is away, and
    /// answers whether that came to an end before `stop`.
    ///
    /// # Errors
    /// What waiting cannot help: a wrong set-up, credentials that are not accepted, a right that is missing.
    pub(super) async fn prepare(&self, stop: &CancellationToken) -> Result<bool> {
        while let Err(failed) = attempt(self.try_to_prepare()).await {
            if !failed.error.is_transient() {
                return Err(failed.error);
            }
            tokio::select! {
                () = tokio::time::sleep(self.starting.failed((), &failed)) => {}
                () = stop.cancelled() => return Ok(false),
            }
        }
        self.starting.worked(());
        Ok(true)
    }

    async fn try_to_prepare(&self) -> Result<()> {
        self.app.refuse_left_behind().await?;
        self.app.refuse_former_transports().await?;
        self.app.register().await?;
        self.app.remember_transports().await
    }
}
