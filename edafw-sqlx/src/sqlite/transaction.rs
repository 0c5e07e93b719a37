//! A transaction of the user's on SQLite.

use std::sync::Arc;

use edafw_core::{
    BoxFuture, CommitError, Error, ErrorKind, EventId, EventQuery, InboxEntry, InboxState, NewDeadLetter,
    NewEvent, Receipt, Result, StoredEvent, Transaction, kill,
};
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::connection::WriteGuard;
use super::error::{database, is_broken_reference, is_busy, leaves_open};
use super::store::SqliteStore;
use super::users::UserConnection;
use super::{held, history, inbox, rows};
use crate::boxed::boxed;
use crate::doorbell::OUTBOX;
use crate::receipts::Removal;

/// Events written with one statement, at most: bounds the memory that the statement's parameter takes.
const CHUNK: usize = 500;

/// An open transaction: `BEGIN IMMEDIATE`, so that it holds the database's one writer from the start and
/// never fails halfway because another writer came first.
#[derive(Debug)]
pub struct SqliteTransaction {
    store: Arc<SqliteStore>,
    /// Always there until the transaction ends.
    connection: Option<UserConnection>,
    /// The turn to write. Declared last: released when the connection is gone.
    _turn: WriteGuard,
}

impl SqliteTransaction {
    pub(super) async fn begin(store: &Arc<SqliteStore>) -> Result<Self> {
        let turn = store.shared.writing(store.options.acquire_timeout).await?;
        let connection = store.users.take().await.map_err(database("get a connection"))?;
        // From here on the connection is closed if this future is dropped.
        let mut transaction = Self { store: Arc::clone(store), connection: Some(connection), _turn: turn };
        transaction.inner().begin().await.map_err(database("begin a transaction"))?;
        Ok(transaction)
    }

    fn inner(&mut self) -> &mut UserConnection {
        self.connection.as_mut().expect("a transaction has its connection until it ends")
    }

    /// The last thing to ask before anything is written for COMMIT.
    fn check_open(&mut self) -> Result<()> {
        if self.inner().has_ended() {
            return Err(Error::new(
                ErrorKind::TransactionEnded,
                "the transaction was ended by something else than `commit` and `rollback` of `Tx`: a raw COMMIT \
                 or ROLLBACK statement, or a constraint declared ON CONFLICT ROLLBACK",
            ));
        }
        Ok(())
    }

    /// Takes the connection for ending the transaction. Dropped, it is closed.
    fn take(&mut self) -> Ending {
        Ending { connection: self.connection.take(), store: Arc::clone(&self.store) }
    }

    async fn run(&mut self, doing: &'static str, statement: String) -> Result<()> {
        sqlx::query(AssertSqlSafe(statement)).execute(self.connection()).await.map_err(database(doing))?;
        Ok(())
    }
}

/// A connection whose transaction is being ended. Kept only when it is known to be clean.
struct Ending {
    /// Dropped, it is closed.
    connection: Option<UserConnection>,
    store: Arc<SqliteStore>,
}

impl Ending {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection.as_mut().expect("taken only by `keep` and `drop`").connection
    }

    /// Sees to the answer to COMMIT. `refused` says what another error than those of COMMIT itself means.
    async fn committed(
        mut self,
        mut answer: sqlx::Result<SqliteQueryResult>,
        wake_relay: bool,
        refused: impl FnOnce(sqlx::Error) -> CommitError,
    ) -> Result<(), CommitError> {
        // Only a rollback journal can be busy at COMMIT, and the transaction stays open.
        while answer.as_ref().is_err_and(is_busy) {
            tokio::task::yield_now().await;
            answer = sqlx::query("commit").execute(self.connection()).await;
        }
        match answer {
            Ok(_) => {
                kill::point("transaction.committed");
                let store = Arc::clone(&self.store);
                self.keep();
                if wake_relay {
                    store.shared.doorbell.ring(OUTBOX);
                }
                Ok(())
            }
            Err(error) if leaves_open(&error) => {
                Err(CommitError::Unknown(database("learn how COMMIT ended")(error)))
            }
            Err(error) => Err(refused(error)),
        }
    }

    /// Keeps it for the next transaction.
    fn keep(mut self) {
        if let Some(connection) = self.connection.take() {
            self.store.users.keep(connection);
        }
    }
}

