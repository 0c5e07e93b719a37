//! The contract with an event store, seen from relay, recorder, republisher and commands.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use crate::transport::BoxFuture;
use crate::{Channel, EventId, EventQuery, OwnQueues, RawEnvelope, Result, StoredEvent};

/// An event as a transaction hands it to the store.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Where it is sent.
    pub channel: Channel,
    /// The event.
    pub envelope: RawEnvelope,
}

/// The event store of one service: outbox, history and log in one.
///
/// All methods may be called from several tasks and processes at once. Each is one short transaction of its
/// own, so a dropped future leaves either all of it or nothing. None tries again by itself, except that a
/// busy database is waited for.
pub trait EventStore: Send + Sync + Debug + 'static {
    /// Which place it is, without credentials; equal to the identity of an embedded transport in it.
    fn identity(&self) -> &str;

    /// Takes up to `limit` unsent events for `lease`, in position order.
    ///
    /// The unit of claim is the key: an event is not taken while an earlier event of its key is unsent and
    /// not part of this claim.
    ///
    /// # Errors
    /// The database could not be reached.
    fn claim(&self, limit: usize, lease: Duration) -> BoxFuture<'_, Result<Vec<Outgoing>>>;

    /// Writes down what became of claimed events. A row whose claim was lost meanwhile stays as it is;
    /// answers how many were still held.
    ///
    /// # Errors
    /// The database could not be reached: the events are sent again when the lease ends.
    fn settle<'a>(&'a self, results: &'a [SendResult]) -> BoxFuture<'a, Result<usize>>;

    /// Waits until there may be something to claim, at most `timeout`.
    fn wait_for_events(&self, timeout: Duration) -> BoxFuture<'_, ()>;

    /// Marks events as published, by exact id; idempotent. Answers how many of them exist here.
    ///
    /// # Errors
    /// The database could not be reached.
    fn confirm<'a>(&'a self, ids: &'a [EventId]) -> BoxFuture<'a, Result<usize>>;

    /// Makes sent but unconfirmed events unsent again, as the policy says, with the next generation.
    ///
    /// # Errors
    /// The database could not be reached.
    fn republish<'a>(
        &'a self,
        policy: &'a RepublishPolicy,
        recorder_is_idle: bool,
    ) -> BoxFuture<'a, Result<Republished>>;

    /// Makes one event unsent again, whatever its state. `false` where there is no such event.
    ///
    /// # Errors
    /// The database could not be reached.
    fn republish_event(&self, id: EventId) -> BoxFuture<'_, Result<bool>>;

    /// Reads events in position order.
    ///
    /// # Errors
    /// The database could not be reached.
    fn events<'a>(&'a self, query: &'a EventQuery) -> BoxFuture<'a, Result<Vec<StoredEvent>>>;

    /// Erases the payloads of a subject's events, archived ones included, and keeps the rows; answers how many.
    ///
    /// # Errors
    /// The database could not be reached.
    fn redact<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64>>;

    /// Moves old published events into the archive, out of the way of everything else: of the `limit` events behind
    /// position `after` those that were published `older_than` ago or longer.
    ///
    /// Stays, however old it is: what is not published or is being sent again, what a message in a queue of this
    /// database or a dead letter speaks of, and the last event of all. In an archive an event is history: it can be
    /// read, replayed and redacted, and is sent to nobody any more.
    ///
    /// # Errors
    /// The database could not be reached.
    fn archive(&self, older_than: Duration, after: i64, limit: usize) -> BoxFuture<'_, Result<Archived>>;

    /// Whether an event waits to be sent.
    ///
    /// # Errors
    /// The database could not be reached.
    fn has_unsent(&self) -> BoxFuture<'_, Result<bool>>;

    /// How many events are in which state. Counts every row: for reports, not for loops.
    ///
    /// # Errors
    /// The database could not be reached.
    fn counts(&self) -> BoxFuture<'_, Result<StoreCounts>>;

    /// The version of the schema that exists, if there is one.
    ///
    /// # Errors
    /// The database could not be reached.
    fn schema(&self) -> BoxFuture<'_, Result<Option<Schema>>>;

    /// Brings the schema to this binary's version; answers the versions that were applied. Idempotent and
    /// safe when several processes do it at once.
    ///
    /// # Errors
    /// The database could not be reached or refused a statement.
    fn migrate(&self) -> BoxFuture<'_, Result<Vec<u32>>>;

    /// The statements of [`migrate`](Self::migrate), to be read or run by hand: version and SQL.
    fn migrations(&self) -> &'static [(u32, &'static str)];

    /// The short way to queues in the same database, if there is one.
    fn own_queues(&self) -> Option<&dyn OwnQueues>;

    /// Closes every connection.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// An event that a relay has claimed.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its place in the event store.
    pub position: i64,
    /// Where it goes.
    pub channel: Channel,
    /// The event.
    pub envelope: RawEnvelope,
    /// Which send this is, counted from 0.
    pub generation: u32,
    /// How often this send was tried before.
    pub attempts: u32,
    /// The claim's fencing token.
    pub token: i64,
}

/// What became of one claimed event.
#[derive(Debug, Clone)]
pub enum SendResult {
    /// The transport accepted it.
    Sent {
        /// Its place in the event store.
        position: i64,
        /// The claim's fencing token.
        token: i64,
    },
    /// The transport did not accept it, or it is not known.
    Failed {
        /// Its place in the event store.
        position: i64,
        /// The claim's fencing token.
        token: i64,
        /// When to try again, from now; its key waits. A span and not a moment, because the relay's clock may
        /// differ from the one that the store goes by.
        retry_in: Duration,
        /// Why, without payload.
        error: String,
    },
    /// It was not tried: to be claimed again at once.
    GivenBack {
        /// Its place in the event store.
        position: i64,
        /// The claim's fencing token.
        token: i64,
    },
}

/// When sent but unconfirmed events are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepublishPolicy {
    /// Age of an event's last transition. Default 5 minutes.
    pub after: Duration,
    /// Sent again even though the recorder seems to be behind. Default 1 hour.
    pub after_at_most: Duration,
    /// Events in one round, at most. Default 100.
    pub batch: usize,
    /// After this time an unconfirmed event is exhausted: kept, listed, no longer sent. Default 7 days.
    pub exhausted_after: Duration,
}

impl Default for RepublishPolicy {
    fn default() -> Self {
        Self {
            after: Duration::from_mins(5),
            after_at_most: Duration::from_hours(1),
            batch: 100,
            exhausted_after: Duration::from_hours(168),
        }
    }
}

/// What one round of republishing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Republished {
    /// Events that are unsent again.
    pub events: usize,
    /// Events that became exhausted.
    pub exhausted: usize,
}

/// What one round of archiving did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Archived {
    /// Events that were moved.
    pub events: u64,
    /// The position behind which to go on; `None` where all that is behind is younger.
    pub next: Option<i64>,
}

/// How many events are in which state. Archived ones do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreCounts {
    /// All events of this store.
    pub stored: u64,
    /// Of these, accepted by the transport at least once.
    pub sent: u64,
    /// Of these, polled back by the recorder.
    pub published: u64,
    /// Given up by the republisher.
    pub exhausted: u64,
    /// When the oldest unpublished event was stored.
    pub oldest_unpublished: Option<SystemTime>,
}

/// The schema that a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Its version.
    pub version: u32,
    /// The oldest schema version that a binary may have been built for to run on it.
    pub oldest_compatible: u32,
}
