//! Deliveries in the queues of a transport that is no longer configured.
//!
//! When a service moves from the embedded transport to another one, what waits in the embedded queues would
//! never be received. The worker refuses to start until they are empty, or drains them first.

use std::sync::Arc;

use edafw_core::{Backend, Channel, Drift, Error, Result, Topology, Transport};
use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::App;

/// A queue of this service, in its own database, that the configured transports do not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftBehind {
    pub(crate) queue: String,
    pub(crate) messages: u64,
}

impl<B: Backend> App<B> {
    /// The embedded queues of this database that hold messages which no configured transport will receive.
    pub(crate) async fn left_behind(&self) -> Result<Vec<LeftBehind>> {
        let embedded = B::embedded_transport(self.store());
        let Some(provision) = embedded.provision() else { return Ok(Vec::new()) };
        let carried = self.transports().into_iter().find(|(one, _)| one.identity() == embedded.identity());
        let served: Vec<String> = match carried {
            Some((_, channels)) if channels.len() == Channel::ALL.len() => return Ok(Vec::new()),
            Some((_, channels)) => names(&self.registry().topology(&channels)),
            None => Vec::new(),
        };
        let wanted = names(&self.registry().topology(&Channel::ALL));
        // Compared with a topology of nothing, every queue of the service is one that nobody declares.
        let nothing = Topology { service: self.service().to_owned(), ..Topology::default() };
        let existing = provision.plan(&nothing).await?;
        Ok(existing
            .into_iter()
            .filter_map(|drift| match drift {
                Drift::UndeclaredQueue { queue, messages } => Some(LeftBehind { queue, messages }),
                _ => None,
            })
            .filter(|one| one.messages > 0 && wanted.contains(&one.queue) && !served.contains(&one.queue))
            .collect())
    }

    /// # Errors
    /// Messages wait in embedded queues that no configured transport will receive.
    pub(crate) async fn refuse_left_behind(&self) -> Result<()> {
        let left = self.left_behind().await?;
        if left.is_empty() {
            return Ok(());
        }
        let messages: u64 = left.iter().map(|one| one.messages).sum();
        let queues = left.iter().map(|one| format!("\n  - {}: {}", one.queue, one.messages));
        Err(Error::configuration(format!(
            "the transport changed: {messages} deliveries still wait in embedded queues of the database, and the \
             configured transport ({}) will never receive them:{}\n\
             drain them first: stop the workers of the old configuration, then start with `run --drain-embedded`; or \
             run once with EDAFW_TRANSPORT_URL=\"embedded:\" and `--until-idle`",
            self.transports().iter().map(|(one, _)| place(&***one)).collect::<Vec<_>>().join(", "),
            queues.collect::<String>()
        )))
    }

    /// The same application on the embedded transport of its own database.
    fn on_embedded(&self) -> Self {
        let embedded: Arc<dyn Transport> = B::embedded_transport(self.store());
        self.with_transports(Arc::clone(&embedded), embedded)
    }
}

impl<B: Backend> Worker<B> {
    /// Handles what waits in the embedded queues of the service's own database, and sends nothing there: for
    /// a service that has moved to another transport. Ends when they are empty, or when `stop` is cancelled.
    ///
    /// Events keep their order only if no worker of the old configuration runs any more, and this one starts
    /// on the new transport afterwards.
    ///
    /// # Errors
    /// The database could not be reached.
    pub async fn drain_embedded(&self, stop: CancellationToken) -> Result<()> {
        let left = self.app.left_behind().await?;
        if left.is_empty() {
            return Ok(());
        }
        let messages: u64 = left.iter().map(|one| one.messages).sum();
        tracing::info!(messages, queues = left.len(), "drains the embedded queues before it starts");
        let old = self.app.on_embedded().worker()?;
        let done = stop.child_token();
        let watch = async {
            while !done.is_cancelled() && !self.app.left_behind().await.is_ok_and(|left| left.is_empty()) {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            done.cancel();
        };
        tokio::join!(old.supervise_receivers(done.clone()), watch);
        Ok(())
    }
}

/// What a transport is called, and where it is; without credentials.
fn place(transport: &dyn Transport) -> String {
    format!("{} at {}", transport.name(), transport.identity())
}

fn names(topology: &Topology) -> Vec<String> {
    topology.queues.iter().map(|queue| queue.name.clone()).collect()
}
