//! The republisher: sends again what was never confirmed, and keeps house.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use edafw_core::{Backend, DeliveryStore, EventStore, Republished, Result};

use super::recorder::recorders_are_idle;
use crate::App;

/// Looks for unconfirmed events, for inbox rows that have outlived every redelivery, and for old events.
pub(crate) struct Republisher<B: Backend> {
    app: App<B>,
    /// The position behind which the next look for old events begins.
    archived_to: AtomicI64,
}

impl<B: Backend> Republisher<B> {
    /// Inbox rows removed with one statement.
    const PURGE: usize = 1_000;

    /// Events looked at at once for whether they are old.
    const ARCHIVE: usize = 500;

    /// How often in one round: what is due to be sent again must not wait for a long history.
    const ARCHIVE_TURNS: usize = 20;

    pub(crate) fn new(app: App<B>) -> Self {
        Self { app, archived_to: AtomicI64::new(0) }
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
        if let Some(age) = self.app.settings().archive_after {
            self.archive(age).await?;
        }
        Ok(again)
    }

    /// Archives some of the old events, and remembers where to go on.
    async fn archive(&self, age: Duration) -> Result<()> {
        for _ in 0..Self::ARCHIVE_TURNS {
            let after = self.archived_to.load(Ordering::Relaxed);
            let done = self.app.store().archive(age, after, Self::ARCHIVE).await?;
            metrics::counter!("edafw_events_archived_total").increment(done.events);
            // From the beginning again: what stayed because somebody needed it may go the next time.
            self.archived_to.store(done.next.unwrap_or(0), Ordering::Relaxed);
            if done.next.is_none() {
                break;
            }
        }
        Ok(())
    }
}
