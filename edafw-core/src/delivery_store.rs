//! The contract with a subscriber's database beside its transactions: attempts, dead letters, pauses.

use std::time::{Duration, SystemTime};

use crate::transport::BoxFuture;
use crate::{Channel, DeadLetter, DeadLetterCause, DeadLetterFilter, Effect, InboxEntry, InboxState, Result};

/// What the worker keeps about deliveries, in the subscriber's database.
///
/// All methods may be called from several tasks and processes at once; each is one short transaction.
pub trait DeliveryStore: Send + Sync {
    /// What is known of these, in the order given; as [`Transaction::look_up`], outside of a transaction.
    ///
    /// [`Transaction::look_up`]: crate::Transaction::look_up
    ///
    /// # Errors
    /// The database could not be reached.
    fn look_up<'a>(&'a self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>>;

    /// Counts an attempt that is about to start, and answers how many have started, this one included.
    ///
    /// # Errors
    /// The database could not be reached: the attempt must not start.
    fn start_attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<u32>>;

    /// Writes down a failed attempt: its number and why, without payload.
    ///
    /// # Errors
    /// The database could not be reached.
    fn record_failure<'a>(
        &'a self,
        entry: &'a InboxEntry,
        attempt: u32,
        error: &'a str,
    ) -> BoxFuture<'a, Result<()>>;

    /// Takes `counted` starts of attempts back; and where the last error still is `error`, what it was `before`.
    /// Nothing where there is none to be taken back, as when the effect has taken place.
    ///
    /// # Errors
    /// The database could not be reached.
    fn take_back_attempt<'a>(
        &'a self,
        entry: &'a InboxEntry,
        counted: u32,
        error: &'a str,
        before: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>>;

    /// What is known of earlier attempts.
    ///
    /// # Errors
    /// The database could not be reached.
    fn attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<Option<Attempt>>>;

    /// What is known of an act at every subscriber of this database, whoever they are, in the order of their names.
    ///
    /// # Errors
    /// The database could not be reached.
    fn effects<'a>(
        &'a self,
        source: &'a str,
        name: &'a str,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Effect>>>;

    /// Lists dead letters, oldest first.
    ///
    /// # Errors
    /// The database could not be reached.
    fn dead_letters<'a>(&'a self, filter: &'a DeadLetterFilter) -> BoxFuture<'a, Result<Vec<DeadLetter>>>;

    /// Takes a dead letter out, so that its event can be delivered again (`retry`) or never will be
    /// (`discard`, which writes the inbox row). Frees a key that it holds. `false` where there is none.
    ///
    /// # Errors
    /// The database could not be reached.
    fn remove_dead_letter(&self, id: i64, retry: bool) -> BoxFuture<'_, Result<bool>>;

    /// Writes down that another attempt at a dead letter failed: one more attempt, and why, without payload.
    /// It stays where it is, and keeps its key if it holds one. `false` where there is none.
    ///
    /// # Errors
    /// The database could not be reached.
    fn fail_dead_letter<'a>(
        &'a self,
        id: i64,
        cause: DeadLetterCause,
        error: &'a str,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Pauses or resumes a subscriber, for every worker.
    ///
    /// # Errors
    /// The database could not be reached.
    fn set_paused<'a>(&'a self, subscriber: &'a str, paused: bool) -> BoxFuture<'a, Result<()>>;

    /// The subscribers that are paused.
    ///
    /// # Errors
    /// The database could not be reached.
    fn paused(&self) -> BoxFuture<'_, Result<Vec<String>>>;

    /// Lets a subscriber take over inbox, attempts and dead letters of a former name. Idempotent.
    ///
    /// # Errors
    /// The database could not be reached.
    fn rename_subscriber<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Where the workers of a service have had their queues, as they have recorded it.
    ///
    /// # Errors
    /// The database could not be reached.
    fn transports<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<Vec<(Channel, String)>>>;

    /// Records where they are for a channel from now on. Idempotent.
    ///
    /// # Errors
    /// The database could not be reached.
    fn record_transport<'a>(
        &'a self,
        service: &'a str,
        channel: Channel,
        place: &'a str,
    ) -> BoxFuture<'a, Result<()>>;

    /// Removes up to `limit` inbox rows older than `older_than`; answers how many.
    ///
    /// # Errors
    /// The database could not be reached.
    fn purge_inbox(&self, older_than: Duration, limit: usize) -> BoxFuture<'_, Result<u64>>;
}

/// Earlier attempts at one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Attempts that have started.
    pub attempts: u32,
    /// Why the last one failed, where it is known.
    pub last_error: Option<String>,
    /// When the first one started.
    pub first_at: SystemTime,
}
