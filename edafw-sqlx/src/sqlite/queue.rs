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
use super::store::SqliteStore;
use crate::boxed::boxed;
use crate::json::{from_json, json};
use crate::receipts::{Removal, by_token, delivered, new_token, no_such_queue, position};

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
        let lanes: Vec<&str> = messages.iter().filter_map(|(_, one)| one.receipt.lane.as_deref()).collect();
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
        let exists = !heads.is_empty()
            || sqlx::query_scalar(include_str!("sql/queue_exists.sql"))
                .bind(&*queue)
                .fetch_one(&mut turn.connection)
                .await
                .map_err(database("receive messages"))?;
        turn.commit().await?;
        turn.end();
        if !exists {
            return Err(no_such_queue(&queue));
        }
        // RETURNING keeps no order.
        messages.sort_unstable_by_key(|(position, _)| *position);
        Ok(messages.into_iter().map(|(_, delivered)| delivered).collect())
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

/// A message that receipts name.
struct Known {
    position: i64,
    queue: String,
    lane: Option<String>,
    /// Where it is the head of its lane: when its lease ends.
    lease_end: Option<i64>,
    held: bool,
}

/// Position, queue, lane, end of the lease, and whether the token holds.
type KnownRow = (i64, String, Option<String>, Option<i64>, Option<i64>);

/// What there is of the messages behind receipts of one token, by handle.
async fn known(
    connection: &mut SqliteConnection,
    receipts: &[&Receipt],
    token: i64,
) -> Result<HashMap<String, Known>> {
    let doing = "look for messages in hand";
    let rows: String = sqlx::query_scalar(include_str!("sql/held.sql"))
        .bind(handles(receipts))
        .bind(token)
        .fetch_one(connection)
        .await
        .map_err(database(doing))?;
    let rows: Vec<KnownRow> = from_json(&rows).map_err(database(doing))?;
    Ok(rows
        .into_iter()
        .map(|(position, queue, lane, lease_end, held)| {
            (position.to_string(), Known { position, queue, lane, lease_end, held: held == Some(1) })
        })
        .collect())
}

/// Removes messages and lets the next of their lanes follow; one answer per receipt.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    receipts: &[Receipt],
    now: i64,
) -> Result<Vec<Removal>> {
    let doing = "acknowledge messages";
    let mut answers = HashMap::with_capacity(receipts.len());
    let mut held_by = Vec::new();
    for (token, group) in by_token(receipts) {
        let mut known = known(connection, &group, token).await?;
        for receipt in group {
            let answer = match known.get(&*receipt.handle) {
                None => Removal::Gone,
                Some(one) if one.held => Removal::Removed,
                Some(_) => Removal::Lost,
            };
            answers.insert(receipt, answer);
        }
        known.retain(|_, one| one.held);
        held_by.push((token, known));
    }
    for (token, held) in held_by {
        let positions: Vec<i64> = held.values().map(|one| one.position).collect();
        sqlx::query(include_str!("sql/acknowledge.sql"))
            .bind(json(&positions))
            .execute(&mut *connection)
            .await
            .map_err(database(doing))?;
        let heads: Vec<_> =
            held.values().filter_map(|one| Some((&one.queue, one.lane.as_ref()?, one.lease_end?))).collect();
        if heads.is_empty() {
            continue;
        }
        sqlx::query(include_str!("sql/promote.sql"))
            .bind(json(&heads))
            .bind(token)
            .bind(now)
            .execute(&mut *connection)
            .await
            .map_err(database(doing))?;
    }
    Ok(receipts.iter().map(|receipt| answers[receipt]).collect())
}

/// The positions behind the receipts, as a JSON array.
fn handles(receipts: &[&Receipt]) -> String {
    json(&receipts.iter().filter_map(|receipt| position(receipt)).collect::<Vec<i64>>())
}

fn received(row: &SqliteRow, queue: &Arc<str>, token: i64) -> sqlx::Result<(i64, Delivered)> {
    let position = row.try_get(0)?;
    let delivered = delivered(queue, position, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, token);
    Ok((position, delivered))
}
