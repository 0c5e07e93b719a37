//! The embedded transport: queues as tables.
//!
//! The unit of claim is the lane, the messages of one key in one queue. It has a row, and whoever sends to it,
//! receives from it or acknowledges locks that row first, in the order of their names. Then follows a statement
//! of its own, which sees all that was committed before the lock was had. So a message is never sent unseen
//! into a lane that is being taken for empty, and positions within a lane rise in the order of commits. Who has the
//! lane's token holds its messages up to `held_to`: a receive writes the lane, and none of them.
//!
//! Messages of events in this database that are put into a queue together share a row, the run, up to [`RUN`] of them;
//! in an ordered queue those of one key. What a message would cost, a run costs. A message's position is its run's and its
//! place in it, so a receipt names both. One that is gone leaves its place empty, and a run without messages is gone.
//!
//! A run without a key, or in a queue without order, has no lane: it is locked and leased by itself. Who receives
//! fewer messages than a run may hold handles them side by side, and gets runs of one: transactions that settle messages
//! of one run wait for each other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    BoxFuture, Delivered, Destination, ExtendLease, Limits, Message, Provision, QueueDepth, Receipt, Result,
    Transport,
};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};

use super::connection::again;
use super::delivery::first;
use super::error::database;
use super::rows;
use super::store::PostgresStore;
use crate::boxed::boxed;
use crate::receipts::{Removal, delivered, new_token, no_such_queue, position};

/// Positions that a run takes: so many messages it may hold. Statements in `sql/` know it, too.
const RUN: i64 = 100;

impl Transport for PostgresStore {
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
            let doing = "send messages";
            let (sql, name) = match to {
                Destination::Topic(topic) => (include_str!("sql/send_to_topic.sql"), topic),
                Destination::Queue(queue) => (include_str!("sql/send_to_queue.sql"), queue),
            };
            let query = || {
                sqlx::query(sql)
                    .bind(messages.iter().map(|message| &*message.name).collect::<Vec<_>>())
                    .bind(messages.iter().map(|message| message.key.as_deref()).collect::<Vec<_>>())
                    .bind(messages.iter().map(|message| &*message.body).collect::<Vec<_>>())
                    .bind(name)
                    .bind(self.now())
                    .bind(self.notify)
            };
            let queues = again(|| self.framework.fetch(doing, query())).await?;
            for queue in &queues {
                self.doorbell.ring(queue.try_get(0).map_err(database(doing))?);
            }
            let missing = queues.is_empty() && matches!(to, Destination::Queue(_));
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
            let bell = self.doorbell.bell(queue);
            if !wait.is_zero() {
                self.wait_for(queue, wait).await;
                if !bell.answer() {
                    return Ok(Vec::new());
                }
            }
            let received = again(|| self.receive_now(queue, max, lease)).await;
            // What was not taken, or could not be, is there for the next look.
            if received.as_ref().map_or(true, |received| !received.is_empty()) {
                bell.ring();
            }
            received
        })
    }

    fn acknowledge<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        boxed(async move {
            let (removed, freed) = again(|| self.remove_now(receipts)).await?;
            self.tell(&freed);
            Ok(removed.into_iter().map(Removal::answer).collect())
        })
    }

    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            again(|| self.give_back(receipts, Duration::ZERO, true)).await?;
            for receipt in receipts {
                self.doorbell.ring(&receipt.queue);
            }
            Ok(())
        })
    }

    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            again(|| self.give_back(std::slice::from_ref(receipt), delay, false)).await?;
            self.doorbell.expect(delay);
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

