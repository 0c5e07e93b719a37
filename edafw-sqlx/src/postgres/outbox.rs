//! What the relay claims and settles.

use std::time::Duration;

use edafw_core::{
    Archived, BoxFuture, EventId, EventQuery, EventStore, Outgoing, OwnQueues, RepublishPolicy, Republished,
    Result, Schema, SendResult, StoreCounts, StoredEvent,
};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::connection::again;
use super::delivery::first;
use super::error::database;
use super::store::PostgresStore;
use super::{archive, confirmation, history, migrate, rows};
use crate::boxed::boxed;
use crate::doorbell::OUTBOX;
use crate::receipts::new_token;

impl EventStore for PostgresStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn claim(&self, limit: usize, lease: Duration) -> BoxFuture<'_, Result<Vec<Outgoing>>> {
        boxed(async move {
            let bell = self.doorbell.bell(OUTBOX);
            bell.answer();
            let claimed = again(|| self.claim_now(limit, lease)).await;
            // A full claim means that there may be more; a failed one, that nobody has looked.
            if claimed.as_ref().map_or(true, |claimed| claimed.len() == limit) {
                bell.ring();
            }
            claimed
        })
    }

    fn settle<'a>(&'a self, results: &'a [SendResult]) -> BoxFuture<'a, Result<usize>> {
        boxed(self.settle_all(results))
    }

    fn wait_for_events(&self, timeout: Duration) -> BoxFuture<'_, ()> {
        boxed(self.wait_for(OUTBOX, timeout))
    }

    fn confirm<'a>(&'a self, ids: &'a [EventId]) -> BoxFuture<'a, Result<usize>> {
        boxed(confirmation::confirm(self, ids))
    }

    fn republish<'a>(
        &'a self,
        policy: &'a RepublishPolicy,
        recorder_is_idle: bool,
    ) -> BoxFuture<'a, Result<Republished>> {
        boxed(confirmation::republish(self, policy, recorder_is_idle))
    }

    fn republish_event(&self, id: EventId) -> BoxFuture<'_, Result<bool>> {
        boxed(confirmation::republish_event(self, id))
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> BoxFuture<'a, Result<Vec<StoredEvent>>> {
        boxed(history::events(self, query))
    }

    fn redact<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64>> {
        boxed(history::redact(self, key))
    }

    fn archive(&self, older_than: Duration, after: i64, limit: usize) -> BoxFuture<'_, Result<Archived>> {
        boxed(async move { again(|| archive::archive(self, older_than, after, limit)).await })
    }

    fn has_unsent(&self) -> BoxFuture<'_, Result<bool>> {
        boxed(async move {
            let doing = "look for unsent events";
            let query = || sqlx::query(include_str!("sql/has_unsent.sql"));
            first(&self.framework.read(doing, query).await?, doing)
        })
    }

    fn counts(&self) -> BoxFuture<'_, Result<StoreCounts>> {
        boxed(history::counts(self))
    }

    fn schema(&self) -> BoxFuture<'_, Result<Option<Schema>>> {
        boxed(migrate::schema(self))
    }

    fn migrate(&self) -> BoxFuture<'_, Result<Vec<u32>>> {
        boxed(migrate::migrate(self))
    }

    fn migrations(&self) -> &'static [(u32, &'static str)] {
        migrate::MIGRATIONS
    }

    fn own_queues(&self) -> Option<&dyn OwnQueues> {
        Some(self)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        boxed(self.close_all())
    }
}

/// The heads of a claim: positions, and the keys of those that have one.
struct Heads {
    positions: Vec<i64>,
    keys: Vec<Option<String>>,
}

