//! The embedded transport: queues as tables.
//!
//! A message belongs to a lane, named by its key. Of each lane only the first message, its head, is visible;
//! the others have `visible_at` null and follow when the head is gone. So a receive looks at heads alone,
//! however many messages wait behind a key that is being tried again. The head's lease is the lane's: a
//! receiver holds the messages of a lane up to the first one that is not its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    BoxFuture, Delivered, Destination, ExtendLease, Limits, Message, Provision, QueueDepth, Receipt, Result,
    Transport,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::error::database;
use super::held::{handles, known, remove};
use super::rows;
use super::store::SqliteStore;
use crate::boxed::boxed;
use crate::json::json;
use crate::receipts::{Removal, by_token, delivered, new_token, no_such_queue};

impl Transport for SqliteStore {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn limits(&self) -> Limits {
        Limits { batch: 500, receive: 1_000, message_bytes: 16 * 1024 * 1024, failed_entry_fails_key: true }
    }

    fn publish<'a>(
        &'a self,
        to: &'a Destination,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        boxed(async move {
            let rows: Vec<_> =
                messages.iter().map(|message| (&message.name, &message.key, &message.body)).collect();
            let (sql, name) = match to {
                Destination::Topic(topic) => (include_str!("sql/send_to_topic.sql"), topic),
                Destination::Queue(queue) => (include_str!("sql/send_to_queue.sql"), queue),
            };
            let query = sqlx::query(sql).bind(json(&rows)).bind(name).bind(self.now());
            let sent = self.writer.fetch("send messages", query).await?;
            for queue in sent.iter().filter_map(|row| row.try_get(0).ok()) {
                self.shared.doorbell.ring(queue);
            }
            let missing = sent.is_empty() && matches!(to, Destination::Queue(_));
            Ok(messages.iter().map(|_| if missing { Err(no_such_queue(name)) } else { Ok(()) }).collect())
        })
    }

    fn receive<'a>(
        &'a self,
        queue: &'a str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Vec<Delivered>>> {
        boxed(async move {
            let bell = self.shared.doorbell.bell(queue);
            let waits = !wait.is_zero();
            if waits {
                self.wait_for(queue, wait).await;
                if !bell.answer() {
                    return Ok(Vec::new());
                }
            }
            let received = self.receive_now(queue, max, lease).await;
            // What was not taken, or could not be, is there for the next look.
            if received.as_ref().map_or(true, |received| !received.is_empty()) {
                bell.ring();
            }
            received
        })
    }

    fn acknowledge<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        boxed(async move {
            let mut turn = self.writer.turn().await?;
            turn.begin().await?;
            let answers = remove(&mut turn.connection, receipts, self.now()).await?;
            turn.commit().await?;
            turn.end();
            Ok(answers.into_iter().map(Removal::answer).collect())
        })
    }

    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            for (token, group) in by_token(receipts) {
                self.give_back(&group, token, self.now(), true).await?;
            }
            for receipt in receipts {
                self.shared.doorbell.ring(&receipt.queue);
            }
            Ok(())
        })
    }

    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            let at = self.now() + delay.as_millis() as i64;
            self.give_back(&[receipt], receipt.token, at, false).await?;
            self.shared.doorbell.expect(delay);
            Ok(())
        })
    }

    fn extend_lease(&self) -> Option<&dyn ExtendLease> {
        Some(self)
    }

    fn provision(&self) -> Option<&dyn Provision> {
        Some(self)
    }

    fn queue_depth(&self) -> Option<&dyn QueueDepth> {
        Some(self)
    }
}

impl SqliteStore {
    async fn receive_now(&self, queue: &str, max: usize, lease: Duration) -> Result<Vec<Delivered>> {
        let doing = database("receive messages");
        let token = new_token();
        let queue: Arc<str> = Arc::from(queue);
        let mut turn = self.writer.turn().await?;
        turn.begin().await?;
        let heads = sqlx::query(include_str!("sql/receive_heads.sql"))
            .bind(&*queue)
            .bind(max as i64)
            .bind(self.now())
            .bind(lease.as_millis() as i64)
            .bind(token)
            .fetch_all(&mut turn.connection)
            .await
            .map_err(database("receive messages"))?;
        let mut messages = heads
            .iter()
            .map(|row| received(row, &queue, token))
            .collect::<sqlx::Result<Vec<_>>>()
            .map_err(doing)?;
        let lanes: Vec<&str> =
            messages.iter().filter_map(|one| one.delivered.receipt.lane.as_deref()).collect();
        if messages.len() < max && !lanes.is_empty() {
            let mut behind: Vec<(i64, String, i64)> = sqlx::query_as(include_str!("sql/followers.sql"))
                .bind(&*queue)
                .bind((max - messages.len()) as i64)
                .bind(json(&lanes))
                .fetch_all(&mut turn.connection)
                .await
                .map_err(database("receive messages"))?;
            // One that is to be tried again later holds the rest of its lane.
            let now = self.now();
            let mut waiting = HashSet::new();
            behind.retain(|(_, lane, not_before)| {
                if *not_before > now {
                    waiting.insert(lane.clone());
                }
                !waiting.contains(lane)
            });
            let positions: Vec<i64> = behind.into_iter().map(|(position, ..)| position).collect();
            let followers = sqlx::query(include_str!("sql/receive_followers.sql"))
                .bind(json(&positions))
                .bind(token)
                .fetch_all(&mut turn.connection)
                .await
                .map_err(database("receive messages"))?;
            for row in &followers {
                messages.push(received(row, &queue, token).map_err(database("receive messages"))?);
            }
        }
        let exists = !heads.is_empty() || self.has_queue(&mut turn.connection, &queue).await?;
        add_bodies(&mut turn.connection, &mut messages).await?;
        turn.commit().await?;
        turn.end();
        if !exists {
            return Err(no_such_queue(&queue));
        }
        // RETURNING keeps no order.
        messages.sort_unstable_by_key(|message| message.position);
        Ok(messages.into_iter().map(|message| message.delivered).collect())
    }

