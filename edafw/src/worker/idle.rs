//! Noticing that nothing is left to do.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, EventStore, Result};
use tokio_util::sync::CancellationToken;

use super::Worker;

impl<B: Backend> Worker<B> {
    /// Cancels `stop` once nothing is left to do.
    pub(super) async fn stop_when_idle(self: &Arc<Self>, stop: CancellationToken) {
        let mut wait = Duration::from_millis(10);
        let mut quiet_before = false;
        while !stop.is_cancelled() {
            tokio::time::sleep(wait).await;
            // Two looks: an event on its way from a queue to the outbox could escape one.
            let quiet = self.is_idle().await.unwrap_or(false);
            if quiet && quiet_before {
                stop.cancel();
            }
            wait = if quiet { wait } else { (wait * 2).min(Duration::from_millis(200)) };
            quiet_before = quiet;
        }
    }

    /// Whether no event waits to be sent, no message waits in a queue of this service, and no delivery runs.
    ///
    /// # Errors
    /// The database or a transport could not be reached.
    pub async fn is_idle(&self) -> Result<bool> {
        if self.consumers.iter().any(|consumer| !consumer.heartbeat.receipts().is_empty()) {
            return Ok(false);
        }
        for (transport, channels) in self.app.transports() {
            let Some(depth) = transport.queue_depth() else { continue };
            for queue in self.app.registry().topology(&channels).queues {
                if depth.depth(&queue.name).await? > 0 {
                    return Ok(false);
                }
            }
        }
        Ok(!self.app.store().has_unsent().await?)
    }
}
