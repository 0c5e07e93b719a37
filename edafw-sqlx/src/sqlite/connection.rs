//! Who may write when: one writer at a time in this process, whatever the number of handles.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Error, ErrorKind, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, OwnedMutexGuard};

use super::error::database;
use crate::doorbell::Doorbell;
use crate::registry::Registry;

/// What all handles of one database share in this process.
///
/// SQLite lets one connection write at a time and makes the others poll. Within a process this lock stands
/// in front, so that writers take turns in the order in which they came; only other processes are polled
/// for, by SQLite's busy handler.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Held by whoever writes.
    pub(super) lock: Arc<AsyncMutex<()>>,
    /// Rung when there is something to claim or to receive.
    pub(super) doorbell: Arc<Doorbell>,
}

/// Held while writing.
pub(super) type WriteGuard = OwnedMutexGuard<()>;

/// By the identity of the database.
static OPEN: Registry<Shared> = Registry::new();

impl Shared {
    /// What the database of this identity shares.
    pub(super) fn of(identity: &str) -> Arc<Self> {
        OPEN.of(identity)
    }

    /// Waits for the turn to write.
    pub(super) async fn writing(&self, patience: Duration) -> Result<WriteGuard> {
        tokio::time::timeout(patience, Arc::clone(&self.lock).lock_owned()).await.map_err(|_| {
            Error::new(
                ErrorKind::Unavailable,
                format!(
                    "another transaction of this process has held the SQLite database for {} s; \
                     SQLite lets one transaction write at a time: keep them short, and do not begin one inside another",
                    patience.as_secs()
                ),
            )
        })
    }
}

/// The connection of the framework's own writes.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    shared: Arc<Shared>,
    patience: Duration,
    connection: AsyncMutex<Option<SqliteConnection>>,
}

impl Writer {
    pub(super) fn new(options: SqliteConnectOptions, shared: Arc<Shared>, patience: Duration) -> Self {
        Self { options, shared, patience, connection: AsyncMutex::new(None) }
    }

    /// Waits for the turn to write, and takes the connection.
    ///
    /// The connection is thrown away unless [`Turn::end`] is reached: whatever fails or is dropped halfway,
    /// an open transaction never meets the next caller.
    pub(super) async fn turn(&self) -> Result<Turn<'_>> {
        let mut slot = self.connection.lock().await;
        let guard = self.shared.writing(self.patience).await?;
        let connection = match slot.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(database("open the database"))?,
        };
        Ok(Turn { slot, connection, _guard: guard })
    }

    /// One statement, or several that are one: runs it and answers the rows it returns.
    pub(super) async fn fetch(
        &self,
        doing: &'static str,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Vec<SqliteRow>> {
        let mut turn = self.turn().await?;
        let rows = query.fetch_all(&mut turn.connection).await.map_err(database(doing))?;
        turn.end();
        Ok(rows)
    }

    /// One statement: runs it and answers how many rows it changed.
    pub(super) async fn execute(
        &self,
        doing: &'static str,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<u64> {
        let mut turn = self.turn().await?;
        let done = query.execute(&mut turn.connection).await.map_err(database(doing))?;
        turn.end();
        Ok(done.rows_affected())
    }

    /// Closes the connection.
    pub(super) async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let _ = sqlx::Connection::close(connection).await;
        }
    }
}

/// The framework's turn to write.
pub(super) struct Turn<'a> {
    slot: MutexGuard<'a, Option<SqliteConnection>>,
    /// What to write on.
    pub(super) connection: SqliteConnection,
    _guard: WriteGuard,
}

impl Turn<'_> {
    /// Begins a transaction that may write.
    pub(super) async fn begin(&mut self) -> Result<()> {
        self.run("begin a transaction", "begin immediate").await
    }

    /// Commits it.
    pub(super) async fn commit(&mut self) -> Result<()> {
        self.run("commit", "commit").await
    }

    async fn run(&mut self, doing: &'static str, statement: &'static str) -> Result<()> {
        sqlx::query(statement).execute(&mut self.connection).await.map_err(database(doing))?;
        Ok(())
    }

    /// Keeps the connection for the next turn.
    pub(super) fn end(self) {
        let Self { mut slot, connection, .. } = self;
        *slot = Some(connection);
    }
}
