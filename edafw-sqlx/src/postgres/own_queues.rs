//! Events into the queues of the same database, and out of the recorder's: one statement each.

use std::time::Duration;

use edafw_core::{BoxFuture, Channel, OwnQueues, Polled, RawEnvelope, Receipt, Result, kill};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::confirmation::confirm;
use super::connection::again;
use super::delivery::first;
use super::error::database;
use super::store::PostgresStore;
use crate::boxed::boxed;
use crate::doorbell::OUTBOX;
use crate::receipts::no_such_queue;

/// How long a message that came the general way is the recorder's.
const LEASE: Duration = Duration::from_secs(30);

/// Positions that a turn of the relay looks at where nothing holds the first events back: a few are always missing, for
/// transactions that were rolled back.
fn near(limit: usize) -> i64 {
    (limit + limit / 4 + 100) as i64
}

/// As [`near`], where something does.
const EVERYTHING: i64 = i64::MAX / 2;

/// A turn of the relay.
struct Turn {
    sent: usize,
    /// Whether there may be more to send.
    more: bool,
}

impl OwnQueues for PostgresStore {
    fn send<'a>(
        &'a self,
        topics: &'a [(Channel, String)],
        limit: usize,
        recorder: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize>> {
        boxed(async move {
            let bell = self.doorbell.bell(OUTBOX);
            bell.answer();
            // Behind the first ones there may be others that nothing holds back.
            let sent = match again(|| self.send_now(topics, limit, near(limit), recorder)).await {
                Ok(Turn { sent: 0, more: true }) => {
                    again(|| self.send_now(topics, limit, EVERYTHING, recorder)).await
                }
                near => near,
            };
            // One that failed does not know.
            if sent.as_ref().map_or(true, |turn| turn.more) {
                bell.ring();
            }
            sent.map(|turn| turn.sent)
        })
    }

    fn confirm_received<'a>(
        &'a self,
        queue: &'a str,
        limit: usize,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Polled>> {
        boxed(async move {
            let bell = self.doorbell.bell(queue);
            if !wait.is_zero() {
                self.wait_for(queue, wait).await;
                if !bell.answer() {
                    return Ok(Polled::default());
                }
            }
            let polled = again(|| self.confirm_now(queue, limit)).await;
            // What was not taken, or could not be, is there for the next look.
            if polled.as_ref().map_or(true, |polled| polled.messages > 0) {
                bell.ring();
            }
            polled
        })
    }

    fn has_waiting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>> {
        boxed(async move {
            let doing = "look for messages of a key";
            let query = || sqlx::query(include_str!("sql/has_waiting.sql")).bind(key);
            first(&self.framework.read(doing, query).await?, doing)
        })
    }
}

impl PostgresStore {
    async fn send_now(
        &self,
        topics: &[(Channel, String)],
        limit: usize,
        window: i64,
        recorder: Option<&str>,
    ) -> Result<Turn> {
        let doing = "send events";
        let (channels, topics): (Vec<&str>, Vec<&str>) =
            topics.iter().map(|(channel, topic)| (channel.as_str(), &**topic)).unzip();
        let query = || {
            sqlx::query(include_str!("sql/send_own.sql"))
                .bind(limit as i64)
                .bind(&channels)
                .bind(&topics)
                .bind(self.now())
                .bind(self.notify)
                .bind(self.framework.is_durable())
                .bind(window)
                .bind(recorder)
        };
        kill::point("relay.before-commit");
        let rows = self.framework.once(doing, query).await?;
        kill::point("relay.committed");
        let (sent, beyond, queues) = only(&rows).and_then(sent).map_err(database(doing))?;
        for queue in &queues {
            self.doorbell.ring(queue);
        }
        let sent = sent as usize;
        Ok(Turn { sent, more: sent == limit || beyond })
    }

    async fn confirm_now(&self, queue: &str, limit: usize) -> Result<Polled> {
        let doing = "mark events as published";
        let query = || {
            sqlx::query(include_str!("sql/confirm_recorded.sql"))
                .bind(queue)
                .bind(limit as i64)
                .bind(self.now())
                .bind(self.framework.is_durable())
        };
        kill::point("recorder.before-commit");
        let rows = self.framework.once(doing, query).await?;
        kill::point("recorder.committed");
        let (messages, published, others, is_there) =
            only(&rows).and_then(recorded).map_err(database(doing))?;
        if !is_there {
            return Err(no_such_queue(queue));
        }
        let mut polled = Polled { messages: messages as usize, published: published as usize, unknown: 0 };
        if others {
            self.confirm_bodies(queue, limit, &mut polled).await?;
        }
        Ok(polled)
    }

    /// Messages that came the general way, as before an update of the program: received, confirmed by the ids in
    /// them, and acknowledged.
    async fn confirm_bodies(&self, queue: &str, limit: usize, polled: &mut Polled) -> Result<()> {
        let received = self.receive_now(queue, limit, LEASE).await?;
        let mut ids = Vec::with_capacity(received.len());
        for one in &received {
            match RawEnvelope::from_json(&one.body) {
                Ok(envelope) => ids.push(envelope.id),
                Err(error) => tracing::warn!(%error, queue, "the recorder skips a message"),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        let known = confirm(self, &ids).await?;
        let receipts: Vec<Receipt> = received.into_iter().map(|one| one.receipt).collect();
        // A receipt that was lost is received again, and marking is idempotent.
        self.remove_now(&receipts).await?;
        polled.messages += receipts.len();
        polled.published += known;
        polled.unknown += ids.len() - known;
        Ok(())
    }
}

fn only(rows: &[PgRow]) -> sqlx::Result<&PgRow> {
    rows.first().ok_or(sqlx::Error::RowNotFound)
}

/// What `send_own.sql` answers.
fn sent(row: &PgRow) -> sqlx::Result<(i64, bool, Vec<String>)> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}

/// What `confirm_recorded.sql` answers.
fn recorded(row: &PgRow) -> sqlx::Result<(i64, i64, bool, bool)> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
}