impl Transaction for SqliteTransaction {
    type Connection = SqliteConnection;

    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner().connection
    }

    fn connection_ref(&self) -> &SqliteConnection {
        &self.connection.as_ref().expect("a transaction has its connection until it ends").connection
    }

    fn take_producer_key<'a>(
        &'a mut self,
        source: &'a str,
        name: &'a str,
        idempotency_key: &'a str,
        event: EventId,
    ) -> BoxFuture<'a, Result<bool>> {
        boxed(take_producer_key(self.connection(), source, name, idempotency_key, event))
    }

    fn savepoint(&mut self, depth: u32) -> BoxFuture<'_, Result<()>> {
        boxed(self.run("open a savepoint", format!("savepoint edafw_{depth}")))
    }

    fn rollback_to(&mut self, depth: u32) -> BoxFuture<'_, Result<()>> {
        boxed(
            self.run("roll back to a savepoint", format!("rollback to edafw_{depth}; release edafw_{depth}")),
        )
    }

    fn release(&mut self, depth: u32) -> BoxFuture<'_, Result<()>> {
        boxed(self.run("release a savepoint", format!("release edafw_{depth}")))
    }

    fn events<'a>(&'a mut self, query: &'a EventQuery) -> BoxFuture<'a, Result<Vec<StoredEvent>>> {
        boxed(history::events_on(self.connection(), query))
    }

    fn look_up<'a>(&'a mut self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>> {
        boxed(inbox::look_up(self.connection(), entries))
    }

    fn record<'a>(&'a mut self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<()>> {
        let now = self.store.now();
        boxed(inbox::record(self.connection(), entries, now))
    }

    fn keep_dead_letter<'a>(&'a mut self, letter: &'a NewDeadLetter) -> BoxFuture<'a, Result<()>> {
        let now = self.store.now();
        boxed(inbox::keep_dead_letter(self.connection(), letter, now))
    }

    fn acknowledge<'a>(&'a mut self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        let now = self.store.now();
        boxed(async move {
            let removed = held::remove(self.connection(), receipts, now).await?;
            Removal::all_held(&removed)
        })
    }

    fn prepare_commit<'a>(&'a mut self, events: &'a [NewEvent]) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            self.check_open()?;
            let now = self.store.now();
            for chunk in events.chunks(CHUNK) {
                store_events(self.connection(), chunk, now).await?;
            }
            Ok(())
        })
    }

    fn commit(mut self, wake_relay: bool) -> BoxFuture<'static, Result<(), CommitError>> {
        boxed(async move {
            kill::point("transaction.before-commit");
            let mut ending = self.take();
            let sent = sqlx::query("commit").execute(ending.connection()).await;
            ending
                .committed(sent, wake_relay, |error| CommitError::RolledBack(database("commit")(error)))
                .await
        })
    }

    /// In one request: for each, the driver wakes its thread and is woken by it, which costs more than the rows.
    fn store_and_commit(mut self, events: Vec<NewEvent>) -> BoxFuture<'static, Result<(), CommitError>> {
        boxed(async move {
            let (earlier, last) = events.split_at(events.len().saturating_sub(1) / CHUNK * CHUNK);
            self.prepare_commit(earlier).await.map_err(CommitError::NotPrepared)?;
            kill::point("transaction.before-commit");
            let now = self.store.now();
            let mut ending = self.take();
            let sent = match last {
                [] => sqlx::query("commit"),
                [event] => rows::bind(
                    sqlx::query(concat!(include_str!("sql/store_event.sql"), "commit")),
                    event,
                    now,
                ),
                events => sqlx::query(concat!(include_str!("sql/store_events.sql"), "commit"))
                    .bind(rows::to_json(events))
                    .bind(now),
            };
            let sent = sent.execute(ending.connection()).await;
            let refused = |error| {
                if is_broken_reference(&error) {
                    CommitError::RolledBack(database("commit")(error))
                } else {
                    CommitError::NotPrepared(database("store the events")(error))
                }
            };
            ending.committed(sent, !last.is_empty(), refused).await
        })
    }

    fn rollback(mut self) -> BoxFuture<'static, ()> {
        boxed(async move {
            let mut ending = self.take();
            if sqlx::query("rollback").execute(ending.connection()).await.is_ok() {
                ending.keep();
            }
        })
    }
}

async fn store_events(connection: &mut SqliteConnection, events: &[NewEvent], now: i64) -> Result<()> {
    let query = match events {
        [event] => rows::bind(sqlx::query(include_str!("sql/store_event.sql")), event, now),
        events => sqlx::query(include_str!("sql/store_events.sql")).bind(rows::to_json(events)).bind(now),
    };
    query.execute(connection).await.map_err(database("store the events"))?;
    Ok(())
}

async fn take_producer_key(
    connection: &mut SqliteConnection,
    source: &str,
    name: &str,
    idempotency_key: &str,
    event: EventId,
) -> Result<bool> {
    let taken = sqlx::query(include_str!("sql/take_producer_key.sql"))
        .bind(source)
        .bind(name)
        .bind(idempotency_key)
        .bind(event.to_string())
        .execute(connection)
        .await
        .map_err(database("take the event's idempotency key"))?;
    Ok(taken.rows_affected() == 1)
}

/// Stores an event in a transaction that is not ours: the rows, and nothing else.
pub(super) async fn store_foreign(
    connection: &mut SqliteConnection,
    event: &NewEvent,
    now: i64,
) -> Result<bool> {
    let envelope = &event.envelope;
    if envelope.idempotency_key != envelope.id.to_string() {
        let (source, name, key) = (&envelope.source, &envelope.name, &envelope.idempotency_key);
        if !take_producer_key(connection, source, name, key, envelope.id).await? {
            return Ok(false);
        }
    }
    store_events(connection, std::slice::from_ref(event), now).await?;
    Ok(true)
}
