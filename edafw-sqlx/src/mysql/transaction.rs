//! A transaction of the user's on MySQL or MariaDB.

use std::sync::Arc;

use edafw_core::{
    BoxFuture, CommitError, Error, ErrorKind, EventId, EventQuery, InboxEntry, InboxState, NewDeadLetter,
    NewEvent, Receipt, Result, StoredEvent, Transaction, kill,
};
use sqlx::{AssertSqlSafe, MySqlConnection};

use super::connection::begin;
use super::error::{database, is_missing_savepoint, is_refused_commit, is_unique_violation, leaves_open};
use super::lane::{self, Lanes};
use super::script::{Now, Script};
use super::store::MySqlStore;
use super::{history, inbox, rows};
use crate::boxed::boxed;
use crate::connections::Taken;
use crate::doorbell::OUTBOX;
use crate::receipts::Removal;

/// An open transaction, in READ COMMITTED.
#[derive(Debug)]
pub struct MySqlTransaction {
    store: Arc<MySqlStore>,
    /// Always there until the transaction ends. Dropped, it is closed.
    taken: Taken<MySqlConnection>,
    /// Queues of which something can be received once this is committed.
    freed: Vec<String>,
    /// Whether the session may be idle for a short time only.
    limited: bool,
}

impl MySqlTransaction {
    /// The savepoint `edafw` lies below everything that the user does: it is gone when, and only when, the
    /// transaction was ended behind the framework's back.
    pub(super) async fn begin(store: &Arc<MySqlStore>) -> Result<Self> {
        let script = || {
            let mut script = Script::of(include_str!("sql/begin.sql"), &[]);
            script.add(include_str!("sql/savepoint_edafw.sql"), &[]);
            script
        };
        // From here on the connection is closed if this future is dropped.
        let taken = begin(&store.users, script).await.map_err(database("begin a transaction"))?;
        Ok(Self { store: Arc::clone(store), taken, freed: Vec::new(), limited: false })
    }

    /// Proves that the transaction is still the one that was begun, and writes the events, in scripts that fit into
    /// a packet; answers the last of them, which is still to be run.
    async fn all_but_last(&mut self, events: &[NewEvent]) -> Result<Script> {
        let mut script = Script::of(include_str!("sql/release_edafw.sql"), &[]);
        for chunk in rows::chunks(events) {
            if script.len() > rows::PACKET / 2 {
                let full = std::mem::take(&mut script);
                full.run(self.taken.connection()).await.map_err(ended_or("store the events"))?;
            }
            rows::add_events(&mut script, chunk, self.store.now());
        }
        Ok(script)
    }

    /// Appends COMMIT.
    fn committing(&self, mut script: Script) -> Script {
        if self.limited {
            script.add(include_str!("sql/unlimit_idle.sql"), &[]);
        }
        script.commit()
    }

    /// Runs the script that ends with COMMIT. `refused` says what an error means that leaves nothing open.
    async fn finish(
        mut self,
        script: Script,
        wake_relay: bool,
        refused: impl FnOnce(sqlx::Error) -> CommitError,
    ) -> Result<(), CommitError> {
        match script.run(self.taken.connection()).await {
            Ok(_) => {
                kill::point("transaction.committed");
                self.taken.keep();
                if wake_relay {
                    self.store.doorbell.ring(OUTBOX);
                }
                for queue in &self.freed {
                    self.store.doorbell.ring(queue);
                }
                Ok(())
            }
            Err(error) if leaves_open(&error) => {
                Err(CommitError::Unknown(database("learn how COMMIT ended")(error)))
            }
            Err(error) => Err(refused(error)),
        }
    }

    async fn run(&mut self, doing: &'static str, statement: String) -> Result<()> {
        let connection = self.taken.connection();
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map_err(database(doing))?;
        Ok(())
    }
}

impl Transaction for MySqlTransaction {
    type Connection = MySqlConnection;

    fn connection(&mut self) -> &mut MySqlConnection {
        self.taken.connection()
    }

    fn connection_ref(&self) -> &MySqlConnection {
        self.taken.connection_ref()
    }

