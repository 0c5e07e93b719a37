//! What the worker keeps beside its transactions.

use std::time::Duration;

use edafw_core::{
    Attempt, BoxFuture, Channel, DeadLetter, DeadLetterCause, DeadLetterFilter, DeliveryStore, Effect,
    InboxEntry, InboxState, NewDeadLetter, Result, from_millis,
};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::connection::again;
use super::error::database;
use super::inbox;
use super::rows::text;
use super::script::{Json, Literal, Script};
use super::store::MySqlStore;
use crate::boxed::boxed;
use crate::effect::{EffectRow, effects};
use crate::states::by_channel;

impl MySqlStore {
    /// One statement in a transaction of its own; answers how many rows it found.
    async fn write(&self, doing: &'static str, sql: &'static str, values: &[&dyn Literal]) -> Result<u64> {
        again(|| async {
            let mut script = Script::begin();
            let place = script.add(sql, values);
            Ok(self.framework.once(doing, script.commit()).await?.affected(place))
        })
        .await
    }
}

impl DeliveryStore for MySqlStore {
    fn look_up<'a>(&'a self, entries: &'a [InboxEntry]) -> BoxFuture<'a, Result<Vec<InboxState>>> {
        boxed(async move {
            let doing = "look up the inbox";
            let answers = self.framework.once(doing, inbox::look_up_script(entries)).await?;
            inbox::states(&answers).map_err(database(doing))
        })
    }

    fn start_attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<u32>> {
        boxed(async move {
            let doing = "count an attempt";
            let InboxEntry { subscriber, source, name, idempotency_key, .. } = entry;
            again(|| async {
                let mut script = Script::begin();
                script.add(
                    include_str!("sql/start_attempt.sql"),
                    &[subscriber, source, name, idempotency_key, &self.now()],
                );
                let place =
                    script.add(include_str!("sql/attempt.sql"), &[subscriber, source, name, idempotency_key]);
                let answers = self.framework.once(doing, script.commit()).await?;
                Ok(answers.value(place).map_err(database(doing))? as u32)
            })
            .await
        })
    }

