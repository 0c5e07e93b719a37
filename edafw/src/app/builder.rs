//! Describing an application, and connecting it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, BoxFuture, Clock, Error, ErrorKind, EventStore, Failure, RepublishPolicy, Result, Schema,
    StoreOptions, Transport,
};

use super::confirmation::Confirmation;
use super::transport::open_transport;
use super::{App, Inner, Registry};
use crate::call::Scope;
use crate::catalogue::Catalogue;
use crate::registry::{Subscriber, SubscriberDeclaration};
use crate::state::StateMap;
use crate::transaction::bus::Bus;

/// Describes an application; [`connect`](Self::connect) makes it run.
///
/// What is not said here is read from the environment when it connects: `EDAFW_DATABASE_URL`,
/// `EDAFW_TRANSPORT_URL` (default `embedded:`) and `EDAFW_EXTERNAL_URL` (default: the transport's URL).
#[must_use]
pub struct AppBuilder<B: Backend> {
    service: String,
    database_url: Option<String>,
    transport_url: Option<String>,
    external_url: Option<String>,
    internal: Option<Arc<dyn Transport>>,
    external: Option<Arc<dyn Transport>>,
    state: StateMap,
    linked: bool,
    added: Vec<SubscriberDeclaration>,
    settings: Settings,
    on_connect: Vec<OnConnect<B>>,
    backend: std::marker::PhantomData<fn() -> B>,
}

/// What the service does when it has connected.
type OnConnect<B> = Box<dyn FnOnce(App<B>) -> BoxFuture<'static, Result<(), Failure>> + Send>;

/// How an application behaves. All durations are bounded below by one millisecond.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How the database is opened.
    pub store: StoreOptions,
    /// Whether `connect` brings the schema up to date. Default yes; say no where the service must not have
    /// the right to, and run the `migrate` command when deploying.
    pub migrate: bool,
    /// How long a claimed event or a received delivery belongs to a process that does not answer. Extended
    /// while a handler runs. Default 30 s.
    pub lease: Duration,
    /// Events or messages taken at once, at most. Default 500.
    pub batch: usize,
    /// Deliveries of one subscriber that run at the same time, where it does not say. Default 10.
    pub concurrency: NonZeroU32,
    /// Deliveries that share a commit, at most. Default 200.
    pub shared_commit: usize,
    /// How long a delivery of an unknown event or a newer version waits for a newer binary before it becomes
    /// a dead letter. Default 30 minutes.
    pub unknown_after: Duration,
    /// How long shutting down waits for handlers that run. Default 20 s.
    pub shutdown_deadline: Duration,
    /// When an event counts as published. Default: when the recorder has polled it back.
    pub confirmation: Confirmation,
    /// When unconfirmed events are sent again.
    pub republish: RepublishPolicy,
    /// How long inbox rows are kept. Must outlive every possible redelivery. Default 35 days.
    pub inbox_retention: Duration,
    /// Published events of this age are moved into the table `edafw_archive`, in the background and in small
    /// batches; `None`, the default, keeps all of them where they are. At least as long as a queue of the transport
    /// keeps a message, so that [`reconcile`](crate::App::reconcile) finds whatever may be on its way.
    pub archive_after: Option<Duration>,
    /// How long a queue of the transport keeps a message. Default 14 days.
    pub queue_retention: Duration,
    /// How long dead letters are kept by the transport. Default 14 days.
    pub dead_letter_retention: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            store: StoreOptions::default(),
            migrate: true,
            lease: Duration::from_secs(30),
            batch: 500,
            concurrency: const { NonZeroU32::new(10).unwrap() },
            shared_commit: 200,
            unknown_after: Duration::from_mins(30),
            shutdown_deadline: Duration::from_secs(20),
            confirmation: Confirmation::default(),
            republish: RepublishPolicy::default(),
            inbox_retention: Duration::from_secs(35 * DAY),
            archive_after: None,
            queue_retention: Duration::from_secs(14 * DAY),
            dead_letter_retention: Duration::from_secs(14 * DAY),
        }
    }
}

impl<B: Backend> AppBuilder<B> {
    pub(super) fn new(service: String) -> Self {
        Self {
            service,
            database_url: None,
            transport_url: None,
            external_url: None,
            internal: None,
            external: None,
            state: StateMap::default(),
            linked: true,
            added: Vec::new(),
            settings: Settings::default(),
            on_connect: Vec::new(),
            backend: std::marker::PhantomData,
        }
    }

    /// The database, instead of `EDAFW_DATABASE_URL`.
    pub fn database_url(mut self, url: impl Into<String>) -> Self {
        self.database_url = Some(url.into());
        self
    }

