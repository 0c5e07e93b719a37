//! A handle to one SQLite database.

use std::sync::{Arc, Weak};
use std::time::Duration;

use edafw_core::{BoxFuture, Clock, Result, StoreOptions};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

use super::config::Config;
use super::connection::{Shared, Writer};
use super::error::database;

/// A SQLite database: event store, inbox and embedded transport.
#[derive(Debug)]
pub struct SqliteStore {
    pub(super) identity: String,
    pub(super) options: StoreOptions,
    /// For the user's transactions.
    pub(super) users: SqlitePool,
    /// For reading.
    pub(super) readers: SqlitePool,
    /// For the framework's own writes.
    pub(super) writer: Writer,
    pub(super) shared: Arc<Shared>,
    poller: std::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens a database; creates the file if it is missing, but no table.
    pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Self> {
        let config = Config::parse(url, &options)?;
        let shared = Shared::of(&config.identity);
        let pool = |connections, connect| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .min_connections(u32::from(config.in_memory))
                .acquire_timeout(options.acquire_timeout)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .connect_lazy_with(connect)
        };
        let users = pool(options.max_connections, config.user.clone());
        let readers = pool(2, config.framework.clone());
        let writer = Writer::new(config.framework.clone(), Arc::clone(&shared), options.acquire_timeout);
        // Named, because a process may open several.
        let opening = format!("open the database {}", config.identity);
        drop(users.acquire().await.map_err(database(opening))?);
        Ok(Self {
            identity: config.identity,
            options,
            users,
            readers,
            writer,
            shared,
            poller: std::sync::Mutex::default(),
        })
    }

    /// The present moment in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.options.clock.now_millis()
    }

    /// Where the time comes from.
    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.options.clock
    }

    /// Waits up to `wait` for the bell of a queue, or of the outbox under the empty name.
    pub(super) async fn wait_for(&self, queue: &str, wait: Duration) {
        self.poll_while_waiting();
        let bell = self.shared.doorbell.bell(queue);
        let _ = tokio::time::timeout(wait, bell.wait()).await;
    }

    /// Starts the one task of this process that looks for what other processes have stored.
    fn poll_while_waiting(&self) {
        if !self.shared.doorbell.start_polling() {
            return;
        }
        let poller = Poller {
            shared: Arc::downgrade(&self.shared),
            readers: self.readers.clone(),
            clock: Arc::clone(self.clock()),
            slowest: self.options.poll_interval,
        };
        let task = tokio::spawn(poller.run());
        let mut slot = self.poller.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(earlier) = slot.replace(task) {
            earlier.abort();
        }
    }

    /// Closes every connection.
    pub(super) async fn close_all(&self) {
        let task = self.poller.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            self.shared.doorbell.stop_polling();
        }
        self.writer.close().await;
        self.readers.close().await;
        self.users.close().await;
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        let task = self.poller.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            self.shared.doorbell.stop_polling();
        }
    }
}

/// Looks once per interval, with one statement, whether there is work in the outbox or in a queue: often
/// while there is, up to `slowest` when there is none.
struct Poller {
    shared: Weak<Shared>,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
    slowest: Duration,
}

impl Poller {
    /// The interval right after work was found.
    const FASTEST: Duration = Duration::from_millis(25);

    async fn run(self) {
        let mut interval = Self::FASTEST.min(self.slowest);
        loop {
            let Some(shared) = self.shared.upgrade() else { return };
            shared.doorbell.next_look(interval).await;
            match self.look(&shared).await {
                Ok(true) => interval = Self::FASTEST.min(self.slowest),
                Ok(false) => interval = (interval * 2).min(self.slowest),
                Err(error) => {
                    tracing::debug!(error = %error, "could not look for work; whoever claims will say why");
                    interval = self.slowest;
                }
            }
        }
    }

    /// Rings the bells of what is due; `true` if that is news.
    async fn look(&self, shared: &Shared) -> sqlx::Result<bool> {
        let now = self.clock.now_millis();
        let rows: Vec<(String, bool, Option<i64>)> =
            sqlx::query_as(include_str!("sql/pulse.sql")).bind(now).fetch_all(&self.readers).await?;
        let mut found = false;
        for (queue, due, next_at) in rows {
            if due {
                found |= shared.doorbell.ring_known(&queue);
            } else if let Some(next_at) = next_at {
                shared.doorbell.expect(Duration::from_millis((next_at - now).max(1) as u64));
            }
        }
        Ok(found)
    }
}

/// A boxed future, where a trait wants one.
pub(super) fn boxed<'a, T>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}
