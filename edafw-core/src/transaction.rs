//! The contract with a database, seen from a transaction.

use std::sync::Arc;
use std::time::SystemTime;

use crate::transport::{BoxFuture, Receipt, Transport};
use crate::{
    Clock, DeliveryStore, Error, EventId, EventQuery, EventStore, NewDeadLetter, NewEvent, Result,
    StoredEvent,
};

/// A kind of database that a service can live in. Implemented by marker types, such as `Sqlite`, that never
/// have a value: `Tx<Sqlite>` names our type and not a driver's, so that other drivers can follow.
pub trait Backend: Sized + Send + Sync + 'static {
    /// The scheme of its URLs, such as `sqlite`.
    const SCHEME: &'static str;

    /// Whether one transaction at a time may write, so that a long one holds up every other.
    const ONE_WRITER: bool;

    /// What a transaction dereferences to: the driver's connection.
    type Connection: Send + 'static;

    /// A transaction of it.
    type Transaction: Transaction<Connection = Self::Connection> + 'static;

    /// A handle to one database.
    type Store: EventStore + DeliveryStore;

    /// Opens a database. Nothing is created but, for databases that are files, the file.
    ///
    /// # Errors
    /// A URL of another kind, a place that cannot be reached or written.
    fn connect(url: &str, options: StoreOptions) -> BoxFuture<'static, Result<Arc<Self::Store>>>;

    /// Begins a transaction. Cannot be cancelled halfway: a dropped future leaves no open transaction.
    ///
    /// # Errors
    /// The database could not be reached in time.
    fn begin(store: &Arc<Self::Store>) -> BoxFuture<'static, Result<Self::Transaction>>;

    /// The embedded transport whose queues are tables of this database.
    fn embedded_transport(store: &Arc<Self::Store>) -> Arc<dyn Transport>;

    /// Stores one event through a connection that is in somebody else's transaction.
    ///
    /// # Errors
    /// The statement failed; the transaction is the caller's to end.
    fn store_event<'a>(
        connection: &'a mut Self::Connection,
        event: &'a NewEvent,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<bool>>;
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Connections for the user's transactions. Default 10. SQLite, which lets one transaction write at a time,
    /// keeps one.
    pub max_connections: u32,
    /// How long `begin` waits for a connection and for the database to be free. Default 30 s.
    pub acquire_timeout: std::time::Duration,
    /// Whether even the framework's own bookkeeping waits for the disk. Default no: what a power cut takes of it
    /// is done again from the rows before. Set for a database of queues alone, because whoever sent to it may
    /// remember that it did.
    pub durable_bookkeeping: bool,
    /// How often an idle process looks for work that another process stored. Default 1 s.
    pub poll_interval: std::time::Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(crate::SystemClock),
            max_connections: 10,
            acquire_timeout: std::time::Duration::from_secs(30),
            durable_bookkeeping: false,
            poll_interval: std::time::Duration::from_secs(1),
        }
    }
}

/// An open transaction. Dropped without [`commit`](Self::commit) or [`rollback`](Self::rollback) it is rolled
/// back and its connection closed.
pub trait Transaction: Send + Sized {
    /// What the user's queries run on.
    type Connection: Send;

    /// The connection.
    fn connection(&mut self) -> &mut Self::Connection;

    /// The connection, to be read.
    fn connection_ref(&self) -> &Self::Connection;

    /// Takes a declared idempotency key for `event`; `false` where it was taken before.
    ///
    /// # Errors
    /// The statement failed.
    fn take_producer_key<'a>(
        &'a mut self,
        source: &'a str,
        name: &'a str,
        idempotency_key: &'a str,
        event: EventId,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Opens savepoint number `depth`, counted from 1.
    ///
    /// # Errors
    /// The statement failed.
    fn savepoint(&mut self, depth: u32) -> BoxFuture<'_, Result<()>>;

    /// Undoes everything since savepoint `depth`, and closes it.
    ///
    /// # Errors
    /// The statement failed.
    fn rollback_to(&mut self, depth: u32) -> BoxFuture<'_, Result<()>>;

