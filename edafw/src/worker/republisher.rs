//! The republisher: sends again what was never confirmed, and keeps house.

use std::time::Duration;

use edafw_core::{Backend, DeliveryStore, EventStore, Republished, Result};

use super::recorder::recorders_are_idle;
use crate::App;

/// Looks for unconfirmed events and for inbox rows that have outlived every redelivery.
pub(crate) struct Republisher<B: Backend> {
    app: App<B>,
}

impl<B: Backend> Republisher<B> {
    /// Inbox rows removed with one statement.
    const PURGE: usize = 1_000;

    pub(crate) fn new(app: App<B>) -> Self {
        Self { app }
    }

    /// How long to wait between two looks: a fifth of `republish_after`, so that nothing is much older than
    /// that when it is sent again.
    pub(crate) fn interval(&self) -> Duration {
        (self.app.settings().republish.after / 5).max(Duration::from_millis(10))
    }

    /// One look.
    pub(crate) async fn step(&self) -> Result<Republished> {
        let policy = self.app.settings().republish;
        let idle = recorders_are_idle(&self.app).await?;
        let again = self.app.store().republish(&policy, idle).await?;
        if again.events > 0 {
            metrics::counter!("edafw_events_republished_total").increment(again.events as u64);
            tracing::warn!(events = again.events, "sends events again that were never confirmed");
        }
        if again.exhausted > 0 {
            metrics::counter!("edafw_events_exhausted_total").increment(again.exhausted as u64);
            tracing::error!(
                events = again.exhausted,
                "gives up sending events; see `events list --state exhausted`"
            );
        }
        let retention = self.app.settings().inbox_retention;
        while self.app.store().purge_inbox(retention, Self::PURGE).await? == Self::PURGE as u64 {}
        Ok(again)
    }
}