    /// The database where neither `database_url` nor the environment names one: the part behind the scheme.
    #[cfg(feature = "testing")]
    pub(crate) fn default_database_url(mut self, rest: &str) -> Self {
        self.database_url.get_or_insert_with(|| format!("{}:{rest}", B::SCHEME));
        self
    }

    /// The transport of both channels, instead of `EDAFW_TRANSPORT_URL`.
    pub fn transport_url(mut self, url: impl Into<String>) -> Self {
        self.transport_url = Some(url.into());
        self
    }

    /// The transport of the external channel, instead of `EDAFW_EXTERNAL_URL`. The embedded one names a
    /// database that the services share: `embedded:sqlite:shared.db`.
    pub fn external_url(mut self, url: impl Into<String>) -> Self {
        self.external_url = Some(url.into());
        self
    }

    /// A ready transport for the internal channel, and for the external one unless that has its own.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.internal = Some(transport);
        self
    }

    /// A ready transport for the external channel.
    pub fn external_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.external = Some(transport);
        self
    }

    /// A value that subscribers take as `State<T>`; one per type.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.state.insert(value);
        self
    }

    /// Adds a subscriber by hand, by its function's name: `.subscriber::<record_device>()`. Needed only for
    /// subscribers of another service name, or with [`without_linked`](Self::without_linked).
    pub fn subscriber<S: Subscriber>(mut self) -> Self {
        self.added.push(S::DECLARATION);
        self
    }

    /// Leaves out what the linker has collected: only what is added by hand is there.
    pub fn without_linked(mut self) -> Self {
        self.linked = false;
        self
    }

    /// Where the time comes from. Default: the machine's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.store.clock = clock;
        self
    }

    /// Changes the settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Runs `prepare` when the application has connected, before anything uses it: the place to create the
    /// service's own tables, also in the generated worker binary. Several run in the order in which they
    /// were added. Every process of the service runs them, so they must be idempotent. Commands of the worker
    /// binary that only look at the database leave them out.
    pub fn on_connect<F, Fut>(mut self, prepare: F) -> Self
    where
        F: FnOnce(App<B>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.on_connect.push(Box::new(move |app| Box::pin(prepare(app))));
        self
    }

    /// For looking at the database and leaving it as it is: migrates nothing, prepares nothing.
    pub(crate) fn only_to_look(mut self) -> Self {
        self.settings.migrate = false;
        self.on_connect.clear();
        self
    }

    /// The service's name.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Where every event of the service arises and where it goes, as the annotations of the linked code say.
    pub fn catalogue(&self) -> Catalogue {
        Catalogue::of(&self.registry())
    }

    pub(crate) fn registry(&self) -> Registry {
        Registry::collect(self.service.clone(), self.linked, self.added.clone())
    }

    /// Connects to the database and the transports, and checks everything that can be checked at start.
    ///
    /// # Errors
    /// One [`Configuration`](ErrorKind::Configuration) error that lists every mistake of the set-up; a
    /// database or transport that cannot be reached; a schema that is missing or does not fit; what
    /// [`on_connect`](Self::on_connect) answered: an error of configuration where the failure is permanent,
    /// otherwise one that may go away ([`Unavailable`](ErrorKind::Unavailable)).
    pub async fn connect(self) -> Result<App<B>> {
        self.settings.check(&self.service)?;
        let store = self.open_database().await?;
        prepare_schema(&*store, self.settings.migrate).await?;
        self.connect_to(store).await
    }

    /// Whether a database is named, here or by the environment.
    pub(crate) fn names_database(&self) -> bool {
        setting(self.database_url.clone(), "EDAFW_DATABASE_URL").is_some()
    }

    /// What names the transports of the internal and the external channel.
    pub(crate) fn transport_urls(&self) -> [String; 2] {
        let internal = setting(self.transport_url.clone(), "EDAFW_TRANSPORT_URL");
        let internal = internal.unwrap_or_else(|| "embedded:".to_owned());
        let external = setting(self.external_url.clone(), "EDAFW_EXTERNAL_URL");
        [internal.clone(), external.unwrap_or(internal)]
    }

    /// Opens the database, whatever schema it has.
    pub(crate) async fn open_database(&self) -> Result<Arc<B::Store>> {
        let url = setting(self.database_url.clone(), "EDAFW_DATABASE_URL").ok_or_else(|| {
            let scheme = B::SCHEME;
            Error::configuration(format!(
                "no database: set EDAFW_DATABASE_URL=\"{scheme}:..\", or call `.database_url(\"{scheme}:..\")`"
            ))
        })?;
        B::connect(&url, self.settings.store.clone()).await
    }

    /// The application on a database whose schema fits.
    pub(crate) async fn connect_to(self, store: Arc<B::Store>) -> Result<App<B>> {
        let registry = self.registry();
        let internal = if let Some(transport) = self.internal {
            transport
        } else {
            let url = setting(self.transport_url, "EDAFW_TRANSPORT_URL");
            open_transport::<B>(url.as_deref().unwrap_or("embedded:"), &store, &self.settings, &registry)
                .await?
        };
        let external = match self.external {
            Some(transport) => transport,
            None => match setting(self.external_url, "EDAFW_EXTERNAL_URL") {
                Some(url) => open_transport::<B>(&url, &store, &self.settings, &registry).await?,
                None => Arc::clone(&internal),
            },
        };
        let bus = Bus::new(&registry.subscribers);
        let inner = Inner {
            registry,
            bus,
            state: Arc::new(self.state),
            settings: self.settings,
            store,
            internal,
            external,
            spawned: tokio_util::task::TaskTracker::new(),
            replay: None,
        };
        let app = App { inner: Arc::new(inner), cause: None };
        let scope: Scope = app.scope();
        app.registry().check::<B>(&scope)?;
        app.check_confirmation()?;
        for prepare in self.on_connect {
            prepare(app.clone()).await.map_err(|failure| {
                let kind =
                    if failure.is_permanent() { ErrorKind::Configuration } else { ErrorKind::Unavailable };
                let message = format!("the service `{}` could not prepare itself", app.service());
                Error::new(kind, message).caused_by(failure.into_error())
            })?;
        }
        Ok(app)
    }
}

