//! What the worker keeps beside its transactions.

use std::time::Duration;

use edafw_core::{
    Attempt, BoxFuture, Channel, DeadLetter, DeadLetterCause, DeadLetterFilter, DeliveryStore, Effect,
    InboxEntry, InboxState, NewDeadLetter, Result, from_millis,
};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::error::database;
use super::inbox;
use super::store::SqliteStore;
use crate::boxed::boxed;
use crate::effect::{EffectRow, effects};
use crate::states::by_channel;

impl DeliveryStore for SqliteStore {
    fn look_up<'a>(&'a self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>> {
        boxed(async move {
            let mut reader = self.readers.acquire().await.map_err(database("look up the inbox"))?;
            inbox::look_up(&mut reader, entries).await
        })
    }

    fn start_attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<u32>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/start_attempt.sql"))
                .bind(&*entry.subscriber)
                .bind(&entry.source)
                .bind(&entry.name)
                .bind(&entry.idempotency_key)
                .bind(self.now());
            let rows = self.writer.fetch("count an attempt", query).await?;
            let attempts: Option<i64> = rows.first().and_then(|row| row.try_get(0).ok());
            Ok(attempts.unwrap_or(1) as u32)
        })
    }

    fn record_failure<'a>(
        &'a self,
        entry: &'a InboxEntry,
        attempt: u32,
        error: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/record_failure.sql"))
                .bind(&*entry.subscriber)
                .bind(&entry.source)
                .bind(&entry.name)
                .bind(&entry.idempotency_key)
                .bind(attempt)
                .bind(self.now())
                .bind(error);
            self.writer.execute("write down a failed attempt", query).await?;
            Ok(())
        })
    }

    fn take_back_attempt<'a>(
        &'a self,
        entry: &'a InboxEntry,
        counted: u32,
        error: &'a str,
        before: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/take_back_attempt.sql"))
                .bind(&*entry.subscriber)
                .bind(&entry.source)
                .bind(&entry.name)
                .bind(&entry.idempotency_key)
                .bind(counted)
                .bind(error)
                .bind(before);
            self.writer.execute("take an attempt back", query).await?;
            Ok(())
        })
    }

    fn attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<Option<Attempt>>> {
        boxed(async move {
            let row: Option<(i64, i64, Option<String>)> = sqlx::query_as(include_str!("sql/attempt.sql"))
                .bind(&*entry.subscriber)
                .bind(&entry.source)
                .bind(&entry.name)
                .bind(&entry.idempotency_key)
                .fetch_optional(&self.readers)
                .await
                .map_err(database("read earlier attempts"))?;
            Ok(row.map(|(attempts, first_at, last_error)| Attempt {
                attempts: attempts as u32,
                last_error,
                first_at: from_millis(first_at),
            }))
        })
    }

    fn effects<'a>(
        &'a self,
        source: &'a str,
        name: &'a str,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Effect>>> {
        boxed(async move {
            let doing = "read what became of an act";
            let rows = sqlx::query(include_str!("sql/effects.sql"))
                .bind(source)
                .bind(name)
                .bind(idempotency_key)
                .fetch_all(&self.readers)
                .await
                .map_err(database(doing))?;
            rows.iter().map(effect_row).collect::<sqlx::Result<_>>().map(effects).map_err(database(doing))
        })
    }

    fn dead_letters<'a>(&'a self, filter: &'a DeadLetterFilter) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        boxed(async move {
            let rows = sqlx::query(include_str!("sql/dead_letters.sql"))
                .bind(filter.after.unwrap_or(0))
                .bind(filter.id)
                .bind(&filter.subscriber)
                .bind(&filter.key)
                .bind(filter.limit.unwrap_or(100) as i64)
                .fetch_all(&self.readers)
                .await
                .map_err(database("list dead letters"))?;
            rows.iter().map(dead_letter).collect::<sqlx::Result<_>>().map_err(database("list dead letters"))
        })
    }

    fn remove_dead_letter(&self, id: i64, retry: bool) -> BoxFuture<'_, Result<bool>> {
        boxed(async move {
            let doing = "take out a dead letter";
            let mut turn = self.writer.turn().await?;
            turn.begin().await?;
            if !retry {
                sqlx::query(include_str!("sql/discard_dead_letter.sql"))
                    .bind(id)
                    .bind(self.now())
                    .execute(&mut turn.connection)
                    .await
                    .map_err(database(doing))?;
            }
            let removed = sqlx::query(include_str!("sql/remove_dead_letter.sql"))
                .bind(id)
                .fetch_all(&mut turn.connection)
                .await
                .map_err(database(doing))?;
            turn.commit().await?;
            turn.end();
            Ok(!removed.is_empty())
        })
    }

    fn fail_dead_letter<'a>(
        &'a self,
        id: i64,
        cause: DeadLetterCause,
        error: &'a str,
    ) -> BoxFuture<'a, Result<bool>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/fail_dead_letter.sql"))
                .bind(id)
                .bind(cause.as_str())
                .bind(error);
            Ok(self.writer.execute("write down a failed attempt at a dead letter", query).await? > 0)
        })
    }

    fn set_paused<'a>(&'a self, subscriber: &'a str, paused: bool) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let sql = if paused { include_str!("sql/pause.sql") } else { include_str!("sql/resume.sql") };
            self.writer.execute("pause or resume a subscriber", sqlx::query(sql).bind(subscriber)).await?;
            Ok(())
        })
    }

    fn paused(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        boxed(async move {
            sqlx::query_scalar(include_str!("sql/paused.sql"))
                .fetch_all(&self.readers)
                .await
                .map_err(database("read which subscribers are paused"))
        })
    }

    fn rename_subscriber<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/rename_subscriber.sql")).bind(from).bind(to);
            self.writer.execute("take over a former subscriber name", query).await?;
            Ok(())
        })
    }

    fn transports<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<Vec<(Channel, String)>>> {
        boxed(async move {
            let rows = sqlx::query_as(include_str!("sql/transports.sql"))
                .bind(service)
                .fetch_all(&self.readers)
                .await
                .map_err(database("read where the queues have been"))?;
            Ok(by_channel(rows))
        })
    }

    fn record_transport<'a>(
        &'a self,
        service: &'a str,
        channel: Channel,
        place: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/record_transport.sql"))
                .bind(service)
                .bind(channel.as_str())
                .bind(place);
            self.writer.execute("record where the queues are", query).await?;
            Ok(())
        })
    }

    fn purge_inbox(&self, older_than: Duration, limit: usize) -> BoxFuture<'_, Result<u64>> {
        boxed(async move {
            let before = self.now() - older_than.as_millis() as i64;
            let query = sqlx::query(include_str!("sql/purge_inbox.sql")).bind(before).bind(limit as i64);
            self.writer.execute("purge the inbox", query).await
        })
    }
}