    /// Closes savepoint `depth` and keeps what was done.
    ///
    /// # Errors
    /// The statement failed.
    fn release(&mut self, depth: u32) -> BoxFuture<'_, Result<()>>;

    /// Reads events in position order, as [`EventStore::events`] does; what this transaction has yet to write is not
    /// among them.
    ///
    /// # Errors
    /// The statement failed.
    fn events<'a>(&'a mut self, query: &'a EventQuery) -> BoxFuture<'a, Result<Vec<StoredEvent>>>;

    /// Which of these were processed or given up before, or must wait; in the order given.
    ///
    /// # Errors
    /// The statement failed.
    fn look_up<'a>(&'a mut self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>>;

    /// Writes inbox rows: the fence of effect once.
    ///
    /// # Errors
    /// [`Fenced`](crate::ErrorKind::Fenced) where one of them exists; then the transaction can only be rolled back.
    fn record<'a>(&'a mut self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<()>>;

    /// Keeps a dead letter; of the same effect's, the first.
    ///
    /// # Errors
    /// [`Fenced`](crate::ErrorKind::Fenced) where the effect has taken place; otherwise the statement failed.
    fn keep_dead_letter<'a>(&'a mut self, letter: &'a NewDeadLetter) -> BoxFuture<'a, Result<()>>;

    /// Removes messages of an embedded queue in this database, as part of the transaction.
    ///
    /// # Errors
    /// [`Fenced`](crate::ErrorKind::Fenced) where one of them is held by somebody else.
    fn acknowledge<'a>(&'a mut self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>>;

    /// The last statement before COMMIT: writes the events together, in one round trip per bounded chunk,
    /// and proves that the transaction is still open and healthy.
    ///
    /// # Errors
    /// [`TransactionEnded`](crate::ErrorKind::TransactionEnded) where it was ended behind the framework's
    /// back; otherwise the statement failed and the transaction must be rolled back.
    fn prepare_commit<'a>(&'a mut self, events: &'a [NewEvent]) -> BoxFuture<'a, Result<()>>;

    /// COMMIT. On [`CommitError::Unknown`] the connection is closed.
    ///
    /// # Errors
    /// See [`CommitError`].
    fn commit(self, wake_relay: bool) -> BoxFuture<'static, Result<(), CommitError>>;

    /// [`prepare_commit`](Self::prepare_commit) and [`commit`](Self::commit), for a database that can do both at
    /// the price of one. Wakes the relay if there are events.
    ///
    /// # Errors
    /// See [`CommitError`].
    fn store_and_commit(mut self, events: Vec<NewEvent>) -> BoxFuture<'static, Result<(), CommitError>>
    where
        Self: 'static,
    {
        Box::pin(async move {
            match self.prepare_commit(&events).await {
                Ok(()) => self.commit(!events.is_empty()).await,
                Err(error) => {
                    self.rollback().await;
                    Err(CommitError::NotPrepared(error))
                }
            }
        })
    }

    /// ROLLBACK; where it fails, the connection is closed, which rolls back too.
    fn rollback(self) -> BoxFuture<'static, ()>;
}

/// Why COMMIT did not answer Ok.
#[derive(Debug)]
pub enum CommitError {
    /// The events could not be written, or the transaction was ended behind the framework's back: nothing took
    /// effect.
    NotPrepared(Error),
    /// The database refused: nothing took effect.
    RolledBack(Error),
    /// The answer never came: it may have taken effect.
    Unknown(Error),
}

/// Names one effect: what one subscriber does about one act.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InboxEntry {
    /// The subscriber's stored name.
    pub subscriber: Arc<str>,
    /// The service that published the event.
    pub source: String,
    /// The event's name.
    pub name: String,
    /// The event's idempotency key.
    pub idempotency_key: String,
    /// The event's key, for a key that is held.
    pub key: Option<String>,
}

/// What is known of an [`InboxEntry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InboxState {
    /// Nothing: to be handled.
    New,
    /// The effect has taken place.
    Done,
    /// It is a dead letter.
    Dead,
    /// An earlier event of its key is a dead letter that holds the key.
    Held,
    /// The subscriber is paused.
    Paused,
}