impl PostgresStore {
    async fn claim_now(&self, limit: usize, lease: Duration) -> Result<Vec<Outgoing>> {
        let doing = "claim events";
        let mut work = self.framework.begin().await?;
        let heads = self.lock_heads(work.connection(), limit).await.map_err(database(doing))?;
        if heads.positions.is_empty() {
            work.commit(doing).await?;
            return Ok(Vec::new());
        }
        let room = limit - heads.positions.len();
        // One long key may fill what the others leave, without a look at more than a few times the limit.
        let of_a_key = if room == 0 { 0 } else { 2 * room / heads.positions.len() + 8 };
        let token = new_token();
        let rows = sqlx::query(include_str!("sql/claim.sql"))
            .bind(&heads.positions)
            .bind(&heads.keys)
            .bind(of_a_key as i64)
            .bind(room as i64)
            .bind(self.now())
            .bind(lease.as_millis() as i64)
            .bind(token)
            .fetch_all(work.connection())
            .await
            .map_err(database(doing))?;
        work.commit(doing).await?;
        let outgoing = |row| outgoing(row, token);
        rows.iter().map(outgoing).collect::<sqlx::Result<_>>().map_err(database(doing))
    }

    async fn lock_heads(&self, connection: &mut PgConnection, limit: usize) -> sqlx::Result<Heads> {
        let mut heads: Vec<(i64, Option<String>)> = Vec::new();
        for sql in [include_str!("sql/claim_heads.sql"), include_str!("sql/claim_heads_beyond.sql")] {
            if heads.is_empty() {
                let query = sqlx::query_as(sql).bind(limit as i64).bind(self.now());
                heads = query.fetch_all(&mut *connection).await?;
            }
        }
        let (positions, keys) = heads.into_iter().unzip();
        Ok(Heads { positions, keys })
    }

    async fn settle_all(&self, results: &[SendResult]) -> Result<usize> {
        let (settled, due) = again(|| self.try_settle(results)).await?;
        for result in results {
            if let SendResult::Failed { retry_in, .. } = result {
                self.doorbell.expect(*retry_in);
            }
        }
        if due {
            self.doorbell.ring(OUTBOX);
        }
        Ok(settled)
    }

    /// How many were settled, and whether there is something to claim: what was given back, and what waited
    /// behind a key that is free now.
    async fn try_settle(&self, results: &[SendResult]) -> Result<(usize, bool)> {
        let doing = "settle claimed events";
        let mut columns = Settlements::default();
        for result in results {
            columns.add(result);
        }
        let mut work = self.framework.begin().await?;
        let settled: i64 = sqlx::query_scalar(include_str!("sql/settle.sql"))
            .bind(columns.positions)
            .bind(columns.tokens)
            .bind(columns.outcomes)
            .bind(columns.waits)
            .bind(columns.errors)
            .bind(self.now())
            .fetch_one(work.connection())
            .await
            .map_err(database(doing))?;
        let due: bool = sqlx::query_scalar(include_str!("sql/due.sql"))
            .bind(self.now())
            .fetch_one(work.connection())
            .await
            .map_err(database(doing))?;
        work.commit(doing).await?;
        Ok((settled as usize, due))
    }
}

/// Results as the arrays that `settle.sql` takes.
#[derive(Default)]
struct Settlements<'a> {
    positions: Vec<i64>,
    tokens: Vec<i64>,
    outcomes: Vec<i64>,
    waits: Vec<i64>,
    errors: Vec<Option<&'a str>>,
}

impl<'a> Settlements<'a> {
    fn add(&mut self, result: &'a SendResult) {
        let (position, token, outcome, wait, error) = match result {
            SendResult::Sent { position, token } => (position, token, 0, 0, None),
            SendResult::Failed { position, token, retry_in, error } => {
                (position, token, 1, retry_in.as_millis() as i64, Some(&**error))
            }
            SendResult::GivenBack { position, token } => (position, token, 2, 0, None),
        };
        self.positions.push(*position);
        self.tokens.push(*token);
        self.outcomes.push(outcome);
        self.waits.push(wait);
        self.errors.push(error);
    }
}

fn outgoing(row: &PgRow, token: i64) -> sqlx::Result<Outgoing> {
    let (position, channel, envelope) = rows::event(row)?;
    let [generation, attempts] = [row.try_get::<i64, _>(10)?, row.try_get::<i64, _>(11)?];
    Ok(Outgoing {
        position,
        channel,
        envelope,
        generation: generation as u32,
        attempts: attempts as u32,
        token,
    })
}
