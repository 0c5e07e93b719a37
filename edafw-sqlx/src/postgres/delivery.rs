//! What the worker keeps beside its transactions.

use std::time::Duration;

use edafw_core::{
    Attempt, BoxFuture, Channel, DeadLetter, DeadLetterCause, DeadLetterFilter, DeliveryStore, Effect,
    InboxEntry, InboxState, NewDeadLetter, Result, from_millis,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::connection::again;
use super::error::database;
use super::inbox;
use super::store::PostgresStore;
use crate::boxed::boxed;
use crate::effect::{EffectRow, effects};
use crate::states::by_channel;

impl DeliveryStore for PostgresStore {
    fn look_up<'a>(&'a self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>> {
        boxed(async move {
            let mut reader = self.framework.reader("look up the inbox").await?;
            let states = inbox::look_up(reader.connection(), entries).await?;
            reader.keep();
            Ok(states)
        })
    }

    fn start_attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<u32>> {
        boxed(async move {
            let doing = "count an attempt";
            let query = sqlx::query(include_str!("sql/start_attempt.sql"))
                .bind(&*entry.subscriber)
                .bind(&entry.source)
                .bind(&entry.name)
                .bind(&entry.idempotency_key)
                .bind(self.now());
            let attempts: i64 = first(&self.framework.fetch(doing, query).await?, doing)?;
            Ok(attempts as u32)
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
                .bind(i64::from(attempt))
                .bind(self.now())
                .bind(error);
            self.framework.execute("write down a failed attempt", query).await?;
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
                .bind(i64::from(counted))
                .bind(error)
                .bind(before);
            self.framework.execute("take an attempt back", query).await?;
            Ok(())
        })
    }

    fn attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<Option<Attempt>>> {
        boxed(async move {
            let doing = "read earlier attempts";
            let query = || {
                sqlx::query(include_str!("sql/attempt.sql"))
                    .bind(&*entry.subscriber)
                    .bind(&entry.source)
                    .bind(&entry.name)
                    .bind(&entry.idempotency_key)
            };
            let rows = self.framework.read(doing, query).await?;
            rows.first().map(attempt).transpose().map_err(database(doing))
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
            let query =
                || sqlx::query(include_str!("sql/effects.sql")).bind(source).bind(name).bind(idempotency_key);
            let rows = self.framework.read(doing, query).await?;
            rows.iter().map(effect_row).collect::<sqlx::Result<_>>().map(effects).map_err(database(doing))
        })
    }

    fn dead_letters<'a>(&'a self, filter: &'a DeadLetterFilter) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        boxed(async move {
            let query = || {
                sqlx::query(include_str!("sql/dead_letters.sql"))
                    .bind(filter.after.unwrap_or(0))
                    .bind(filter.id)
                    .bind(&filter.subscriber)
                    .bind(&filter.key)
                    .bind(filter.limit.unwrap_or(100) as i64)
                    .persistent(false)
            };
            let rows = self.framework.read("list dead letters", query).await?;
            rows.iter().map(dead_letter).collect::<sqlx::Result<_>>().map_err(database("list dead letters"))
        })
    }

    fn remove_dead_letter(&self, id: i64, retry: bool) -> BoxFuture<'_, Result<bool>> {
        boxed(async move {
            let doing = "take out a dead letter";
            let query = || {
                sqlx::query(include_str!("sql/remove_dead_letter.sql")).bind(id).bind(retry).bind(self.now())
            };
            first(&again(|| self.framework.fetch(doing, query())).await?, doing)
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
            Ok(self.framework.execute("write down a failed attempt at a dead letter", query).await? > 0)
        })
    }

    fn set_paused<'a>(&'a self, subscriber: &'a str, paused: bool) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let sql = if paused { include_str!("sql/pause.sql") } else { include_str!("sql/resume.sql") };
            let query = sqlx::query(sql).bind(subscriber);
            self.framework.execute("pause or resume a subscriber", query).await?;
            Ok(())
        })
    }

    fn paused(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        boxed(async move {
            let doing = "read which subscribers are paused";
            let rows = self.framework.read(doing, || sqlx::query(include_str!("sql/paused.sql"))).await?;
            rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>().map_err(database(doing))
        })
    }

    fn rename_subscriber<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let doing = "take over a former subscriber name";
            let query = || sqlx::query(include_str!("sql/rename_subscriber.sql")).bind(from).bind(to);
            again(|| self.framework.execute(doing, query())).await?;
            Ok(())
        })
    }

    fn transports<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<Vec<(Channel, String)>>> {
        boxed(async move {
            let doing = "read where the queues have been";
            let query = || sqlx::query(include_str!("sql/transports.sql")).bind(service);
            let rows = self.framework.read(doing, query).await?;
            let rows = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
            Ok(by_channel(rows.collect::<sqlx::Result<_>>().map_err(database(doing))?))
        })
    }

    fn record_transport<'a>(
        &'a self,
        service: &'a str,
        channel: Channel,
        place: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let sql = include_str!("sql/record_transport.sql");
            let query = sqlx::query(sql).bind(service).bind(channel.as_str()).bind(place);
            self.framework.execute("record where the queues are", query).await?;
            Ok(())
        })
    }

    fn purge_inbox(&self, older_than: Duration, limit: usize) -> BoxFuture<'_, Result<u64>> {
        boxed(async move {
            let query = sqlx::query(include_str!("sql/purge_inbox.sql"))
                .bind(self.now())
                .bind(older_than.as_millis() as i64)
                .bind(limit as i64);
            self.framework.execute("purge the inbox", query).await
        })
    }
}

/// The first column of the first row, which is always there.
pub(super) fn first<'a, T>(rows: &'a [PgRow], doing: &'static str) -> Result<T>
where
    T: sqlx::Decode<'a, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let first = rows.first().ok_or(sqlx::Error::RowNotFound).and_then(|row| row.try_get(0));
    first.map_err(database(doing))
}

fn attempt(row: &PgRow) -> sqlx::Result<Attempt> {
    Ok(Attempt {
        attempts: row.try_get::<i64, _>(0)? as u32,
        first_at: from_millis(row.try_get(1)?),
        last_error: row.try_get(2)?,
    })
}

fn effect_row(row: &PgRow) -> sqlx::Result<EffectRow> {
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

fn dead_letter(row: &PgRow) -> sqlx::Result<DeadLetter> {
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