    fn take_producer_key<'a>(
        &'a mut self,
        source: &'a str,
        name: &'a str,
        idempotency_key: &'a str,
        event: EventId,
    ) -> BoxFuture<'a, Result<bool>> {
        boxed(take_producer_key(self.taken.connection(), source, name, idempotency_key, event))
    }

    fn savepoint(&mut self, depth: u32) -> BoxFuture<'_, Result<()>> {
        boxed(self.run("open a savepoint", format!("savepoint edafw_{depth}")))
    }

    fn rollback_to(&mut self, depth: u32) -> BoxFuture<'_, Result<()>> {
        boxed(self.run(
            "roll back to a savepoint",
            format!("rollback to savepoint edafw_{depth}; release savepoint edafw_{depth}"),
        ))
    }

    fn release(&mut self, depth: u32) -> BoxFuture<'_, Result<()>> {
        boxed(self.run("release a savepoint", format!("release savepoint edafw_{depth}")))
    }

    fn events<'a>(&'a mut self, query: &'a EventQuery) -> BoxFuture<'a, Result<Vec<StoredEvent>>> {
        boxed(history::events_on(self.taken.connection(), query))
    }

    fn look_up<'a>(&'a mut self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>> {
        boxed(inbox::look_up(self.taken.connection(), entries))
    }

    fn record<'a>(&'a mut self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<()>> {
        let now = self.store.now();
        self.limited |= !entries.is_empty();
        boxed(inbox::record(self.taken.connection(), entries, now))
    }

    fn keep_dead_letter<'a>(&'a mut self, letter: &'a NewDeadLetter) -> BoxFuture<'a, Result<()>> {
        let now = self.store.now();
        boxed(inbox::keep_dead_letter(self.taken.connection(), letter, now))
    }

    fn acknowledge<'a>(&'a mut self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        let now = self.store.now();
        boxed(async move {
            if receipts.is_empty() {
                return Ok(());
            }
            let failed = || database("acknowledge messages");
            let mut lanes = Lanes::of(receipts);
            let answers =
                lanes.remove(Script::default()).run(self.taken.connection()).await.map_err(failed())?;
            let mut removed = lanes.removed(&answers, receipts).map_err(failed())?;
            if lanes.have_moved() {
                let answers =
                    lanes.remove(Script::default()).run(self.taken.connection()).await.map_err(failed())?;
                removed = lane::later(removed, lanes.removed(&answers, receipts).map_err(failed())?);
            }
            Removal::all_held(&removed)?;
            if let Some(script) = lanes.follow_up(Script::default(), now) {
                script.run(self.taken.connection()).await.map_err(failed())?;
            }
            self.freed.extend(lanes.freed());
            Ok(())
        })
    }

    fn prepare_commit<'a>(&'a mut self, events: &'a [NewEvent]) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let script = self.all_but_last(events).await?;
            script.run(self.taken.connection()).await.map_err(ended_or("store the events"))?;
            Ok(())
        })
    }

    fn commit(self, wake_relay: bool) -> BoxFuture<'static, Result<(), CommitError>> {
        boxed(async move {
            kill::point("transaction.before-commit");
            let refused = |error| CommitError::RolledBack(database("commit")(error));
            let script = self.committing(Script::default());
            self.finish(script, wake_relay, refused).await
        })
    }

    fn store_and_commit(mut self, events: Vec<NewEvent>) -> BoxFuture<'static, Result<(), CommitError>> {
        boxed(async move {
            let script = self.all_but_last(&events).await.map_err(CommitError::NotPrepared)?;
            kill::point("transaction.before-commit");
            // COMMIT by itself fails only where nodes compare what they have written.
            let refused = |error| {
                if is_refused_commit(&error) {
                    CommitError::RolledBack(database("commit")(error))
                } else {
                    CommitError::NotPrepared(ended_or("store the events")(error))
                }
            };
            let script = self.committing(script);
            self.finish(script, !events.is_empty(), refused).await
        })
    }

    fn rollback(mut self) -> BoxFuture<'static, ()> {
        boxed(async move {
            let rolled_back = self.run("roll back", "rollback".to_owned()).await;
            if rolled_back.is_ok() && !self.limited {
                self.taken.keep();
            }
        })
    }
}

/// A missing savepoint means that the transaction is no longer the one that was begun.
fn ended_or(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| {
        if is_missing_savepoint(&error) {
            return Error::new(
                ErrorKind::TransactionEnded,
                "the transaction was ended by something else than `commit` and `rollback` of `Tx`: a raw COMMIT \
                 or ROLLBACK, a statement that changes tables, or a deadlock whose error was not passed on",
            )
            .caused_by(error);
        }
        database(doing)(error)
    }
}

async fn take_producer_key(
    connection: &mut MySqlConnection,
    source: &str,
    name: &str,
    idempotency_key: &str,
    event: EventId,
) -> Result<bool> {
    let event = event.to_string();
    let sql = include_str!("sql/take_producer_key.sql");
    match Script::of(sql, &[&source, &name, &idempotency_key, &event]).run(connection).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(database("take the event's idempotency key")(error)),
    }
}

/// Stores an event in a transaction that is not ours: the rows, and nothing else.
pub(super) async fn store_foreign(
    connection: &mut MySqlConnection,
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
    let mut script = Script::default();
    rows::add_events(&mut script, std::slice::from_ref(event), Now::Fixed(now));
    script.run(connection).await.map_err(database("store the events"))?;
    Ok(true)
}
