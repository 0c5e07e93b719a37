//! Handling first what waits on the transport that a service has moved away from.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, Channel, Error, Result, Transport};
use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::App;

/// How often to look whether something is left. What a broker counts may be a moment old, so it is asked twice.
const LOOK: Duration = Duration::from_millis(500);

impl<B: Backend> Worker<B> {
    /// Handles what waits on the transport that this service has used before, and sends nothing there. Ends when its
    /// queues are empty, or when `stop` is cancelled. `url` names that transport as
    /// [`transport_url`](crate::AppBuilder::transport_url) would; `embedded:` stands for the queues in the service's own
    /// database. Does nothing if no worker has used another transport.
    ///
    /// Events keep their order only if no worker of the old configuration runs any more, and this one starts
    /// on the new transport afterwards.
    ///
    /// # Errors
    /// Workers have used another transport than this one; the database or the transport could not be reached.
    pub async fn drain(&self, url: &str, stop: CancellationToken) -> Result<()> {
        if url == "embedded:" {
            return self.drain_embedded(stop).await;
        }
        let former = self.app.former_transports().await?;
        if former.is_empty() {
            return Ok(());
        }
        let transport = self.app.open_transport(url).await?;
        let Some(known) = former.iter().find(|one| one.is(&*transport)) else {
            let places: Vec<&str> = former.iter().map(|one| one.place.as_str()).collect();
            return Err(Error::configuration(format!(
                "`--drain` names {}, and workers of `{}` have used {}",
                super::left_behind::place(&*transport),
                self.app.service(),
                places.join(" and ")
            )));
        };
        tracing::info!(transport = known.place, "drains the former transport before it starts");
        let carries = |channel| known.channels.contains(&channel);
        let on = |channel: Channel| {
            Arc::clone(if carries(channel) { &transport } else { self.app.transport(channel) })
        };
        let app = self.app.with_transports(on(Channel::Internal), on(Channel::External));
        let queues: Vec<String> =
            app.registry().topology(&known.channels).queues.into_iter().map(|queue| queue.name).collect();
        handle_until(app, stop.clone(), async || is_empty(&*transport, &queues).await).await?;
        if !stop.is_cancelled() && former.len() == 1 {
            self.app.remember_transports().await?;
        }
        Ok(())
    }

    /// Leaves what may wait on the transport that this service has used before, and uses the configured one from now
    /// on. What was left can be found: [`App::reconcile`](crate::App::reconcile) sends a subscriber the events that it has
    /// not handled.
    ///
    /// # Errors
    /// The database could not be reached.
    pub async fn abandon_former(&self) -> Result<()> {
        for former in self.app.former_transports().await? {
            tracing::warn!(
                transport = former.place,
                channels = former.channels(),
                "leaves what may wait there"
            );
        }
        self.app.remember_transports().await
    }

    async fn drain_embedded(&self, stop: CancellationToken) -> Result<()> {
        let left = self.app.left_behind().await?;
        if left.is_empty() {
            return Ok(());
        }
        let messages: u64 = left.iter().map(|one| one.messages).sum();
        tracing::info!(messages, queues = left.len(), "drains the embedded queues before it starts");
        let embedded = B::embedded_transport(self.app.store());
        let app = self.app.with_transports(Arc::clone(&embedded), embedded);
        handle_until(app, stop, async || Ok(self.app.left_behind().await?.is_empty())).await
    }
}

/// Runs what receives until nothing is left, twice in a row, or until `stop`. An outage is waited for.
async fn handle_until<B: Backend>(
    app: App<B>,
    stop: CancellationToken,
    is_empty: impl AsyncFn() -> Result<bool>,
) -> Result<()> {
    let old = app.worker()?;
    let done = stop.child_token();
    let watch = async {
        let mut empty_before = false;
        while !done.is_cancelled() {
            let empty = is_empty().await.unwrap_or(false);
            if empty && empty_before {
                done.cancel();
            }
            empty_before = empty;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = done.cancelled() => {}
            }
        }
    };
    tokio::join!(old.supervise_receivers(done.clone()), watch);
    Ok(())
}

async fn is_empty(transport: &dyn Transport, queues: &[String]) -> Result<bool> {
    let depth = transport.queue_depth().ok_or_else(|| {
        Error::configuration(format!("{} cannot tell whether its queues are empty", transport.name()))
    })?;
    for queue in queues {
        if depth.depth(queue).await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
