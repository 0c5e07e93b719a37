//! Reading the event store as the history of the domain.

mod typed;

use std::time::SystemTime;

use edafw_core::{
    Backend, Channel, Event, EventId, EventQuery, EventState, EventStore, Result, StoredEvent, Transaction,
};
use uuid::Uuid;

pub use typed::{PastEvent, TypedHistory};

use crate::{App, Tx};

/// Events read at once where all are asked for.
const PAGE: usize = 500;

/// What happened, as the event store has it: who, what, when, and because of which act.
///
/// Each method narrows the selection; [`page`](Self::page) and [`all`](Self::all) read it, in the order of positions,
/// with payloads as JSON text, and [`of`](Self::of) reads it as events of one type. `key`, `id` and `flow` are looked up
/// in an index; the others are compared with every event that these leave.
///
/// ```no_run
/// # use edafw::{App, Error, Sqlite, domain_event};
/// # edafw::service!("order");
/// # #[domain_event(name = "order.paid", key = order_no)]
/// # struct OrderPaid { order_no: i64 }
/// # async fn read(app: App<Sqlite>) -> Result<(), Error> {
/// let payments = app.history().key("7").of::<OrderPaid>().all().await?;
/// println!("paid {} times, for the last time at {:?}", payments.len(), payments.last().map(|paid| paid.time));
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
#[must_use = "a history is read by `page`, `all` or `of`"]
pub struct History<'a, B: Backend> {
    reader: Reader<'a, B>,
    query: EventQuery,
}

/// What reads it.
enum Reader<'a, B: Backend> {
    Store(App<B>),
    Transaction(&'a mut Tx<B>),
}

impl<B: Backend> App<B> {
    /// The events of this service that are committed.
    pub fn history(&self) -> History<'static, B> {
        History { reader: Reader::Store(self.clone()), query: EventQuery::default() }
    }
}

impl<B: Backend> Tx<B> {
    /// The events of this service, read through this transaction: what was committed before, as far as the
    /// transaction sees it. What it publishes itself is stored when it commits and is not among them.
    pub fn history(&mut self) -> History<'_, B> {
        History { reader: Reader::Transaction(self), query: EventQuery::default() }
    }
}

impl<'a, B: Backend> History<'a, B> {
    /// Only events of this subject.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.query.key = Some(key.into());
        self
    }

    /// Only events of this name; called several times, of any of these names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.query.names.push(name.into());
        self
    }

    /// Only this event.
    pub fn id(mut self, id: EventId) -> Self {
        self.query.id = Some(id);
        self
    }

    /// Only what one act set off: events with this correlation id. A subscriber finds the id of its own flow in the
    /// [`Envelope`](crate::Envelope) that it handles, or asks its transaction
    /// ([`correlation_id`](Tx::correlation_id)).
    pub fn flow(mut self, correlation_id: Uuid) -> Self {
        self.query.correlation_id = Some(correlation_id);
        self
    }

    /// Only events that happened at this time or later.
    pub fn since(mut self, time: SystemTime) -> Self {
        self.query.since = Some(time);
        self
    }

    /// Only events that happened before this time.
    pub fn until(mut self, time: SystemTime) -> Self {
        self.query.until = Some(time);
        self
    }

    /// Only events of this channel. Default: domain events and external ones.
    pub fn channel(mut self, channel: Channel) -> Self {
        self.query.channel = Some(channel);
        self
    }

    /// Only events that have come this far.
    pub fn state(mut self, state: EventState) -> Self {
        self.query.state = Some(state);
        self
    }

    /// Archived events, too. Default: only what is not archived.
    pub fn with_archived(mut self) -> Self {
        self.query.archived = true;
        self
    }

    /// Only events behind this position: the last one of the page before.
    pub fn after(mut self, position: i64) -> Self {
        self.query.after = Some(position);
        self
    }

    /// How long a page is, at most. Default 100; 0 is taken for 1.
    pub fn limit(mut self, events: usize) -> Self {
        self.query.limit = Some(events.max(1));
        self
    }

    /// Only events of the type `E`, under its present name and its former ones, decoded: older versions go through
    /// `E`'s upcasters.
    pub fn of<E: Event>(mut self) -> TypedHistory<'a, B, E> {
        let event_type = E::TYPE;
        let names = std::iter::once(event_type.name).chain(event_type.formerly.iter().copied());
        self.query.names = names.map(str::to_owned).collect();
        self.query.channel = Some(event_type.channel);
        TypedHistory::new(self)
    }

    /// The first events of the selection, in the order of positions. The next page is `after` the last one's position.
    ///
    /// Transactions that commit at the same time are seen in the order of their commits, whatever their positions: a
    /// page is no place to wait for new events. For that there are subscribers.
    ///
    /// # Errors
    /// The database could not be reached.
    pub async fn page(mut self) -> Result<Vec<StoredEvent>> {
        self.read().await
    }

    /// All events of the selection, in the order of positions: as many as there are, in memory. A
    /// [`limit`](Self::limit) is how many are read at once, 500 by default.
    ///
    /// # Errors
    /// The database could not be reached.
    pub async fn all(mut self) -> Result<Vec<StoredEvent>> {
        let limit = *self.query.limit.get_or_insert(PAGE);
        let mut all = Vec::new();
        loop {
            let page = self.read().await?;
            let is_last = page.len() < limit;
            self.query.after = page.last().map(|last| last.position).or(self.query.after);
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<StoredEvent>> {
        match &mut self.reader {
            Reader::Store(app) => app.store().events(&self.query).await,
            Reader::Transaction(tx) => tx.inner()?.events(&self.query).await,
        }
    }
}