fn effect_row(row: &SqliteRow) -> sqlx::Result<EffectRow> {
    Ok(EffectRow {
        subscriber: row.try_get(0)?,
        kind: row.try_get(1)?,
        at: row.try_get(2)?,
        id: row.try_get(3)?,
        attempts: row.try_get(4)?,
        error: row.try_get(5)?,
        cause: row.try_get(6)?,
    })
}

fn dead_letter(row: &SqliteRow) -> sqlx::Result<DeadLetter> {
    let cause: &str = row.try_get("cause")?;
    Ok(DeadLetter {
        id: row.try_get("id")?,
        at: from_millis(row.try_get("at")?),
        letter: NewDeadLetter {
            entry: InboxEntry {
                subscriber: row.try_get::<&str, _>("subscriber")?.into(),
                source: row.try_get("source")?,
                name: row.try_get("name")?,
                idempotency_key: row.try_get("idempotency_key")?,
                key: row.try_get("key")?,
            },
            queue: row.try_get("queue")?,
            body: row.try_get("body")?,
            cause: DeadLetterCause::from_name(cause).unwrap_or(DeadLetterCause::AttemptsExhausted),
            error: row.try_get("error")?,
            attempts: row.try_get::<i64, _>("attempts")? as u32,
            holds_key: row.try_get("holds_key")?,
        },
    })
}
