//! A transaction of the user's on PostgreSQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use edafw_core::{
    BoxFuture, CommitError, Error, ErrorKind, EventId, EventQuery, InboxEntry, InboxState, NewDeadLetter,
    NewEvent, Receipt, Result, StoredEvent, Transaction, kill, to_millis,
};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Postgres};

use super::connection::begin;
use super::error::{database, is_aborted, leaves_open};
use super::rows::Columns;
use super::store::PostgresStore;
use super::{history, inbox, queue};
use crate::boxed::boxed;
use crate::connections::Taken;
use crate::doorbell::OUTBOX;
use crate::headers::headers;
use crate::receipts::Removal;

/// Events written with one statement, at most: bounds the memory that the statement's parameters take.
const CHUNK: usize = 500;

/// An open transaction in READ COMMITTED, on a connection that is closed unless it ends cleanly.
#[derive(Debug)]
pub struct PostgresTransaction {
    store: Arc<PostgresStore>,
    taken: Taken<PgConnection>,
    /// Queues that have something to receive once it has committed.
    queues: BTreeSet<String>,
}

impl PostgresTransaction {
    /// Whatever this future has reached when it is dropped, the connection is closed and with it the transaction.
    pub(super) async fn begin(store: &Arc<PostgresStore>) -> Result<Self> {
        let taken = begin(&store.users, include_str!("sql/begin.sql")).await.map_err(|error| {
            let most = store.users.most();
            database(format!("begin a transaction on one of {most} connections"))(error)
        })?;
        Ok(Self { store: Arc::clone(store), taken, queues: BTreeSet::new() })
    }

    async fn run(&mut self, doing: &'static str, statement: String) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(self.connection()).await.map_err(database(doing))?;
        Ok(())
    }

    async fn prepare(&mut self, events: &[NewEvent]) -> Result<()> {
        let (now, notify) = (self.store.now(), self.store.notify);
        let connection = self.taken.connection();
        if events.is_empty() {
            let open: bool = sqlx::query_scalar(include_str!("sql/still_open.sql"))
                .fetch_one(connection)
                .await
                .map_err(aborted_or("look whether the transaction is open"))?;
            return if open { Ok(()) } else { Err(ended()) };
        }
        for chunk in events.chunks(CHUNK) {
            let query = match chunk {
                [event] => one(event),
                _ => many(chunk),
            };
            let written = query.bind(notify).bind(now).execute(&mut *connection).await;
            if written.map_err(aborted_or("store the events"))?.rows_affected() != chunk.len() as u64 {
                return Err(ended());
            }
        }
        Ok(())
    }
}

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// The statement that writes events; what is left to bind is whether to notify, and the time.
fn many(events: &[NewEvent]) -> Statement<'_> {
    let columns = Columns::of(events);
    sqlx::query(include_str!("sql/prepare_commit.sql"))
        .bind(columns.ids)
        .bind(columns.channels)
        .bind(columns.sources)
        .bind(columns.names)
        .bind(columns.versions)
        .bind(columns.keys)
        .bind(columns.times)
        .bind(columns.payloads)
        .bind(columns.headers)
}

/// As [`many`], for one event.
fn one(NewEvent { channel, envelope }: &NewEvent) -> Statement<'_> {
    sqlx::query(include_str!("sql/prepare_commit_one.sql"))
        .bind(envelope.id.to_string())
        .bind(channel.as_str())
        .bind(&envelope.source)
        .bind(&envelope.name)
        .bind(i64::from(envelope.version))
        .bind(envelope.key.as_deref())
        .bind(to_millis(envelope.time))
        .bind(envelope.data.get())
        .bind(headers(envelope))
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
    sqlx::query(include_str!("sql/store_event.sql"))
        .bind(envelope.id.to_string())
        .bind(event.channel.as_str())
        .bind(&envelope.source)
        .bind(&envelope.name)
        .bind(i64::from(envelope.version))
        .bind(&envelope.key)
        .bind(to_millis(envelope.time))
        .bind(envelope.data.get())
        .bind(headers(envelope))
        .bind(now)
        .execute(connection)
        .await
        .map_err(database("store an event"))?;
    Ok(true)
}
