//! Which attempt this is, and telling an event that takes the process down from what runs beside it.
//!
//! When a process dies, its deliveries come again, and nobody knows which of them killed it. So the first
//! time each of them is only marked, uncounted, and runs beside the others as ever. One that is found marked
//! has seen two processes die: it runs while no other such delivery does, and that is counted before it
//! starts. So an event that kills the process each time uses up its own attempts and nobody else's, unless a
//! handler runs beside it for longer than a lease.

use edafw_core::{Backend, DeliveryStore, InboxEntry, Result};
use tokio::sync::MutexGuard;

use super::consumer::Consumer;
use super::incoming::Incoming;

/// The mark of an attempt that has started, in the place of the error that it may end with.
pub(crate) const DIED: &str = "the process ended while it was handled";

/// An attempt that may start.
pub(crate) struct Attempt<'a> {
    /// Counted from 1.
    pub(crate) number: u32,
    /// What the attempt before ended with.
    pub(crate) last_error: Option<String>,
    _alone: Option<MutexGuard<'a, ()>>,
}

impl<B: Backend> Consumer<B> {
    /// Marks or counts the attempt that is about to start; `None` if none may start any more, because the
    /// worker stops.
    pub(crate) async fn start(&self, incoming: &Incoming, entry: &InboxEntry) -> Result<Option<Attempt<'_>>> {
        if incoming.is_fresh() {
            return Ok(Some(Attempt { number: 1, last_error: None, _alone: None }));
        }
        let store = self.app.store();
        let (started, last_error) =
            store.attempt(entry).await?.map_or((0, None), |known| (known.attempts, known.last_error));
        let is_known = started > 0 || last_error.is_some();
        if !is_known || last_error.as_deref().is_some_and(|error| error != DIED) {
            store.record_failure(entry, started, DIED).await?;
            return Ok(Some(Attempt { number: started + 1, last_error, _alone: None }));
        }
        // Whoever runs for longer than a lease must not delay the others for ever.
        let patience = self.app.settings().lease;
        let alone = tokio::time::timeout(patience, self.conduct.suspects.lock()).await.ok();
        if self.conduct.is_stopping() {
            return Ok(None);
        }
        let number = store.start_attempt(entry).await?;
        Ok(Some(Attempt { number, last_error, _alone: alone }))
    }
}
