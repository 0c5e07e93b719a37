//! A handle to one SQLite database.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Result, StoreOptions};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

use super::config::Config;
use super::connection::{Shared, Writer};
use super::error::database;
use super::users::Users;
use crate::boxed::boxed;
use crate::poller::{Look, Poller, Pulse};

/// A SQLite database: event store, inbox and embedded transport.
#[derive(Debug)]
pub struct SqliteStore {
    pub(super) identity: String,
    pub(super) options: StoreOptions,
    /// For the user's transactions.
    pub(super) users: Users,
    /// For reading.
    pub(super) readers: SqlitePool,
    /// For the framework's own writes.
    pub(super) writer: Writer,
    pub(super) shared: Arc<Shared>,
    poller: Poller,
}

impl SqliteStore {
    /// Opens a database; creates the file if it is missing, but no table.
    pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Self> {
        let config = Config::parse(url, &options)?;
        let shared = Shared::of(&config.identity);
        let poller = Poller::new(Arc::clone(&shared.doorbell));
        let users = Users::new(config.user.clone());
        let readers = SqlitePoolOptions::new()
            .max_connections(2)
            .min_connections(u32::from(config.in_memory))
            .acquire_timeout(options.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(config.framework.clone());
        let writer = Writer::new(config.framework.clone(), Arc::clone(&shared), options.acquire_timeout);
        // Named, because a process may open several.
        let opening = format!("open the database {}", config.identity);
        users.keep(users.take().await.map_err(database(opening))?);
        Ok(Self { identity: config.identity, options, users, readers, writer, shared, poller })
    }

    /// The present moment in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.options.clock.now_millis()
    }

    /// Waits up to `wait` for the bell of a queue, or of the outbox under the empty name.
    pub(super) async fn wait_for(&self, queue: &str, wait: Duration) {
        self.poller.wait(queue, wait, self.options.poll_interval, || self.look()).await;
    }

    /// One statement that looks for what other processes have stored.
    fn look(&self) -> Look {
        let (readers, clock) = (self.readers.clone(), Arc::clone(&self.options.clock));
        Box::new(move || {
            let (readers, now) = (readers.clone(), clock.now_millis());
            boxed(async move {
                let rows: Vec<(String, bool, Option<i64>)> = sqlx::query_as(include_str!("sql/pulse.sql"))
                    .bind(now)
                    .fetch_all(&readers)
                    .await
                    .map_err(database("look for work"))?;
                let pulse = |(queue, due, next_at): (_, _, Option<i64>)| Pulse {
                    queue,
                    due,
                    next_in: next_at.map(|at| Duration::from_millis((at - now).max(1) as u64)),
                };
                Ok(rows.into_iter().map(pulse).collect())
            })
        })
    }

    /// Closes every connection.
    pub(super) async fn close_all(&self) {
        self.poller.stop();
        self.writer.close().await;
        self.readers.close().await;
        self.users.close().await;
    }
}
