//! The embedded transport: queues as tables, and lanes as the unit that a receiver takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use edafw_core::{
    BoxFuture, Delivered, Destination, ExtendLease, Limits, Message, Provision, QueueDepth, Receipt, Result,
    Transport,
};
use sqlx::Row;

use super::connection::again;
use super::lane::{self, Lanes};
use super::rows;
use super::script::{Literal, Script, Tuple};
use super::store::MySqlStore;
use crate::boxed::boxed;
use crate::receipts::{Removal, no_such_queue};

impl Transport for MySqlStore {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    /// A body with a backslash takes twice its bytes on the way to the server, which takes 16 MiB by default.
    fn limits(&self) -> Limits {
        Limits { batch: 500, receive: 1_000, message_bytes: 7 * 1024 * 1024, failed_entry_fails_key: true }
    }

    fn publish<'a>(
        &'a self,
        to: &'a Destination,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        boxed(async move {
            let queues = again(|| self.send(to, messages)).await?;
            for queue in &queues {
                self.doorbell.ring(queue);
            }
            let missing = match to {
                Destination::Queue(name) if queues.is_empty() => Some(name),
                _ => None,
            };
            Ok(messages.iter().map(|_| missing.map_or(Ok(()), |name| Err(no_such_queue(name)))).collect())
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
            if receipts.is_empty() {
                return Ok(Vec::new());
            }
            let (removed, freed) = again(|| self.remove(receipts)).await?;
            for queue in &freed {
                self.doorbell.ring(queue);
            }
            Ok(removed.into_iter().map(Removal::answer).collect())
        })
    }

    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            again(|| self.give_back(receipts, None)).await?;
            for receipt in receipts {
                self.doorbell.ring(&receipt.queue);
            }
            Ok(())
        })
    }

    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>> {
        boxed(async move {
            again(|| self.give_back(std::slice::from_ref(receipt), Some(delay))).await?;
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

impl MySqlStore {
    /// Puts messages into the queues that get them; answers which.
    async fn send(&self, to: &Destination, messages: &[Message]) -> Result<BTreeSet<String>> {
        let mut work = self.framework.work("send messages").await?;
        let mut script = Script::begin();
        let routes = match to {
            Destination::Topic(topic) => script.add(include_str!("sql/routes_of_topic.sql"), &[topic]),
            Destination::Queue(queue) => script.add(include_str!("sql/route_to_queue.sql"), &[queue]),
        };
        let answers = work.run(script).await?;
        let to_one = matches!(to, Destination::Queue(_));
        let routes = answers
            .rows(routes)
            .iter()
            .map(|row| Ok((row.try_get(1)?, row.try_get(0)?, row.try_get::<i64, _>(2)? != 0)))
            .collect::<sqlx::Result<Vec<(String, String, bool)>>>()
            .map_err(work.failed())?;
        let queues: BTreeMap<&str, bool> =
            routes.iter().map(|(queue, _, ordered)| (&**queue, *ordered)).collect();
        let bound: BTreeSet<(&str, &str)> =
            routes.iter().map(|(queue, event, _)| (&**queue, &**event)).collect();
        let mut sent = Vec::new();
        for (queue, ordered) in &queues {
            let gets = |message: &Message| {
                bound.contains(&(*queue, "*")) || bound.contains(&(*queue, &*message.name))
            };
            for message in messages.iter().filter(|message| to_one || gets(message)) {
                sent.push((*queue, message.key.as_deref().filter(|_| *ordered), &*message.body));
            }
        }
        let now = self.now();
        let lanes: BTreeSet<(&str, &str)> =
            sent.iter().filter_map(|(queue, lane, _)| Some((*queue, (*lane)?))).collect();
        let mut script = Script::default();
        if !lanes.is_empty() {
            let lanes: Vec<Tuple<'_>> =
                lanes.iter().map(|(queue, lane)| Tuple(vec![queue, lane, &now])).collect();
            script.add(include_str!("sql/send_lanes.sql"), &[&lanes.as_slice()]);
        }
        for piece in rows::pieces(&sent, |(_, _, body)| body.len() + 100) {
            if script.len() > rows::PACKET / 2 {
                work.run(std::mem::take(&mut script)).await?;
            }
            let visible: Vec<_> = piece.iter().map(|(_, lane, _)| lane.is_none().then_some(now)).collect();
            let piece: Vec<Tuple<'_>> = piece
                .iter()
                .zip(&visible)
                .map(|((queue, lane, body), visible)| {
                    let values: Vec<&dyn Literal> = vec![queue, lane, body, visible];
                    Tuple(values)
                })
                .collect();
            script.add(include_str!("sql/send_messages.sql"), &[&piece.as_slice()]);
        }
        work.run(script.commit()).await?;
        work.end();
        Ok(sent.iter().map(|(queue, ..)| (*queue).to_owned()).collect())
    }

    async fn remove(&self, receipts: &[Receipt]) -> Result<(Vec<Removal>, BTreeSet<String>)> {
        let mut work = self.framework.work("acknowledge messages").await?;
        let mut lanes = Lanes::of(receipts);
        let answers = work.run(lanes.remove(Script::begin())).await?;
        let mut removed = lanes.removed(&answers, receipts).map_err(work.failed())?;
        if lanes.have_moved() {
            let answers = work.run(lanes.remove(Script::default())).await?;
            removed = lane::later(removed, lanes.removed(&answers, receipts).map_err(work.failed())?);
        }
        let script = lanes.follow_up(Script::default(), self.now()).unwrap_or_default();
        work.run(script.commit()).await?;
        work.end();
        Ok((removed, lanes.freed()))
    }

    async fn give_back(&self, receipts: &[Receipt], delay: Option<Duration>) -> Result<()> {
        if receipts.is_empty() {
            return Ok(());
        }
        let mut work = self.framework.work("give messages back").await?;
        let mut lanes = Lanes::of(receipts);
        let answers = work.run(lanes.look(Script::begin())).await?;
        lanes.read(&answers).map_err(work.failed())?;
        if lanes.have_moved() {
            let answers = work.run(lanes.look(Script::default())).await?;
            lanes.read(&answers).map_err(work.failed())?;
        }
        work.run(lanes.give_back(Script::default(), self.now(), delay).commit()).await?;
        work.end();
        Ok(())
    }

    async fn extend_now(&self, receipts: &[Receipt], lease: Duration) -> Result<Vec<Receipt>> {
        let mut work = self.framework.work("extend leases").await?;
        let mut lanes = Lanes::of(receipts);
        let answers = work.run(lanes.look(Script::begin())).await?;
        lanes.read(&answers).map_err(work.failed())?;
        if lanes.have_moved() {
            let answers = work.run(lanes.look(Script::default())).await?;
            lanes.read(&answers).map_err(work.failed())?;
        }
        work.run(lanes.extend(Script::default(), &self.after(lease)).commit()).await?;
        work.end();
        Ok(receipts.iter().filter(|receipt| !lanes.holds(receipt)).cloned().collect())
    }
}

impl ExtendLease for MySqlStore {
    fn extend<'a>(&'a self, receipts: &'a [Receipt], lease: Duration) -> BoxFuture<'a, Result<Vec<Receipt>>> {
        boxed(async move {
            if receipts.is_empty() {
                return Ok(Vec::new());
            }
            again(|| self.extend_now(receipts, lease)).await
        })
    }
}

impl QueueDepth for MySqlStore {
    fn depth<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<u64>> {
        boxed(async move {
            let doing = "count messages";
            let answers =
                self.framework.once(doing, Script::of(include_str!("sql/depth.sql"), &[&queue])).await?;
            let depth: i64 =
                answers.first_row().and_then(|row| row.try_get(0)).map_err(super::error::database(doing))?;
            Ok(depth as u64)
        })
    }
}
