//! The transaction: what a user writes and publishes in.

pub(crate) mod bus;
mod commit;
mod savepoint;

use std::any::{Any, TypeId};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use edafw_core::{
    Backend, Channel, DomainEvent, Error, ErrorKind, EventId, InvalidTraceContext, NewEvent, Phase, Result,
    Transaction, check_trace_parent, check_trace_state,
};
use uuid::Uuid;

use crate::App;
use crate::call::Scope;
use crate::cause::Cause;
use crate::prepared::{Origin, Prepared};
use commit::Stage;

/// An open transaction that events are published in.
///
/// It dereferences to the driver's connection, so any query of the driver runs in it. Nothing that is
/// published here is seen by anybody else before [`commit`](Self::commit) has succeeded, and all of it is
/// stored together with what the transaction wrote. Dropped, it is rolled back.
///
/// Raw `COMMIT`, `ROLLBACK` and `SAVEPOINT` statements bypass it and are not supported; for savepoints there
/// is [`savepoint`](Self::savepoint). `commit` notices a transaction that was ended behind its back.
pub struct Tx<B: Backend> {
    app: App<B>,
    /// Always there until the transaction ends.
    inner: Option<B::Transaction>,
    scope: Arc<Scope>,
    published: Vec<Published>,
    /// What `commit` writes: the stored form of `published`, in the same order.
    stored: Vec<NewEvent>,
    /// How many of `published` have been through `before_commit`.
    drained: usize,
    /// Events published now come from a `before_commit` subscriber of this round.
    round: u32,
    savepoints: u32,
    /// Set when an in-transaction subscriber refused: what it has half done must not be committed.
    refused: Option<String>,
    cause: Cause,
    stage: Stage,
    begun: Instant,
    /// The subscriber that works in it, in the worker.
    holder: Option<Arc<str>>,
}

/// An event that was published in a transaction, for its application subscribers.
#[derive(Clone)]
struct Published {
    type_id: TypeId,
    envelope: Arc<dyn Any + Send + Sync>,
    /// It, as the cause of what its subscribers publish.
    cause: Cause,
    round: u32,
}

/// What became of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Publication {
    /// It is stored when the transaction commits, under this id.
    New(EventId),
    /// The same act was published before, by its declared idempotency key: nothing is stored, and the caller
    /// may want to give up what it was about to do.
    AlreadyPublished,
}

impl Publication {
    /// Whether the act was published before.
    pub fn is_already_published(self) -> bool {
        self == Self::AlreadyPublished
    }
}

impl<B: Backend> Tx<B> {
    pub(crate) fn new(app: App<B>, inner: B::Transaction) -> Self {
        let scope = Arc::new(app.scope());
        Self {
            app,
            inner: Some(inner),
            scope,
            published: Vec::new(),
            stored: Vec::new(),
            drained: 0,
            round: 0,
            savepoints: 0,
            refused: None,
            cause: Cause::default(),
            stage: Stage::Open,
            begun: Instant::now(),
            holder: None,
        }
    }

    /// Publishes an event: it is stored when the transaction commits, and goes to its subscribers then.
    ///
    /// The event's `in_transaction` subscribers run before this returns.
    ///
    /// # Errors
    /// An `in_transaction` subscriber refused, after which the transaction can only be rolled back (to a
    /// savepoint, or as a whole); the payload cannot be written as JSON, or is larger than the transport
    /// takes; the database refused the declared idempotency key.
    pub async fn publish<E: DomainEvent>(&mut self, event: E) -> Result<Publication> {
        let cause = self.cause.clone();
        let origin = Origin { source: self.app.service(), time: self.app.clock().now(), cause: &cause };
        let prepared = Prepared::domain(event, &origin)?;
        self.publish_prepared(prepared).await
    }

    /// Publishes what has lost its Rust type.
    pub(crate) async fn publish_prepared(&mut self, prepared: Prepared) -> Result<Publication> {
        let Prepared { event_type, type_id, declared_key, stored, envelope } = prepared;
        self.app.check_size(&stored, event_type.rust_name)?;
        if self.app.is_silent() {
            return Ok(Publication::New(stored.envelope.id));
        }
        if let Some(key) = &declared_key {
            let (source, id) = (&stored.envelope.source, stored.envelope.id);
            let inner = self.inner.as_mut().ok_or_else(ended)?;
            if !inner.take_producer_key(source, event_type.name, key, id).await? {
                return Ok(Publication::AlreadyPublished);
            }
        }
        let (id, cause) = (stored.envelope.id, Cause::of(&stored.envelope));
        // What one transaction publishes is of one act.
        self.cause.correlation_id.get_or_insert(stored.envelope.correlation_id);
        metrics::counter!("edafw_events_published_total", "event" => event_type.name).increment(1);
        self.stored.push(stored);
        let published = Published { type_id, envelope, cause, round: self.round };
        self.published.push(published.clone());
        self.call_phase(Phase::InTransaction, &published).await?;
        Ok(Publication::New(id))
    }