    pub(super) async fn has_queue(&self, connection: &mut SqliteConnection, queue: &str) -> Result<bool> {
        sqlx::query_scalar(include_str!("sql/queue_exists.sql"))
            .bind(queue)
            .fetch_one(connection)
            .await
            .map_err(database("look for a queue"))
    }

    async fn give_back(
        &self,
        receipts: &[&Receipt],
        token: i64,
        visible_at: i64,
        uncounted: bool,
    ) -> Result<()> {
        let query = sqlx::query(include_str!("sql/release.sql"))
            .bind(handles(receipts))
            .bind(token)
            .bind(visible_at)
            .bind(uncounted);
        self.writer.execute("give messages back", query).await?;
        Ok(())
    }
}

impl ExtendLease for SqliteStore {
    fn extend<'a>(&'a self, receipts: &'a [Receipt], lease: Duration) -> BoxFuture<'a, Result<Vec<Receipt>>> {
        boxed(async move {
            let mut lost = HashSet::new();
            let mut turn = self.writer.turn().await?;
            turn.begin().await?;
            for (token, group) in by_token(receipts) {
                let known = known(&mut turn.connection, &group, token).await?;
                let held: Vec<i64> = known.values().filter(|one| one.held).map(|one| one.position).collect();
                sqlx::query(include_str!("sql/extend.sql"))
                    .bind(json(&held))
                    .bind(self.now() + lease.as_millis() as i64)
                    .execute(&mut turn.connection)
                    .await
                    .map_err(database("extend leases"))?;
                lost.extend(
                    group
                        .into_iter()
                        .filter(|receipt| !known.get(&*receipt.handle).is_some_and(|one| one.held)),
                );
            }
            turn.commit().await?;
            turn.end();
            Ok(receipts.iter().filter(|receipt| lost.contains(receipt)).cloned().collect())
        })
    }
}

impl QueueDepth for SqliteStore {
    fn depth<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<u64>> {
        boxed(async move {
            let depth: i64 = sqlx::query_scalar(include_str!("sql/depth.sql"))
                .bind(queue)
                .fetch_one(&self.readers)
                .await
                .map_err(database("count messages"))?;
            Ok(depth as u64)
        })
    }
}

/// A message that was just leased.
struct Received {
    position: i64,
    /// The event in this database that it refers to; then its body is still missing.
    event: Option<i64>,
    delivered: Delivered,
}

/// Gives messages that refer to events in this database the events' wire form. One whose event is gone, or cannot be
/// read, has none.
async fn add_bodies(connection: &mut SqliteConnection, messages: &mut [Received]) -> Result<()> {
    let doing = "read the events of messages";
    let events: Vec<i64> = messages.iter().filter_map(|message| message.event).collect();
    if events.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query(include_str!("sql/events_at.sql"))
        .bind(json(&events))
        .fetch_all(connection)
        .await
        .map_err(database(doing))?;
    let mut bodies = HashMap::with_capacity(rows.len());
    for (position, _, envelope) in rows.iter().filter_map(|row| rows::event(row).ok()) {
        bodies.insert(position, Arc::<str>::from(envelope.to_json()));
    }
    for message in messages {
        if let Some(body) = message.event.and_then(|event| bodies.get(&event)) {
            message.delivered.body = Arc::clone(body);
        }
    }
    Ok(())
}

fn received(row: &SqliteRow, queue: &Arc<str>, token: i64) -> sqlx::Result<Received> {
    let position = row.try_get(0)?;
    let body: Option<&str> = row.try_get(2)?;
    let delivered =
        delivered(queue, position, row.try_get(1)?, body.unwrap_or_default(), row.try_get(3)?, token);
    Ok(Received { position, event: row.try_get(4)?, delivered })
}
