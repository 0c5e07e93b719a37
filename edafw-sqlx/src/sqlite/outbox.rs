//! What the relay claims and settles.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use edafw_core::{
    Archived, BoxFuture, EventId, EventQuery, EventStore, Outgoing, OwnQueues, RepublishPolicy, Republished,
    Result, Schema, SendResult, StoreCounts, StoredEvent,
};
use sqlx::Row;

use super::error::database;
use super::store::SqliteStore;
use super::{archive, confirmation, history, migrate, rows};
use crate::boxed::boxed;
use crate::doorbell::OUTBOX;
use crate::json::json;
use crate::receipts::new_token;

impl EventStore for SqliteStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn claim(&self, limit: usize, lease: Duration) -> BoxFuture<'_, Result<Vec<Outgoing>>> {
        boxed(async move {
            let bell = self.shared.doorbell.bell(OUTBOX);
            bell.answer();
            let claimed = self.claim_now(limit, lease).await;
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
        boxed(archive::archive(self, older_than, after, limit))
    }

    fn has_unsent(&self) -> BoxFuture<'_, Result<bool>> {
        boxed(async move {
            sqlx::query_scalar(include_str!("sql/has_unsent.sql"))
                .fetch_one(&self.readers)
                .await
                .map_err(database("look for unsent events"))
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

impl SqliteStore {
    async fn claim_now(&self, limit: usize, lease: Duration) -> Result<Vec<Outgoing>> {
        let token = new_token();
        let query = sqlx::query(include_str!("sql/claim.sql"))
            .bind(limit as i64)
            .bind(self.now())
            .bind(lease.as_millis() as i64)
            .bind(token);
        let claimed = self.writer.fetch("claim events", query).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let mut sends = HashMap::with_capacity(claimed.len());
        for row in &claimed {
            let [position, generation, attempts] = integers(row).map_err(database("claim events"))?;
            sends.insert(position, (generation as u32, attempts as u32));
        }
        let positions: Vec<i64> = sends.keys().copied().collect();
        let events = sqlx::query(include_str!("sql/events_at.sql"))
            .bind(json(&positions))
            .fetch_all(&self.readers)
            .await
            .map_err(database("read the claimed events"))?;
        events
            .iter()
            .map(|row| {
                let (position, channel, envelope) = rows::event(row)?;
                let (generation, attempts) = sends.get(&position).copied().unwrap_or_default();
                Ok(Outgoing { position, channel, envelope, generation, attempts, token })
            })
            .collect::<sqlx::Result<_>>()
            .map_err(database("read the claimed events"))
    }

    async fn settle_all(&self, results: &[SendResult]) -> Result<usize> {
        let doing = "settle claimed events";
        let mut sent: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let mut given_back: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let mut settled = 0;
        let mut turn = self.writer.turn().await?;
        turn.begin().await?;
        for result in results {
            match result {
                SendResult::Sent { position, token } => sent.entry(*token).or_default().push(*position),
                SendResult::GivenBack { position, token } => {
                    given_back.entry(*token).or_default().push(*position);
                }
                SendResult::Failed { position, token, retry_in, error } => {
                    let done = sqlx::query(include_str!("sql/settle_failed.sql"))
                        .bind(position)
                        .bind(token)
                        .bind(self.now() + retry_in.as_millis() as i64)
                        .bind(error)
                        .execute(&mut turn.connection)
                        .await
                        .map_err(database(doing))?;
                    settled += done.rows_affected();
                    self.shared.doorbell.expect(*retry_in);
                }
            }
        }
        for (token, positions) in sent {
            let done = sqlx::query(include_str!("sql/settle_sent.sql"))
                .bind(json(&positions))
                .bind(token)
                .bind(self.now())
                .execute(&mut turn.connection)
                .await
                .map_err(database(doing))?;
            settled += done.rows_affected();
        }
        for (token, positions) in &given_back {
            let done = sqlx::query(include_str!("sql/settle_given_back.sql"))
                .bind(json(positions))
                .bind(token)
                .execute(&mut turn.connection)
                .await
                .map_err(database(doing))?;
            settled += done.rows_affected();
        }
        // What was given back, and what waited behind a key that is free now.
        let due: bool = sqlx::query_scalar(include_str!("sql/due.sql"))
            .bind(self.now())
            .fetch_one(&mut turn.connection)
            .await
            .map_err(database(doing))?;
        turn.commit().await?;
        turn.end();
        if due {
            self.shared.doorbell.ring(OUTBOX);
        }
        Ok(settled as usize)
    }
}

fn integers(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<[i64; 3]> {
    Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
}
