//! Events into the queues of the same database, and out of the recorder's.

use std::collections::BTreeMap;
use std::time::Duration;

use edafw_core::{BoxFuture, Channel, OwnQueues, Polled, RawEnvelope, Result, kill};
use sqlx::Row;

use super::confirmation::{by_id, mark};
use super::error::database;
use super::store::SqliteStore;
use crate::boxed::boxed;
use crate::doorbell::OUTBOX;
use crate::json::{from_json, json};
use crate::receipts::no_such_queue;

impl OwnQueues for SqliteStore {
    fn send<'a>(
        &'a self,
        topics: &'a [(Channel, String)],
        limit: usize,
        recorder: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize>> {
        boxed(async move {
            let bell = self.shared.doorbell.bell(OUTBOX);
            bell.answer();
            let sent = self.send_now(topics, limit, recorder).await;
            // A full turn means that there may be more; a failed one, that nobody has looked.
            if sent.as_ref().map_or(true, |sent| *sent == limit) {
                bell.ring();
            }
            sent
        })
    }

    fn confirm_received<'a>(
        &'a self,
        queue: &'a str,
        limit: usize,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Polled>> {
        boxed(async move {
            let bell = self.shared.doorbell.bell(queue);
            if !wait.is_zero() {
                self.wait_for(queue, wait).await;
                if !bell.answer() {
                    return Ok(Polled::default());
                }
            }
            let polled = self.confirm_now(queue, limit).await;
            // What was not taken, or could not be, is there for the next look.
            if polled.as_ref().map_or(true, |polled| polled.messages > 0) {
                bell.ring();
            }
            polled
        })
    }

    fn has_waiting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>> {
        boxed(async move {
            sqlx::query_scalar(include_str!("sql/has_waiting.sql"))
                .bind(key)
                .fetch_one(&self.readers)
                .await
                .map_err(database("look for messages of a key"))
        })
    }
}

impl SqliteStore {
    async fn send_now(
        &self,
        topics: &[(Channel, String)],
        limit: usize,
        recorder: Option<&str>,
    ) -> Result<usize> {
        let doing = "send events";
        let mut turn = self.writer.turn().await?;
        let sent: String = sqlx::query_scalar(include_str!("sql/sendable.sql"))
            .bind(limit as i64)
            .bind(self.now())
            .fetch_one(&mut turn.connection)
            .await
            .map_err(database(doing))?;
        let count = from_json::<Vec<i64>>(&sent).map_err(database(doing))?.len();
        if count == 0 {
            turn.commit().await?;
            turn.end();
            return Ok(0);
        }
        kill::point("relay.before-commit");
        let topics: BTreeMap<&str, &String> =
            topics.iter().map(|(channel, topic)| (channel.as_str(), topic)).collect();
        let queues = sqlx::query(include_str!("sql/send_own.sql"))
            .bind(sent)
            .bind(recorder)
            .bind(self.now())
            .bind(json(&topics))
            .fetch_all(&mut turn.connection)
            .await
            .map_err(database(doing))?;
        turn.end();
        kill::point("relay.committed");
        for queue in queues.iter().filter_map(|row| row.try_get(0).ok()) {
            self.shared.doorbell.ring(queue);
        }
        Ok(count)
    }

    async fn confirm_now(&self, queue: &str, limit: usize) -> Result<Polled> {
        let doing = "mark events as published";
        let mut turn = self.writer.turn().await?;
        let rows = sqlx::query(include_str!("sql/take_recorded.sql"))
            .bind(queue)
            .bind(self.now())
            .bind(limit as i64)
            .fetch_all(&mut turn.connection)
            .await
            .map_err(database(doing))?;
        if rows.is_empty() && !self.has_queue(&mut turn.connection, queue).await? {
            return Err(no_such_queue(queue));
        }
        let (mut positions, mut bodies) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in &rows {
            match row.try_get::<Option<i64>, _>(0).map_err(database(doing))? {
                Some(position) => positions.push(position),
                None => bodies.push(row.try_get::<&str, _>(1).map_err(database(doing))?),
            }
        }
        let mut unknown = 0;
        if !bodies.is_empty() {
            let mut ids = Vec::with_capacity(bodies.len());
            for body in &bodies {
                match RawEnvelope::from_json(body) {
                    Ok(envelope) => ids.push(envelope.id),
                    Err(error) => tracing::warn!(%error, queue, "the recorder skips a message"),
                }
            }
            ids.sort_unstable();
            ids.dedup();
            let found = by_id(&mut turn.connection, &ids).await?;
            unknown = ids.len() - found.len();
            positions.extend(found);
        }
        positions.sort_unstable();
        positions.dedup();
        kill::point("recorder.before-commit");
        mark(&mut turn.connection, &positions, self.now()).await?;
        turn.end();
        kill::point("recorder.committed");
        Ok(Polled { messages: rows.len(), published: positions.len(), unknown })
    }
}
