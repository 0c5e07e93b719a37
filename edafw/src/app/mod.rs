//! The application: one service, its database, its transports, its subscribers.

mod builder;
mod confirmation;
mod elsewhere;
mod names;
mod registry_list;
mod transport;

use std::any::Any;
use std::sync::Arc;

use edafw_core::{
    Backend, Channel, Clock, DomainEvent, Error, ErrorKind, EventStore, NewEvent, OwnQueues, Result,
    Topology, Transport,
};
use tokio_util::task::TaskTracker;

pub use builder::{AppBuilder, Settings};
pub(crate) use builder::{newest_schema, refuse_newer_schema};
pub use confirmation::Confirmation;
pub(crate) use elsewhere::{Database, open_elsewhere};
pub(crate) use names::{EXTERNAL_PUBLISHERS, RECORDER, RESERVED, external_publisher_name, queue_name};
pub(crate) use registry_list::{Registered, Registry, Work};

use crate::call::Scope;
use crate::cause::Cause;
use crate::prepared::{Origin, Prepared};
use crate::state::StateMap;
use crate::transaction::bus::Bus;
use crate::transaction::{Publication, Tx};

/// A running service: begins transactions, and is what workers and commands work on. Cloning it is cheap.
pub struct App<B: Backend> {
    inner: Arc<Inner<B>>,
    /// What its transactions are caused by, where a subscriber was handed it.
    cause: Option<Arc<Cause>>,
}

struct Inner<B: Backend> {
    registry: Registry,
    bus: Bus,
    state: Arc<StateMap>,
    settings: Settings,
    store: Arc<B::Store>,
    internal: Arc<dyn Transport>,
    external: Arc<dyn Transport>,
    /// Subscribers that a dropped transaction started.
    spawned: TaskTracker,
    replay: Option<InReplay>,
}

/// What is different for what runs in a replay.
#[derive(Clone)]
pub(crate) struct InReplay {
    /// The replay's id.
    pub(crate) id: Arc<str>,
    /// Whether what is published is dropped.
    pub(crate) silent: bool,
}

impl<B: Backend> Clone for App<B> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), cause: self.cause.clone() }
    }
}

impl<B: Backend> App<B> {
    /// Begins to describe the application of `service`: with the events and subscribers that the service's
    /// annotations declare in every crate linked into this program, and no others.
    pub fn builder(service: impl Into<String>) -> AppBuilder<B> {
        AppBuilder::new(service.into())
    }

    /// Begins a transaction.
    ///
    /// On SQLite it holds the database's one writer until it ends: keep it short, and do not begin one
    /// inside another.
    ///
    /// # Errors
    /// The database could not be reached, or was held by others for longer than `acquire_timeout`.
    ///
    /// # Cancel safety
    /// Dropped halfway, it leaves no open transaction.
    pub async fn begin(&self) -> Result<Tx<B>> {
        let mut tx = Tx::new(self.clone(), B::begin(&self.inner.store).await?);
        if let Some(cause) = &self.cause {
            tx.set_cause(Cause::clone(cause));
        }
        Ok(tx)
    }

    /// Stores an event through a connection that is in somebody else's transaction.
    ///
    /// The event is stored and relayed when that transaction commits. There are no phases: no application
    /// subscriber of the event runs. The order of a key's events is kept only if the transaction has locked
    /// the subject's row before. The relay finds the event at its next look, at most one poll interval later.
    ///
    /// # Errors
    /// The payload cannot be written as JSON, or the statement failed; the transaction is the caller's to
    /// end.
    pub async fn store_event<E: DomainEvent>(
        &self,
        connection: &mut B::Connection,
        event: E,
    ) -> Result<Publication> {
        let now = self.clock().now();
        let cause = self.cause.as_deref().cloned().unwrap_or_default();
        let origin = Origin { source: self.service(), time: now, cause: &cause };
        let prepared = Prepared::domain(event, &origin)?;
        let id = prepared.stored.envelope.id;
        self.check_size(&prepared.stored, prepared.event_type.rust_name)?;
        if self.is_silent() {
            return Ok(Publication::New(id));
        }
        if B::store_event(connection, &prepared.stored, now).await? {
            Ok(Publication::New(id))
        } else {
            Ok(Publication::AlreadyPublished)
        }
    }

    /// The service's name.
    pub fn service(&self) -> &str {
        &self.inner.registry.service
    }

    /// The database.
    pub fn store(&self) -> &Arc<B::Store> {
        &self.inner.store
    }

