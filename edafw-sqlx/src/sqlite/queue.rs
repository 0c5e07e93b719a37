//! The embedded transport: queues as tables.
//!
//! A message belongs to a lane, named by its key. Of each lane only the first message, its head, is visible;
//! the others have `visible_at` null and follow when the head is gone. So a receive looks at heads alone,
//! however many messages wait behind a key that is being tried again, and the head's token guards the lane.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    BoxFuture, Delivered, Destination, Error, ErrorKind, ExtendLease, Limits, Message, Provision, QueueDepth,
    Receipt, Result, Transport,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::error::database;
use super::rows::{json, new_token};
use super::store::{SqliteStore, boxed};

/// How long a lane stays with a worker after one of its messages was acknowledged: until the worker extends
/// the lease of the next one.
const NEXT_IN_LANE: i64 = 60_000;

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
            let mut queues: Vec<&str> = sent.iter().filter_map(|row| row.try_get(0).ok()).collect();
            queues.sort_unstable();
            queues.dedup();
            for queue in queues {
                self.shared.doorbell.ring(queue);
            }
            Ok(messages.iter().map(|_| Ok(())).collect())
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
            let removed = remove(&mut turn.connection, receipts, self.now()).await?;
            turn.commit().await?;
            turn.end();
            Ok(receipts
                .iter()
                .map(|receipt| {
                    if removed.contains(&*receipt.handle) {
                        Ok(())
                    } else {
                        Err(Error::new(
                            ErrorKind::Fenced,
                            "the lease ended and somebody else has the message",
                        ))
                    }
                })
                .collect())
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
        let mut received = heads
            .iter()
            .map(|row| delivered(row, &queue, token))
            .collect::<sqlx::Result<Vec<_>>>()
            .map_err(doing)?;
        let lanes: Vec<&str> = received.iter().filter_map(|(_, one)| one.receipt.lane.as_deref()).collect();
        if received.len() < max && !lanes.is_empty() {
            let followers = sqlx::query(include_str!("sql/receive_followers.sql"))
                .bind(&*queue)
                .bind((max - received.len()) as i64)
                .bind(json(&lanes))
                .bind(token)
                .fetch_all(&mut turn.connection)
                .await
                .map_err(database("receive messages"))?;
            for row in &followers {
                received.push(delivered(row, &queue, token).map_err(database("receive messages"))?);
            }
        }
        turn.commit().await?;
        turn.end();
        // RETURNING keeps no order.
        received.sort_unstable_by_key(|(position, _)| *position);
        Ok(received.into_iter().map(|(_, delivered)| delivered).collect())
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
            let mut held = HashSet::new();
            for (token, group) in by_token(receipts) {
                let query = sqlx::query(include_str!("sql/extend.sql"))
                    .bind(handles(&group))
                    .bind(token)
                    .bind(self.now() + lease.as_millis() as i64);
                for row in self.writer.fetch("extend leases", query).await? {
                    held.insert(row.try_get::<i64, _>(0).map_err(database("extend leases"))?.to_string());
                }
            }
            Ok(receipts.iter().filter(|receipt| !held.contains(&*receipt.handle)).cloned().collect())
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

/// Removes messages and lets the next of their lanes follow; answers the handles that were still held.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    receipts: &[Receipt],
    now: i64,
) -> Result<HashSet<String>> {
    let mut removed = HashSet::with_capacity(receipts.len());
    for (token, group) in by_token(receipts) {
        let rows = sqlx::query(include_str!("sql/acknowledge.sql"))
            .bind(handles(&group))
            .bind(token)
            .fetch_all(&mut *connection)
            .await
            .map_err(database("acknowledge messages"))?;
        for row in &rows {
            removed.insert(row.try_get::<i64, _>(0).map_err(database("acknowledge messages"))?.to_string());
        }
        let mut lanes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for receipt in &group {
            if let Some(lane) = &receipt.lane {
                lanes.entry(&receipt.queue).or_default().push(lane);
            }
        }
        for (queue, lanes) in lanes {
            sqlx::query(include_str!("sql/promote.sql"))
                .bind(queue)
                .bind(json(&lanes))
                .bind(token)
                .bind(now + NEXT_IN_LANE)
                .bind(now)
                .execute(&mut *connection)
                .await
                .map_err(database("acknowledge messages"))?;
        }
    }
    Ok(removed)
}

fn by_token(receipts: &[Receipt]) -> BTreeMap<i64, Vec<&Receipt>> {
    let mut groups: BTreeMap<i64, Vec<&Receipt>> = BTreeMap::new();
    for receipt in receipts {
        groups.entry(receipt.token).or_default().push(receipt);
    }
    groups
}

/// The positions behind the receipts, as a JSON array.
fn handles(receipts: &[&Receipt]) -> String {
    json(&receipts.iter().filter_map(|receipt| receipt.handle.parse().ok()).collect::<Vec<i64>>())
}

fn delivered(row: &SqliteRow, queue: &Arc<str>, token: i64) -> sqlx::Result<(i64, Delivered)> {
    let position: i64 = row.try_get(0)?;
    let receipt = Receipt {
        queue: Arc::clone(queue),
        handle: position.to_string().into(),
        lane: row.try_get::<Option<&str>, _>(1)?.map(Arc::from),
        token,
    };
    let delivered = Delivered {
        receipt,
        body: Arc::from(row.try_get::<&str, _>(2)?),
        receive_count: row.try_get::<i64, _>(3)? as u32,
    };
    Ok((position, delivered))
}
