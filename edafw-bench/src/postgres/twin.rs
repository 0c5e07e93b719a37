//! The twin: what a sensible engineer writes with plain sqlx instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Database;
use crate::Result;
use crate::workload::Moved;

/// Events that the twin drains in one transaction.
const BATCH: i64 = 100;

/// Tasks that drain side by side.
const TASKS: usize = 4;

/// The twin's tables in a database, and its connections.
#[derive(Debug, Clone)]
pub struct Twin {
    pool: PgPool,
}

impl Twin {
    /// Creates its tables.
    ///
    /// # Errors
    /// The database.
    pub async fn open(database: &Database) -> Result<Self> {
        let options = PgPoolOptions::new().max_connections(10).test_before_acquire(false);
        let pool = options.connect_with(database.options()?).await?;
        sqlx::raw_sql(include_str!("../sql/postgres/service.sql")).execute(&pool).await?;
        sqlx::raw_sql(include_str!("../sql/postgres/twin.sql")).execute(&pool).await?;
        Ok(Self { pool })
    }

    /// One transaction: a row of the domain, and one row of an outbox.
    ///
    /// # Errors
    /// The database.
    pub async fn publish(&self, number: i64) -> Result<()> {
        let event = Moved::number(number);
        let mut tx = self.pool.begin().await?;
        sqlx::query("insert into movement (account, amount) values ($1, $2)")
            .bind(event.account)
            .bind(event.amount)
            .execute(&mut *tx)
            .await?;
        sqlx::query(include_str!("../sql/postgres/plain_outbox.sql"))
            .bind(Uuid::now_v7().to_string())
            .bind("account")
            .bind(event.account.to_string())
            .bind("bench.moved")
            .bind(serde_json::to_string(&event)?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Stores events to be drained.
    ///
    /// # Errors
    /// The database.
    pub async fn fill(&self, events: i64) -> Result<()> {
        for first in (0..events).step_by(500) {
            let (mut ids, mut keys, mut payloads) = (Vec::new(), Vec::new(), Vec::new());
            for event in (first..(first + 500).min(events)).map(Moved::number) {
                ids.push(Uuid::now_v7().to_string());
                keys.push(event.account);
                payloads.push(serde_json::to_string(&event)?);
            }
            sqlx::query(include_str!("../sql/postgres/fill_twin.sql"))
                .bind(ids)
                .bind(keys)
                .bind(payloads)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// Drains what was stored: claims a batch, and then in one transaction calls the handler for each event, which
    /// may write a row, writes the inbox rows, completes and confirms. Answers how long it took.
    ///
    /// # Errors
    /// The database.
    pub async fn drain(&self, events: i64, writes: bool) -> Result<Duration> {
        let started = Instant::now();
        let drained = Arc::new(AtomicU64::new(0));
        let mut tasks: JoinSet<Result<()>> = JoinSet::new();
        for _ in 0..TASKS {
            let (twin, drained) = (self.clone(), Arc::clone(&drained));
            tasks.spawn(async move {
                loop {
                    let count = twin.batch(writes).await?;
                    drained.fetch_add(count, Ordering::Relaxed);
                    if count == 0 {
                        return Ok(());
                    }
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        let taken = started.elapsed();
        let drained = drained.load(Ordering::Relaxed);
        if drained != events as u64 {
            return Err(format!("the twin drained {drained} of {events} events").into());
        }
        Ok(taken)
    }

    async fn batch(&self, writes: bool) -> Result<u64> {
        let ids: Vec<i64> = sqlx::query_scalar(include_str!("../sql/postgres/claim_twin.sql"))
            .bind(1_000_i64)
            .bind(31_000_i64)
            .bind(BATCH)
            .fetch_all(&self.pool)
            .await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let mut tx = self.pool.begin().await?;
        let events: Vec<(String, String)> = sqlx::query_as(
            "select event_id::text, payload::text from event e where id = any($1) \
             and not exists (select 1 from inbox i where i.event_id = e.event_id) order by id",
        )
        .bind(&ids)
        .fetch_all(&mut *tx)
        .await?;
        for (_, payload) in &events {
            let event: Moved = serde_json::from_str(payload)?;
            if writes {
                sqlx::query("insert into effect (subscriber, account, amount) values (1, $1, $2)")
                    .bind(event.account)
                    .bind(event.amount)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        let event_ids: Vec<&String> = events.iter().map(|(event_id, _)| event_id).collect();
        sqlx::query("insert into inbox (event_id, processed_at) select id::uuid, $2 from unnest($1::text[]) as e (id)")
            .bind(event_ids)
            .bind(1_000_i64)
            .execute(&mut *tx)
            .await?;
        sqlx::query("update event set published_at = $2 where id = any($1)")
            .bind(&ids)
            .bind(1_000_i64)
            .execute(&mut *tx)
            .await?;
        sqlx::query("delete from outbox where id = any($1)").bind(&ids).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(events.len() as u64)
    }

    /// Closes its connections.
    pub async fn close(self) {
        self.pool.close().await;
    }
}
