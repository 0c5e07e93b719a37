//! A transaction of the user's on PostgreSQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use edafw_core::{
    BoxFuture, CommitError, Error, ErrorKind, EventId, InboxEntry, InboxState, NewDeadLetter, NewEvent,
    Receipt, Result, Transaction, kill,
};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::connection::begin;
use super::error::{database, is_aborted, leaves_open};
use super::rows::Columns;
use super::store::PostgresStore;
use super::{inbox, queue};
use crate::boxed::boxed;
use crate::connections::Taken;
use crate::doorbell::OUTBOX;
use crate::receipts::Removal;

/// Events written with one statement, at most: bounds the memory that the statement's parameters take.
const CHUNK: usize = 500;

/// An open transaction in READ COMMITTED, on a connection that is closed unless it ends cleanly.
#[derive(Debug)]
pub struct PostgresTransaction {
    store: Arc<PostgresStore>,
    taken: Taken<PgConnection>,
    /// The server's time of the transaction's begin, in microseconds. No other transaction of the connection has it,
    /// nor has a statement without one: by it the last statement before COMMIT knows the transaction.
    begun: i64,
    /// Queues that have something to receive once it has committed.
    queues: BTreeSet<String>,
}

impl PostgresTransaction {
    /// Whatever this future has reached when it is dropped, the connection is closed and with it the transaction.
    pub(super) async fn begin(store: &Arc<PostgresStore>) -> Result<Self> {
        let doing = || {
            let most = store.users.most();
            database(format!("begin a transaction on one of {most} connections"))
        };
        let (taken, rows) = begin(&store.users, include_str!("sql/begin.sql")).await.map_err(doing())?;
        let begun = rows.first().ok_or(sqlx::Error::RowNotFound).and_then(|row| row.try_get(0));
        let begun = begun.map_err(doing())?;
        Ok(Self { store: Arc::clone(store), taken, begun, queues: BTreeSet::new() })
    }

    async fn run(&mut self, doing: &'static str, statement: String) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(self.connection()).await.map_err(database(doing))?;
        Ok(())
    }

    async fn prepare(&mut self, events: &[NewEvent]) -> Result<()> {
        let (now, notify, begun) = (self.store.now(), self.store.notify, self.begun);
        let connection = self.taken.connection();
        if events.is_empty() {
            let open: bool = sqlx::query_scalar(include_str!("sql/still_open.sql"))
                .bind(begun)
                .fetch_one(connection)
                .await
                .map_err(aborted_or("look whether the transaction is open"))?;
            return if open { Ok(()) } else { Err(ended()) };
        }
        for chunk in events.chunks(CHUNK) {
            let columns = Columns::of(chunk);
            let row = sqlx::query(include_str!("sql/prepare_commit.sql"))
                .bind(begun)
                .bind(columns.ids)
                .bind(columns.channels)
                .bind(columns.sources)
                .bind(columns.names)
                .bind(columns.versions)
                .bind(columns.keys)
                .bind(columns.times)
                .bind(columns.payloads)
                .bind(columns.headers)
                .bind(notify)
                .bind(now)
                .fetch_one(&mut *connection)
                .await
                .map_err(aborted_or("store the events"))?;
            let written: i64 = row.try_get(0).map_err(database("store the events"))?;
            if written != chunk.len() as i64 {
                return Err(ended());
            }
        }
        Ok(())
    }
}

impl Transaction for PostgresTransaction {
    type Connection = PgConnection;

    fn connection(&mut self) -> &mut PgConnection {
        self.taken.connection()
    }

    fn connection_ref(&self) -> &PgConnection {
        self.taken.connection_ref()
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
            let (removed, freed) = queue::remove(self.connection(), receipts, now).await?;
            self.queues.extend(freed.into_iter().map(|freed| freed.queue));
            Removal::all_held(&removed)
        })
    }

    fn prepare_commit<'a>(&'a mut self, events: &'a [NewEvent]) -> BoxFuture<'a, Result<()>> {
        boxed(self.prepare(events))
    }

    fn commit(mut self, wake_relay: bool) -> BoxFuture<'static, Result<(), CommitError>> {
        boxed(async move {
            kill::point("transaction.before-commit");
            match sqlx::raw_sql("commit").execute(self.taken.connection()).await {
                Ok(_) => {
                    kill::point("transaction.committed");
                    self.taken.keep();
                    if wake_relay {
                        self.store.doorbell.ring(OUTBOX);
                    }
                    for queue in &self.queues {
                        self.store.doorbell.ring(queue);
                    }
                    Ok(())
                }
                Err(error) if leaves_open(&error) => {
                    Err(CommitError::Unknown(database("learn how COMMIT ended")(error)))
                }
                Err(error) => Err(CommitError::RolledBack(database("commit")(error))),
            }
        })
    }

    fn rollback(mut self) -> BoxFuture<'static, ()> {
        boxed(async move {
            if sqlx::raw_sql("rollback").execute(self.taken.connection()).await.is_ok() {
                self.taken.keep();
            }
        })
    }
}

fn ended() -> Error {
    Error::new(
        ErrorKind::TransactionEnded,
        "the transaction was ended by something else than `commit` and `rollback` of `Tx`: a raw COMMIT or ROLLBACK \
         statement",
    )
}

/// PostgreSQL refuses every statement after one that failed, and would answer COMMIT by rolling back.
fn aborted_or(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| {
        if is_aborted(&error) {
            return Error::new(
                ErrorKind::RolledBack,
                "an earlier statement of the transaction failed and its error was ignored; use a savepoint for a \
                 statement that may fail",
            )
            .caused_by(error);
        }
        database(doing)(error)
    }
}

async fn take_producer_key(
    connection: &mut PgConnection,
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
pub(super) async fn store_foreign(connection: &mut PgConnection, event: &NewEvent, now: i64) -> Result<bool> {
    let envelope = &event.envelope;
    if envelope.idempotency_key != envelope.id.to_string() {
        let (source, name, key) = (&envelope.source, &envelope.name, &envelope.idempotency_key);
        if !take_producer_key(connection, source, name, key, envelope.id).await? {
            return Ok(false);
        }
    }
    let mut columns = Columns::of(std::slice::from_ref(event));
    sqlx::query(include_str!("sql/store_event.sql"))
        .bind(columns.ids.pop())
        .bind(columns.channels.pop())
        .bind(columns.sources.pop())
        .bind(columns.names.pop())
        .bind(columns.versions.pop())
        .bind(columns.keys.pop().flatten())
        .bind(columns.times.pop())
        .bind(columns.payloads.pop())
        .bind(columns.headers.pop())
        .bind(now)
        .execute(connection)
        .await
        .map_err(database("store an event"))?;
    Ok(true)
}