    fn record_failure<'a>(
        &'a self,
        entry: &'a InboxEntry,
        attempt: u32,
        error: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let InboxEntry { subscriber, source, name, idempotency_key, .. } = entry;
            self.write(
                "write down a failed attempt",
                include_str!("sql/record_failure.sql"),
                &[subscriber, source, name, idempotency_key, &i64::from(attempt), &self.now(), &error],
            )
            .await?;
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
            let InboxEntry { subscriber, source, name, idempotency_key, .. } = entry;
            self.write(
                "take an attempt back",
                include_str!("sql/take_back_attempt.sql"),
                &[subscriber, source, name, idempotency_key, &i64::from(counted), &error, &before],
            )
            .await?;
            Ok(())
        })
    }

    fn attempt<'a>(&'a self, entry: &'a InboxEntry) -> BoxFuture<'a, Result<Option<Attempt>>> {
        boxed(async move {
            let doing = "read earlier attempts";
            let InboxEntry { subscriber, source, name, idempotency_key, .. } = entry;
            let sql = include_str!("sql/attempt.sql");
            let script = Script::of(sql, &[subscriber, source, name, idempotency_key]);
            let answers = self.framework.once(doing, script).await?;
            let read = |row: &MySqlRow| {
                Ok(Attempt {
                    attempts: row.try_get::<i64, _>(0)? as u32,
                    first_at: from_millis(row.try_get(1)?),
                    last_error: row.try_get(2)?,
                })
            };
            answers.first_rows().first().map(read).transpose().map_err(database(doing))
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
            let script = Script::of(include_str!("sql/effects.sql"), &[&source, &name, &idempotency_key]);
            let answers = self.framework.once(doing, script).await?;
            let rows = answers.first_rows().iter().map(effect_row);
            rows.collect::<sqlx::Result<_>>().map(effects).map_err(database(doing))
        })
    }

    fn dead_letters<'a>(&'a self, filter: &'a DeadLetterFilter) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        boxed(async move {
            let doing = "list dead letters";
            let script = Script::of(
                include_str!("sql/dead_letters.sql"),
                &[
                    &filter.after.unwrap_or(0),
                    &filter.id,
                    &filter.subscriber,
                    &filter.key,
                    &(filter.limit.unwrap_or(100) as i64),
                ],
            );
            let answers = self.framework.once(doing, script).await?;
            answers.first_rows().iter().map(dead_letter).collect::<sqlx::Result<_>>().map_err(database(doing))
        })
    }

    fn remove_dead_letter(&self, id: i64, retry: bool) -> BoxFuture<'_, Result<bool>> {
        boxed(async move {
            again(|| async {
                let mut script = Script::begin();
                if !retry {
                    script.add(include_str!("sql/discard_dead_letter.sql"), &[&id, &self.now()]);
                }
                script.add(include_str!("sql/forget_attempts_of_dead_letter.sql"), &[&id]);
                let place = script.add(include_str!("sql/remove_dead_letter.sql"), &[&id]);
                let answers = self.framework.once("take out a dead letter", script.commit()).await?;
                Ok(answers.affected(place) > 0)
            })
            .await
        })
    }

    fn fail_dead_letter<'a>(
        &'a self,
        id: i64,
        cause: DeadLetterCause,
        error: &'a str,
    ) -> BoxFuture<'a, Result<bool>> {
        boxed(async move {
            let sql = include_str!("sql/fail_dead_letter.sql");
            let doing = "write down a failed attempt at a dead letter";
            Ok(self.write(doing, sql, &[&id, &cause.as_str(), &error]).await? > 0)
        })
    }

    fn set_paused<'a>(&'a self, subscriber: &'a str, paused: bool) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let sql = if paused { include_str!("sql/pause.sql") } else { include_str!("sql/resume.sql") };
            self.write("pause or resume a subscriber", sql, &[&subscriber]).await?;
            Ok(())
        })
    }

    fn paused(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        boxed(async move {
            let doing = "read which subscribers are paused";
            let answers = self.framework.once(doing, Script::of(include_str!("sql/paused.sql"), &[])).await?;
            let names = answers.first_rows().iter().map(|row| row.try_get(0));
            names.collect::<sqlx::Result<_>>().map_err(database(doing))
        })
    }

    fn rename_subscriber<'a>(&'a self, from: &'a str, to: &'a str) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let sql = include_str!("sql/rename_subscriber.sql");
            self.write("take over a former subscriber name", sql, &[&from, &to]).await?;
            Ok(())
        })
    }

    fn transports<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<Vec<(Channel, String)>>> {
        boxed(async move {
            let doing = "read where the queues have been";
            let script = Script::of(include_str!("sql/transports.sql"), &[&service]);
            let answers = self.framework.once(doing, script).await?;
            let rows = answers.first_rows().iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
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
            self.write("record where the queues are", sql, &[&service, &channel.as_str(), &place]).await?;
            Ok(())
        })
    }

    fn purge_inbox(&self, older_than: Duration, limit: usize) -> BoxFuture<'_, Result<u64>> {
        boxed(async move {
            let doing = "purge the inbox";
            let before = self.before(older_than);
            let oldest = Script::of(include_str!("sql/oldest_of_inbox.sql"), &[&before, &(limit as i64)]);
            let answers = self.framework.once(doing, oldest).await?;
            let old = |row: &MySqlRow| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)? != 0));
            let rows: Vec<(i64, bool)> =
                answers.first_rows().iter().map(old).collect::<sqlx::Result<_>>().map_err(database(doing))?;
            let old: Vec<i64> = rows.into_iter().filter_map(|(id, is_old)| is_old.then_some(id)).collect();
            if old.is_empty() {
                return Ok(0);
            }
            self.write(doing, include_str!("sql/purge_inbox.sql"), &[&Json(old)]).await
        })
    }
}

fn effect_row(row: &MySqlRow) -> sqlx::Result<EffectRow> {
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

fn dead_letter(row: &MySqlRow) -> sqlx::Result<DeadLetter> {
    let cause: &str = row.try_get("cause")?;
    Ok(DeadLetter {
        id: row.try_get("id")?,
        at: from_millis(row.try_get("at")?),
        letter: NewDeadLetter {
            entry: InboxEntry {
                subscriber: row.try_get::<&str, _>("subscriber")?.into(),
                source: row.try_get("source")?,
                name: row.try_get("name")?,
                idempotency_key: text(row, 4)?.unwrap_or_default(),
                key: text(row, 5)?,
            },
            queue: row.try_get("queue")?,
            body: row.try_get("body")?,
            cause: DeadLetterCause::from_name(cause).unwrap_or(DeadLetterCause::AttemptsExhausted),
            error: row.try_get("error")?,
            attempts: row.try_get::<i64, _>("attempts")? as u32,
            holds_key: row.try_get::<i64, _>("holds_key")? != 0,
        },
    })
}
