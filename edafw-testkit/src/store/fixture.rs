//! What a backend tells the suite about itself, and the place that each behaviour gets.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, BoxFuture, EventId, EventQuery, EventStore, ManualClock, NewEvent, Outgoing, SendResult,
    StoreOptions, StoredEvent, Transaction,
};

use crate::name_of;

/// A database of one's own for one test; dropped, it is gone.
pub trait StoreFixture: Send + Sync + Sized + 'static {
    /// The database's kind.
    type Backend: Backend;

    /// What this database can do beyond what all can.
    const TRAITS: StoreTraits;

    /// A new, empty database.
    fn create() -> BoxFuture<'static, Self>;

    /// Its URL; every `connect` to it is another handle of the same place.
    fn url(&self) -> String;

    /// Marks the session of a connection, such as by a temporary table.
    fn mark(connection: &mut Connection<Self>) -> BoxFuture<'_, ()>;

    /// Whether the session of a connection is one that was marked.
    fn is_marked(connection: &mut Connection<Self>) -> BoxFuture<'_, bool>;

    /// Ends the transaction by a raw statement, behind the framework's back.
    fn end_transaction(connection: &mut Connection<Self>) -> BoxFuture<'_, ()>;

    /// Runs a statement that fails, and swallows the error, as a careless handler does.
    fn swallow_an_error(connection: &mut Connection<Self>) -> BoxFuture<'_, ()>;
}

/// What a database can do beyond what all can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreTraits {
    /// Whether two transactions can be open at once and write.
    pub concurrent_transactions: bool,
    /// Whether the store can be read while a transaction is open.
    pub reads_while_writing: bool,
}

/// The connection that a fixture's transactions dereference to.
pub type Connection<F> = <<F as StoreFixture>::Backend as Backend>::Connection;

/// The store of a fixture.
pub type Store<F> = <<F as StoreFixture>::Backend as Backend>::Store;

/// The transaction of a fixture.
pub type Tx<F> = <<F as StoreFixture>::Backend as Backend>::Transaction;

/// The lease of claims in these tests.
pub const LEASE: Duration = Duration::from_secs(30);

/// A fresh store with a clock that stands still, and short words for what most behaviours do.
pub struct TestStore<F: StoreFixture> {
    /// The handle.
    pub store: Arc<Store<F>>,
    /// The time, for every handle that does not ask for another clock.
    pub clock: Arc<ManualClock>,
    fixture: F,
}

impl<F: StoreFixture> TestStore<F> {
    /// An empty store with its schema.
    ///
    /// # Panics
    /// The database could not be made.
    pub async fn new() -> Self {
        let fresh = Self::without_schema().await;
        fresh.store.migrate().await.expect("the schema is created");
        fresh
    }

    /// An empty database.
    ///
    /// # Panics
    /// The database could not be made.
    pub async fn without_schema() -> Self {
        let fixture = F::create().await;
        let clock = Arc::new(ManualClock::default());
        let store = connect::<F>(&fixture, &clock).await;
        Self { store, clock, fixture }
    }

    /// A second handle of the same place: another process.
    pub async fn another(&self) -> Arc<Store<F>> {
        connect::<F>(&self.fixture, &self.clock).await
    }

    /// A second handle whose clock is its own.
    pub async fn another_with(&self, clock: &Arc<ManualClock>) -> Arc<Store<F>> {
        connect::<F>(&self.fixture, clock).await
    }

    /// Begins a transaction.
    ///
    /// # Panics
    /// The database refused.
    pub async fn begin(&self) -> Tx<F> {
        begin::<F>(&self.store).await
    }

    /// Stores events in a transaction of their own.
    ///
    /// # Panics
    /// The database refused.
    pub async fn publish(&self, events: &[NewEvent]) {
        let tx = self.begin().await;
        tx.store_and_commit(events.to_vec()).await.expect("the transaction commits");
    }

    /// Claims for [`LEASE`].
    ///
    /// # Panics
    /// The database refused.
    pub async fn claim(&self, limit: usize) -> Vec<Outgoing> {
        claim(&*self.store, limit, LEASE).await
    }

    /// Marks claimed events as sent; answers how many were still held.
    ///
    /// # Panics
    /// The database refused.
    pub async fn sent(&self, claimed: &[Outgoing]) -> usize {
        self.store.settle(&sent(claimed)).await.expect("the results are written")
    }

    /// Marks events as published.
    ///
    /// # Panics
    /// The database refused.
    pub async fn confirm(&self, ids: &[EventId]) -> usize {
        self.store.confirm(ids).await.expect("the confirmations are written")
    }

    /// Stores events and has them sent.
    ///
    /// # Panics
    /// The database refused, or did not let all of them be claimed.
    pub async fn publish_and_send(&self, events: &[NewEvent]) {
        self.publish(events).await;
        let claimed = self.claim(events.len()).await;
        assert_eq!(claimed.len(), events.len(), "all events can be claimed");
        assert_eq!(self.sent(&claimed).await, events.len(), "all claims are held");
    }

    /// Everything that is stored, in position order.
    ///
    /// # Panics
    /// The database refused.
    pub async fn history(&self) -> Vec<StoredEvent> {
        self.query(EventQuery { limit: Some(100_000), ..EventQuery::default() }).await
    }

    /// What a query finds.
    ///
    /// # Panics
    /// The database refused.
    pub async fn query(&self, query: EventQuery) -> Vec<StoredEvent> {
        self.store.events(&query).await.expect("the events are read")
    }
}

async fn connect<F: StoreFixture>(fixture: &F, clock: &Arc<ManualClock>) -> Arc<Store<F>> {
    let options =
        StoreOptions { clock: Arc::clone(clock) as _, max_connections: 4, ..StoreOptions::default() };
    F::Backend::connect(&fixture.url(), options).await.expect("the database opens")
}

/// Begins a transaction on a handle.
///
/// # Panics
/// The database refused.
pub async fn begin<F: StoreFixture>(store: &Arc<Store<F>>) -> Tx<F> {
    F::Backend::begin(store).await.expect("a transaction begins")
}

/// Claims through a handle.
///
/// # Panics
/// The database refused.
pub async fn claim(store: &impl EventStore, limit: usize, lease: Duration) -> Vec<Outgoing> {
    store.claim(limit, lease).await.expect("the claim is answered")
}

/// Settlements that say "sent".
pub fn sent(claimed: &[Outgoing]) -> Vec<SendResult> {
    claimed.iter().map(|one| SendResult::Sent { position: one.position, token: one.token }).collect()
}

/// Settlements that say "given back".
pub fn given_back(claimed: &[Outgoing]) -> Vec<SendResult> {
    claimed.iter().map(|one| SendResult::GivenBack { position: one.position, token: one.token }).collect()
}

/// Keys and numbers of claimed events, in order: `a1 b2`.
pub fn names(claimed: &[Outgoing]) -> String {
    list(claimed.iter().map(|one| name_of(&one.envelope)))
}

/// Keys and numbers of stored events, in order.
pub fn stored_names(stored: &[StoredEvent]) -> String {
    list(stored.iter().map(|one| name_of(&one.envelope)))
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.fold(String::new(), |mut list, name| {
        let space = if list.is_empty() { "" } else { " " };
        write!(list, "{space}{name}").expect("a string takes everything");
        list
    })
}