    /// Calls the subscribers of a phase that has the transaction. What they publish is caused by their event.
    async fn call_phase(&mut self, phase: Phase, published: &Published) -> Result<()> {
        let app = self.app.clone();
        for subscriber in app.bus().subscribers(published.type_id, phase) {
            let scope = Arc::clone(&self.scope);
            let outer = std::mem::replace(&mut self.cause, published.cause.clone());
            let called = bus::call_in_transaction(subscriber, &*published.envelope, self, &scope).await;
            self.cause = outer;
            if let Err(error) = called {
                self.refused = Some(subscriber.name.to_owned());
                return Err(error);
            }
        }
        Ok(())
    }

    /// Which events were published so far, by name, in order.
    pub fn published(&self) -> impl Iterator<Item = (&str, Channel)> {
        self.stored.iter().map(|event| (event.envelope.name.as_str(), event.channel))
    }

    /// The application that this transaction belongs to.
    pub(crate) fn app(&self) -> &App<B> {
        &self.app
    }

    /// What the events published from here on are caused by.
    pub(crate) fn set_cause(&mut self, cause: Cause) {
        self.cause = cause;
    }

    /// Makes the events published from here on part of a flow that began elsewhere, such as the request that is
    /// being answered: they carry its correlation id. Otherwise the first event's id is the correlation id of all that
    /// the transaction publishes. In a subscriber they carry that of its event by themselves.
    pub fn set_correlation_id(&mut self, correlation_id: Uuid) {
        self.cause.correlation_id = Some(correlation_id);
    }

    /// The flow that the events published from here on belong to: in a subscriber of the worker the one that the event
    /// belongs to that it handles. `None` where each of them begins one of its own.
    pub fn correlation_id(&self) -> Option<Uuid> {
        self.cause.correlation_id
    }

    /// Makes the events published from here on carry a W3C trace context: the value of a `traceparent` header. In a
    /// subscriber they carry that of its event by themselves. A `tracestate` that was set before belonged to another
    /// parent, and is dropped.
    ///
    /// # Errors
    /// The value is none; nothing has changed, and events can be published without it.
    pub fn set_trace_parent(&mut self, trace_parent: impl Into<String>) -> Result<(), InvalidTraceContext> {
        let trace_parent = trace_parent.into();
        check_trace_parent(&trace_parent)?;
        self.cause.trace_parent = Some(trace_parent);
        self.cause.trace_state = None;
        Ok(())
    }

    /// Makes the events published from here on carry the `tracestate` header that came with their `traceparent`, which
    /// is set first. Several headers of this name are joined by commas.
    ///
    /// # Errors
    /// The value is none; nothing has changed, and events can be published without it.
    pub fn set_trace_state(&mut self, trace_state: impl Into<String>) -> Result<(), InvalidTraceContext> {
        let trace_state = trace_state.into();
        check_trace_state(&trace_state)?;
        self.cause.trace_state = self.cause.trace_parent.is_some().then_some(trace_state);
        Ok(())
    }

    /// Tells which subscriber works in it.
    pub(crate) fn set_holder(&mut self, subscriber: &Arc<str>) {
        self.holder = Some(Arc::clone(subscriber));
    }

    /// Warns of a transaction that has held up every other writer for long.
    fn warn_if_long(&self) {
        const LONG: Duration = Duration::from_secs(1);
        let held = self.begun.elapsed();
        if B::ONE_WRITER && held > LONG {
            let (service, seconds) = (self.app.service(), held.as_secs_f64());
            let subscriber = self.holder.as_deref().unwrap_or("none: begun by the application");
            tracing::warn!(
                service,
                subscriber,
                seconds,
                "a transaction held the database's one writer for over a second; take `App` and open a short one \
                 where the work calls out"
            );
        }
    }

    /// The database's own transaction.
    pub(crate) fn inner(&mut self) -> Result<&mut B::Transaction> {
        self.inner.as_mut().ok_or_else(ended)
    }
}

/// Calls the `in_transaction` subscribers of an `Envelope<E>`, and does nothing else: for the benchmark.
///
/// # Errors
/// One of them refused.
pub async fn dispatch<B: Backend, E: DomainEvent>(
    tx: &mut Tx<B>,
    envelope: &Arc<dyn Any + Send + Sync>,
) -> Result<()> {
    let (type_id, envelope) = (TypeId::of::<E>(), Arc::clone(envelope));
    let published = Published { type_id, envelope, cause: Cause::default(), round: 0 };
    tx.call_phase(Phase::InTransaction, &published).await
}

fn ended() -> Error {
    Error::new(ErrorKind::TransactionEnded, "the transaction has ended")
}

impl<B: Backend> Deref for Tx<B> {
    type Target = B::Connection;

    fn deref(&self) -> &B::Connection {
        self.inner.as_ref().expect("a transaction can be used until it ends").connection_ref()
    }
}

impl<B: Backend> DerefMut for Tx<B> {
    fn deref_mut(&mut self) -> &mut B::Connection {
        self.inner.as_mut().expect("a transaction can be used until it ends").connection()
    }
}

impl<B: Backend> std::fmt::Debug for Tx<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx")
            .field("service", &self.app.service())
            .field("published", &self.published.len())
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
