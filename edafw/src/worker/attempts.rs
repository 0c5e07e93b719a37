//! Which attempt this is, and telling an event that takes the process down from what runs beside it.
//!
//! When a process dies, its deliveries come again, and nobody knows which of them killed it. So the first
//! time each of them is only marked, uncounted, and runs beside the others as ever. One that is found marked
//! has seen two processes die: it runs while no other such delivery does, and that is counted before it
//! starts. So an event that kills the process each time uses up its own attempts and nobody else's, unless a
//! handler runs beside it for longer than a lease.
//!
//! An attempt that ends because another worker has the message, or because the database is away, has killed nobody: its
//! mark or count is taken back, at the latest before the next attempt starts.

use edafw_core::{Backend, DeliveryStore, InboxEntry, Result};
use tokio::sync::{Mutex, MutexGuard};

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
    traces: Traces,
    _alone: Option<MutexGuard<'a, ()>>,
}

/// What an attempt has written down before it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traces {
    Nothing,
    Mark,
    Count,
}

/// What attempts have written down that came to no end, and is to be taken back.
pub(crate) type Regrets = Mutex<Vec<Regret>>;

/// One of them.
#[derive(Debug)]
pub(crate) struct Regret {
    entry: InboxEntry,
    counted: u32,
    last_error: Option<String>,
}

impl<B: Backend> Consumer<B> {
    /// Marks or counts the attempt that is about to start; `None` if none may start any more, because the
    /// worker stops.
    pub(crate) async fn start(&self, incoming: &Incoming, entry: &InboxEntry) -> Result<Option<Attempt<'_>>> {
        if incoming.is_fresh() {
            return Ok(Some(Attempt { number: 1, last_error: None, traces: Traces::Nothing, _alone: None }));
        }
        self.take_back().await?;
        let store = self.app.store();
        let (started, last_error) =
            store.attempt(entry).await?.map_or((0, None), |known| (known.attempts, known.last_error));
        let is_known = started > 0 || last_error.is_some();
        if !is_known || last_error.as_deref().is_some_and(|error| error != DIED) {
            store.record_failure(entry, started, DIED).await?;
            return Ok(Some(Attempt { number: started + 1, last_error, traces: Traces::Mark, _alone: None }));
        }
        // Whoever runs for longer than a lease must not delay the others for ever.
        let patience = self.app.settings().lease;
        let alone = tokio::time::timeout(patience, self.conduct.suspects.lock()).await.ok();
        if self.conduct.is_stopping() {
            return Ok(None);
        }
        let number = store.start_attempt(entry).await?;
        Ok(Some(Attempt { number, last_error, traces: Traces::Count, _alone: alone }))
    }

    /// Notes that an attempt came to no end, and nobody's fault it was.
    pub(crate) async fn regret(&self, attempt: Attempt<'_>, entry: InboxEntry) {
        let counted = match attempt.traces {
            Traces::Nothing => return,
            Traces::Mark => 0,
            Traces::Count => 1,
        };
        let regret = Regret { entry, counted, last_error: attempt.last_error };
        self.regrets.lock().await.push(regret);
    }

    /// Takes back what is regretted. What cannot be taken back now, because the database is away, stays for the next time.
    pub(crate) async fn take_back(&self) -> Result<()> {
        let mut regrets = self.regrets.lock().await;
        while let Some(Regret { entry, counted, last_error }) = regrets.last() {
            self.app.store().take_back_attempt(entry, *counted, DIED, last_error.as_deref()).await?;
            regrets.pop();
        }
        Ok(())
    }
}
