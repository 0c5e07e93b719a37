//! The short way of an event store whose transport keeps its queues in the same database.

use std::time::Duration;

use crate::transport::BoxFuture;
use crate::{Channel, Result};

/// Moves events between the event store and the queues beside it, each step in one transaction.
///
/// The general way claims, sends and settles in three transactions, because a broker takes no part in any of them.
/// Here an event is marked as sent in the transaction that puts it into the queues, and as published in the one
/// that takes it from the recorder's queue; so there is nothing to lease, and the queues need not repeat what the
/// event store says: their messages refer to it.
pub trait OwnQueues: Send + Sync {
    /// Puts up to `limit` unsent events into the queues that are bound to their topics and marks them as sent, by
    /// the same rules as [`EventStore::claim`]; answers how many. `topics` says which topic a channel has.
    ///
    /// With `recorder`, the name of its queue, acceptance is confirmation: that queue gets nothing, and the events are
    /// published as soon as they are sent.
    ///
    /// [`EventStore::claim`]: crate::EventStore::claim
    ///
    /// # Errors
    /// The database could not be reached: nothing was sent, unless the answer to COMMIT was lost.
    fn send<'a>(
        &'a self,
        topics: &'a [(Channel, String)],
        limit: usize,
        recorder: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize>>;

    /// Takes up to `limit` messages from the recorder's queue and marks their events as published; waits up to
    /// `wait` for the first one.
    ///
    /// # Errors
    /// The database could not be reached: nothing was taken, unless the answer to COMMIT was lost.
    fn confirm_received<'a>(
        &'a self,
        queue: &'a str,
        limit: usize,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Polled>>;

    /// Whether a message that refers to an event of this key waits in a queue. Reads all messages: for
    /// commands, not for loops.
    ///
    /// # Errors
    /// The database could not be reached.
    fn has_waiting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>>;
}

/// What the recorder's queue held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Polled {
    /// Messages that were taken.
    pub messages: usize,
    /// Events that are published now or were before.
    pub published: usize,
    /// Events that they name and that this store does not have.
    pub unknown: usize,
}
