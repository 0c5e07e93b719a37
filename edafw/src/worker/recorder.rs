//! The recorder: a subscriber of everything that marks events as published when it polls them back.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, EventStore, QueueDepth, RawEnvelope, Receipt, Result, Transport, kill};

use crate::App;
use crate::app::{RECORDER, queue_name};

/// Polls one transport's recorder queue.
pub(crate) struct Recorder<B: Backend> {
    app: App<B>,
    transport: Arc<dyn Transport>,
    queue: String,
}

impl<B: Backend> Recorder<B> {
    /// One recorder per transport of the application.
    pub(crate) fn all(app: &App<B>) -> Vec<Self> {
        let queue = queue_name(app.service(), RECORDER);
        app.transports()
            .into_iter()
            .map(|(transport, _)| Self {
                app: app.clone(),
                transport: Arc::clone(transport),
                queue: queue.clone(),
            })
            .collect()
    }

    /// Marks one batch; answers how many it received.
    pub(crate) async fn step(&self, wait: Duration) -> Result<usize> {
        let settings = self.app.settings();
        let most = settings.batch.min(self.transport.limits().receive);
        if let Some(queues) = self.app.own_queues() {
            let polled = queues.confirm_received(&self.queue, most, wait).await?;
            self.note(polled.published, polled.unknown);
            return Ok(polled.messages);
        }
        let received = self.transport.receive(&self.queue, most, settings.lease, wait).await?;
        if received.is_empty() {
            return Ok(0);
        }
        kill::point("recorder.received");
        let mut ids = Vec::with_capacity(received.len());
        for delivered in &received {
            match RawEnvelope::from_json(&delivered.body) {
                Ok(envelope) => ids.push(envelope.id),
                Err(error) => tracing::warn!(%error, queue = self.queue, "the recorder skips a message"),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        let known = self.app.store().confirm(&ids).await?;
        self.note(known, ids.len() - known);
        kill::point("recorder.marked");
        let receipts: Vec<Receipt> = received.into_iter().map(|delivered| delivered.receipt).collect();
        // A receipt that was lost is received again, and marking is idempotent.
        self.transport.acknowledge(&receipts).await?;
        kill::point("recorder.acknowledged");
        Ok(receipts.len())
    }

    fn note(&self, published: usize, unknown: usize) {
        metrics::counter!("edafw_events_confirmed_total").increment(published as u64);
        if unknown > 0 {
            let queue = &*self.queue;
            tracing::warn!(unknown, queue, "the recorder polled events that this store does not have");
        }
    }
}

/// Whether every recorder of the application has nothing left to poll, as far as the transports can tell.
pub(crate) async fn recorders_are_idle<B: Backend>(app: &App<B>) -> Result<bool> {
    let queue = queue_name(app.service(), RECORDER);
    for (transport, _) in app.transports() {
        let Some(depth) = transport.queue_depth() else { return Ok(false) };
        if QueueDepth::depth(depth, &queue).await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