impl PostgresStore {
    pub(super) async fn receive_now(
        &self,
        queue: &str,
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Delivered>> {
        let doing = "receive messages";
        let token = new_token();
        let queue: Arc<str> = Arc::from(queue);
        let one_by_one = (max as i64) < RUN;
        let durable = self.framework.is_durable();
        let (mut messages, lanes) = loop {
            let query = || {
                sqlx::query(include_str!("sql/receive_heads.sql"))
                    .bind(&*queue)
                    .bind(max as i64)
                    .bind(self.now())
                    .bind(lease.as_millis() as i64)
                    .bind(token)
                    .bind(durable)
                    .bind(one_by_one)
            };
            let rows = self.framework.once(doing, query).await?;
            match heads(&rows, &queue, token).map_err(database(doing))? {
                Heads::Taken { messages, lanes } => break (messages, lanes),
                Heads::Runs => {
                    let query = || {
                        sqlx::query(include_str!("sql/take_apart.sql"))
                            .bind(&*queue)
                            .bind(self.now())
                            .bind(durable)
                    };
                    self.framework.once(doing, query).await?;
                }
                Heads::NoQueue => return Err(no_such_queue(&queue)),
            }
        };
        if !lanes.is_empty() {
            let room = max - messages.len();
            // One long lane may fill what the others leave, without a look at more than a few times the limit.
            let of_a_lane = 2 * (room - lanes.len()) / lanes.len() + 8;
            let (lanes, expired): (Vec<_>, Vec<_>) = lanes.into_iter().unzip();
            let followers = || {
                sqlx::query(include_str!("sql/receive.sql"))
                    .bind(&*queue)
                    .bind(&lanes)
                    .bind(of_a_lane as i64)
                    .bind(room as i64)
                    .bind(self.now())
                    .bind(token)
                    .bind(durable)
                    .bind(&expired)
            };
            let rows = self.framework.once(doing, followers).await?;
            for row in &rows {
                messages.push(message(row, &queue, token).map_err(database(doing))?);
            }
        }
        // RETURNING keeps no order.
        messages.sort_unstable_by_key(|(position, _)| *position);
        Ok(messages.into_iter().map(|(_, delivered)| delivered).collect())
    }

    pub(super) async fn remove_now(&self, receipts: &[Receipt]) -> Result<(Vec<Removal>, Vec<Freed>)> {
        let mut work = self.framework.begin().await?;
        let removed = remove(work.connection(), receipts, self.now()).await?;
        work.commit("acknowledge messages").await?;
        Ok(removed)
    }

    async fn give_back(&self, receipts: &[Receipt], delay: Duration, uncounted: bool) -> Result<()> {
        let doing = "give messages back";
        let (positions, tokens) = handles(receipts);
        let mut work = self.framework.begin().await?;
        lock(work.connection(), &positions).await.map_err(database(doing))?;
        sqlx::query(include_str!("sql/give_back.sql"))
            .bind(positions)
            .bind(tokens)
            .bind(delay.as_millis() as i64)
            .bind(i64::from(uncounted))
            .bind(self.now())
            .execute(work.connection())
            .await
            .map_err(database(doing))?;
        work.commit(doing).await
    }

    /// Tells who waits in this process of lanes that are free.
    fn tell(&self, freed: &[Freed]) {
        for lane in freed {
            match lane.visible_in {
                Duration::ZERO => self.doorbell.ring(&lane.queue),
                delay => self.doorbell.expect(delay),
            }
        }
    }
}

impl ExtendLease for PostgresStore {
    fn extend<'a>(&'a self, receipts: &'a [Receipt], lease: Duration) -> BoxFuture<'a, Result<Vec<Receipt>>> {
        boxed(async move {
            let doing = "extend leases";
            let (positions, tokens) = handles(receipts);
            let query = || {
                sqlx::query(include_str!("sql/extend.sql"))
                    .bind(&positions)
                    .bind(&tokens)
                    .bind(lease.as_millis() as i64)
                    .bind(self.now())
            };
            let rows = again(|| self.framework.fetch(doing, query())).await?;
            let held: HashSet<i64> = rows
                .iter()
                .map(|row| row.try_get(0))
                .collect::<sqlx::Result<_>>()
                .map_err(database(doing))?;
            let is_lost = |receipt: &&Receipt| position(receipt).is_none_or(|place| !held.contains(&place));
            Ok(receipts.iter().filter(is_lost).cloned().collect())
        })
    }
}

impl QueueDepth for PostgresStore {
    fn depth<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<u64>> {
        boxed(async move {
            let doing = "count messages";
            let query = || sqlx::query(include_str!("sql/depth.sql")).bind(queue);
            let depth: i64 = first(&self.framework.read(doing, query).await?, doing)?;
            Ok(depth as u64)
        })
    }
}

/// A lane that may be received again.
pub(super) struct Freed {
    pub(super) queue: String,
    visible_in: Duration,
}

/// Run and token; the places of the run that were removed, and those that are there and not held.
type Settled = (Option<i64>, Option<i64>, Option<Vec<i64>>, Option<Vec<i64>>);

/// Removes messages and frees their lanes for the next ones; one answer per receipt.
pub(super) async fn remove(
    connection: &mut PgConnection,
    receipts: &[Receipt],
    now: Option<i64>,
) -> Result<(Vec<Removal>, Vec<Freed>)> {
    let doing = "acknowledge messages";
    let (positions, tokens) = handles(receipts);
    let all_known = positions.len() == receipts.len();
    lock(connection, &positions).await.map_err(database(doing))?;
    let rows = sqlx::query(include_str!("sql/acknowledge.sql"))
        .bind(positions)
        .bind(tokens)
        .bind(now)
        .fetch_all(connection)
        .await
        .map_err(database(doing))?;
    let (mut freed, mut settled) = (Vec::new(), Vec::new());
    for row in &rows {
        match freed_lane(row).map_err(database(doing))? {
            Some(lane) => freed.push(lane),
            None => settled.push(row),
        }
    }
    if all_known && settled.is_empty() {
        return Ok((vec![Removal::Removed; receipts.len()], freed));
    }
    let mut answers = HashMap::new();
    for row in settled {
        let (Some(run), Some(token), removed, lost): Settled =
            FromRow::from_row(row).map_err(database(doing))?
        else {
            break;
        };
        let places = removed.into_iter().flatten().map(|place| (place, Removal::Removed));
        for (place, removal) in places.chain(lost.into_iter().flatten().map(|place| (place, Removal::Lost))) {
            answers.insert((run + place - 1, token), removal);
        }
    }
    let removal = |receipt: &Receipt| {
        position(receipt)
            .and_then(|place| answers.get(&(place, receipt.token)))
            .copied()
            .unwrap_or(Removal::Gone)
    };
    Ok((receipts.iter().map(removal).collect(), freed))
}

/// Locks the lanes and runs of messages.
async fn lock(connection: &mut PgConnection, positions: &[i64]) -> sqlx::Result<()> {
    sqlx::query(include_str!("sql/lock_messages.sql")).bind(positions).execute(connection).await.map(drop)
}

/// A lane that a removal has freed, if the row tells of one.
fn freed_lane(row: &PgRow) -> sqlx::Result<Option<Freed>> {
    let Some(queue) = row.try_get(4)? else { return Ok(None) };
    let millis: i64 = row.try_get(5)?;
    Ok(Some(Freed { queue, visible_in: Duration::from_millis(millis.max(0) as u64) }))
}

/// The positions and the tokens of receipts.
fn handles(receipts: &[Receipt]) -> (Vec<i64>, Vec<i64>) {
    receipts.iter().filter_map(|receipt| Some((position(receipt)?, receipt.token))).unzip()
}

/// What was found at the head of a queue.
enum Heads {
    Taken {
        messages: Vec<(i64, Delivered)>,
        /// With how far their receiver of before had them, if his lease has ended.
        lanes: Vec<(String, Option<i64>)>,
    },
    /// Runs of several messages, where those of one are wanted.
    Runs,
    NoQueue,
}

/// What `receive_heads.sql` answers.
fn heads(rows: &[PgRow], queue: &Arc<str>, token: i64) -> sqlx::Result<Heads> {
    let (mut messages, mut lanes) = (Vec::new(), Vec::new());
    for row in rows {
        match (row.try_get::<Option<i64>, _>(0)?, row.try_get(1)?, row.try_get::<Option<i64>, _>(3)?) {
            (Some(_), _, _) => messages.push(message(row, queue, token)?),
            (None, Some(lane), expired) => lanes.push((lane, expired)),
            (None, None, Some(_)) => return Ok(Heads::Runs),
            (None, None, None) => return Ok(Heads::NoQueue),
        }
    }
    Ok(Heads::Taken { messages, lanes })
}

/// A message that has a body, or refers to an event in this database and gets the event's wire form. One whose event is
/// gone, or cannot be read, has none.
fn message(row: &PgRow, queue: &Arc<str>, token: i64) -> sqlx::Result<(i64, Delivered)> {
    let position = row.try_get(0)?;
    let body: Arc<str> = match row.try_get::<Option<&str>, _>(2)? {
        Some(body) => Arc::from(body),
        None => rows::event_at(row, 4).map_or_else(|_| "".into(), |(_, envelope)| envelope.to_json().into()),
    };
    Ok((position, delivered(queue, position, row.try_get(1)?, body, row.try_get(3)?, token)))
}