impl Settings {
    fn check(&self, service: &str) -> Result<()> {
        let mut mistakes = Vec::new();
        let days = |duration: Duration| duration.as_secs_f64() / 86_400.0;
        let longest = self.queue_retention + self.dead_letter_retention + self.republish.exhausted_after;
        if longest > self.inbox_retention {
            mistakes.push(format!(
                "an event can be redelivered for {:.1} days (queue_retention {:.1} + dead_letter_retention {:.1} + \
                 republish.exhausted_after {:.1}), but inbox rows are kept for {:.1}: a late duplicate would take \
                 effect twice; raise inbox_retention",
                days(longest),
                days(self.queue_retention),
                days(self.dead_letter_retention),
                days(self.republish.exhausted_after),
                days(self.inbox_retention)
            ));
        }
        if let Some(age) = self.archive_after
            && age < self.queue_retention
        {
            mistakes.push(format!(
                "events would be archived after {:.1} days, but queues keep messages for {:.1} (queue_retention): raise \
                 archive_after",
                days(age),
                days(self.queue_retention)
            ));
        }
        for (name, zero) in [
            ("batch", self.batch == 0),
            ("shared_commit", self.shared_commit == 0),
            ("lease", self.lease < Duration::from_millis(1)),
            ("store.poll_interval", self.store.poll_interval < Duration::from_millis(1)),
        ] {
            if zero {
                mistakes.push(format!("`{name}` is zero; it must be at least 1 (ms)"));
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(super::set_up_error(service, &mistakes)) }
    }
}

fn setting(chosen: Option<String>, variable: &str) -> Option<String> {
    chosen.or_else(|| std::env::var(variable).ok()).filter(|value| !value.is_empty())
}

/// The schema that is there, unless it is one that this binary cannot run on.
pub(crate) async fn refuse_newer_schema(store: &impl EventStore) -> Result<Option<Schema>> {
    let newest = newest_schema(store);
    let present = store.schema().await?;
    match present {
        Some(schema) if schema.oldest_compatible > newest => Err(Error::new(
            ErrorKind::Schema,
            format!(
                "the database has schema version {}, which binaries older than version {} cannot run on; this binary \
                 was built for version {newest}: deploy a newer one",
                schema.version, schema.oldest_compatible
            ),
        )),
        present => Ok(present),
    }
}

/// The schema version that this binary was built for.
pub(crate) fn newest_schema(store: &impl EventStore) -> u32 {
    store.migrations().last().map_or(0, |(version, _)| *version)
}

pub(super) async fn prepare_schema(store: &impl EventStore, migrate: bool) -> Result<()> {
    let newest = newest_schema(store);
    match refuse_newer_schema(store).await? {
        Some(schema) if schema.version >= newest => Ok(()),
        _ if migrate => store.migrate().await.map(drop),
        present => Err(Error::new(
            ErrorKind::Schema,
            format!(
                "the database has {}, this binary needs version {newest}: run the `migrate` command",
                present.map_or("no tables of edafw".to_owned(), |schema| format!(
                    "schema version {}",
                    schema.version
                ))
            ),
        )),
    }
}