    /// Where the time comes from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.settings.store.clock
    }

    /// Waits for subscribers that dropped transactions started, and closes the database.
    pub async fn close(&self) {
        use edafw_core::EventStore;

        self.inner.spawned.close();
        self.inner.spawned.wait().await;
        self.inner.store.close().await;
    }

    /// Whether the transport takes an event of this size.
    pub(crate) fn check_size(&self, event: &NewEvent, rust_name: &str) -> Result<()> {
        /// More than the attributes of an envelope take, apart from its texts.
        const ATTRIBUTES: usize = 512;
        let limit = self.transport(event.channel).limits().message_bytes;
        let envelope = &event.envelope;
        let texts = envelope.idempotency_key.len() + envelope.key.as_ref().map_or(0, String::len);
        let size = ATTRIBUTES + texts + envelope.data.get().len();
        if size > limit {
            return Err(Error::new(
                ErrorKind::Payload,
                format!(
                    "`{rust_name}` takes {size} bytes with its envelope, the transport {} carries {limit}; publish \
                     the identifiers and let subscribers fetch the rest",
                    self.transport(event.channel).name()
                ),
            ));
        }
        Ok(())
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.inner.bus
    }

    /// The transport of a channel.
    pub fn transport(&self, channel: Channel) -> &Arc<dyn Transport> {
        match channel {
            Channel::Internal => &self.inner.internal,
            Channel::External => &self.inner.external,
        }
    }

    /// What this service needs of the transport that carries `channel`: as plain data, for tools and tests.
    pub fn topology(&self, channel: Channel) -> Topology {
        let carried = self.transports().into_iter().map(|(_, channels)| channels);
        let channels = carried.into_iter().find(|channels| channels.contains(&channel)).unwrap_or_default();
        self.registry().topology(&channels)
    }

    /// The transports, each once, with the channels that it carries.
    pub(crate) fn transports(&self) -> Vec<(&Arc<dyn Transport>, Vec<Channel>)> {
        let Inner { internal, external, .. } = &*self.inner;
        if internal.identity() == external.identity() {
            vec![(internal, vec![Channel::Internal, Channel::External])]
        } else {
            vec![(internal, vec![Channel::Internal]), (external, vec![Channel::External])]
        }
    }

    /// The short way from the event store to the queues, where the store itself is both transports: not something
    /// around it, which may want to see every message.
    pub(crate) fn own_queues(&self) -> Option<&dyn OwnQueues> {
        let Inner { store, internal, external, .. } = &*self.inner;
        let is_store = |one: &&Arc<dyn Transport>| std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(store));
        store.own_queues().filter(|_| [internal, external].iter().all(is_store))
    }

    /// The same application with other transports.
    pub(crate) fn with_transports(&self, internal: Arc<dyn Transport>, external: Arc<dyn Transport>) -> Self {
        Self { inner: Arc::new(Inner { internal, external, ..self.inner.again() }), cause: None }
    }

    /// The same application for what runs in a replay.
    pub(crate) fn for_replay(&self, replay: InReplay) -> Self {
        Self { inner: Arc::new(Inner { replay: Some(replay), ..self.inner.again() }), cause: None }
    }

    /// The id of the replay that this application runs in.
    pub(crate) fn replay_id(&self) -> Option<&Arc<str>> {
        self.inner.replay.as_ref().map(|replay| &replay.id)
    }

    /// Whether what is published is dropped.
    pub(crate) fn is_silent(&self) -> bool {
        self.inner.replay.as_ref().is_some_and(|replay| replay.silent)
    }

    /// The same application for a subscriber: what it publishes was caused by an event.
    pub(crate) fn caused_by(&self, cause: Cause) -> Self {
        Self { inner: Arc::clone(&self.inner), cause: Some(Arc::new(cause)) }
    }

    /// What the arguments of subscribers are taken from.
    pub(crate) fn scope(&self) -> Scope {
        let app: Arc<dyn Any + Send + Sync> = Arc::new(self.clone());
        Scope {
            app,
            state: Arc::clone(&self.inner.state),
            delivery: None,
            completion: None,
            fetched: Vec::new(),
        }
    }

    /// Runs something that outlives its cause; [`close`](Self::close) waits for it.
    pub(crate) fn spawn_tracked(&self, work: impl Future<Output = ()> + Send + 'static) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::error!(
                service = self.service(),
                "a transaction was dropped outside of a runtime: its after_rollback and after_completion \
                 subscribers cannot run"
            );
            return;
        };
        drop(self.inner.spawned.spawn_on(work, &runtime));
    }
}

impl<B: Backend> Inner<B> {
    /// The same once more, to be changed.
    fn again(&self) -> Self {
        Self {
            registry: self.registry.clone(),
            bus: Bus::new(&self.registry.subscribers),
            state: Arc::clone(&self.state),
            settings: self.settings.clone(),
            store: Arc::clone(&self.store),
            internal: Arc::clone(&self.internal),
            external: Arc::clone(&self.external),
            spawned: self.spawned.clone(),
            replay: self.replay.clone(),
        }
    }
}

/// An error about the set-up that lists every mistake.
pub(crate) fn set_up_error(service: &str, mistakes: &[String]) -> Error {
    let list = mistakes.join("\n  - ");
    Error::new(ErrorKind::Configuration, format!("the service `{service}` cannot start:\n  - {list}"))
}

impl<B: Backend> std::fmt::Debug for App<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("service", &self.service())
            .field("database", &B::SCHEME)
            .finish_non_exhaustive()
    }
}
