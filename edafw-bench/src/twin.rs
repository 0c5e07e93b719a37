//! The twin: what a sensible engineer writes with plain sqlx instead.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use uuid::Uuid;

use crate::Result;
use crate::workload::{ACCOUNTS, Moved};

/// Events that the twin drains in one transaction.
const BATCH: i64 = 100;

/// A database of the twin's own.
pub struct Twin {
    pool: SqlitePool,
}

impl Twin {
    /// Opens it in `directory`.
    ///
    /// # Errors
    /// The database.
    pub async fn open(directory: &Path, synchronous: SqliteSynchronous) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(directory.join("twin.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .synchronous(synchronous);
        let pool = SqlitePoolOptions::new().test_before_acquire(false).connect_with(options).await?;
        let mut tx = pool.begin_with("begin immediate").await?;
        sqlx::raw_sql(include_str!("sql/service.sql")).execute(&mut *tx).await?;
        sqlx::raw_sql(include_str!("sql/twin.sql")).execute(&mut *tx).await?;
        sqlx::query(include_str!("sql/accounts.sql")).bind(ACCOUNTS).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Self { pool })
    }

    /// Transactions that update one row and insert one outbox row; answers how long they took.
    ///
    /// # Errors
    /// The database.
    pub async fn publish(&self, transactions: i64) -> Result<Duration> {
        let started = Instant::now();
        for n in 0..transactions {
            let event = Moved::number(n);
            let mut tx = self.pool.begin_with("begin immediate").await?;
            sqlx::query("update account set balance = balance + ?1 where id = ?2")
                .bind(event.amount)
                .bind(event.account)
                .execute(&mut *tx)
                .await?;
            sqlx::query(include_str!("sql/plain_outbox.sql"))
                .bind(Uuid::now_v7().to_string())
                .bind("account")
                .bind(event.account.to_string())
                .bind("bench.moved")
                .bind(serde_json::to_string(&event)?)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(started.elapsed())
    }

    /// Stores events to be drained.
    ///
    /// # Errors
    /// The database.
    pub async fn fill(&self, events: i64) -> Result<()> {
        let mut tx = self.pool.begin_with("begin immediate").await?;
        for n in 0..events {
            let event = Moved::number(n);
            let stored = sqlx::query("insert into event (event_id, key, payload) values (?1, ?2, ?3)")
                .bind(Uuid::now_v7().to_string())
                .bind(event.account)
                .bind(serde_json::to_string(&event)?)
                .execute(&mut *tx)
                .await?;
            sqlx::query("insert into outbox (id, due_at) values (?1, 0)")
                .bind(stored.last_insert_rowid())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Drains what was stored: claims a batch, and then in one transaction calls the handler for each event,
    /// writes the inbox rows, completes and confirms. Answers how long it took.
    ///
    /// # Errors
    /// The database.
    pub async fn drain(&self) -> Result<Duration> {
        let started = Instant::now();
        loop {
            let ids: Vec<i64> = sqlx::query_scalar(
                "update outbox set due_at = ?2 where id in \
                 (select id from outbox where due_at <= ?1 order by id limit ?3) returning id",
            )
            .bind(1_000)
            .bind(31_000)
            .bind(BATCH)
            .fetch_all(&self.pool)
            .await?;
            if ids.is_empty() {
                return Ok(started.elapsed());
            }
            let ids = serde_json::to_string(&ids)?;
            let mut tx = self.pool.begin_with("begin immediate").await?;
            let events: Vec<(String, String)> = sqlx::query_as(
                "select event_id, payload from event where id in (select value from json_each(?1)) \
                 and not exists (select 1 from inbox where inbox.event_id = event.event_id) order by id",
            )
            .bind(&ids)
            .fetch_all(&mut *tx)
            .await?;
            for (_, payload) in &events {
                let event: Moved = serde_json::from_str(payload)?;
                sqlx::query("insert into effect (subscriber, account, amount) values (1, ?1, ?2)")
                    .bind(event.account)
                    .bind(event.amount)
                    .execute(&mut *tx)
                    .await?;
            }
            let event_ids: Vec<&String> = events.iter().map(|(event_id, _)| event_id).collect();
            sqlx::query("insert into inbox (event_id, processed_at) select value, ?2 from json_each(?1)")
                .bind(serde_json::to_string(&event_ids)?)
                .bind(1_000)
                .execute(&mut *tx)
                .await?;
            sqlx::query("update event set published_at = ?2 where id in (select value from json_each(?1))")
                .bind(&ids)
                .bind(1_000)
                .execute(&mut *tx)
                .await?;
            sqlx::query("delete from outbox where id in (select value from json_each(?1))")
                .bind(&ids)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
    }
}
