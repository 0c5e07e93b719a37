//! Running a subscriber on events that come from the event store and not from a queue.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, DecodeError, DeliveryStore, EventId, Failure, InboxEntry, InboxState, Receipt, Result,
    StoredEvent, Transaction,
};

use super::alone::Ended;
use super::consumer::Consumer;
use super::incoming::{Incoming, Member};
use super::stats::Stats;
use crate::App;
use crate::app::Registered;
use crate::registry::Decoded;

/// A subscriber without its queue.
pub(crate) struct Rerun<B: Backend> {
    consumer: Consumer<B>,
    member: Member,
}

/// An event of the past on its way to the subscriber.
pub(crate) struct Past {
    pub(crate) position: i64,
    incoming: Incoming,
    pub(crate) entry: InboxEntry,
}

impl Past {
    /// The event's id.
    pub(crate) fn id(&self) -> EventId {
        self.incoming.envelope.id
    }
}

impl<B: Backend> Rerun<B> {
    pub(crate) fn new(app: App<B>, registered: Registered) -> Self {
        let transport = Arc::clone(app.transport(registered.channel));
        let member = Member { counters: Stats::default().counters(&registered.name), registered };
        let queue = Arc::from(member.registered.queue.as_str());
        let consumer = Consumer::new(app, transport, queue, vec![member.clone()], Arc::default());
        Self { consumer, member }
    }

    /// The subscriber's name.
    pub(crate) fn name(&self) -> &str {
        &self.member.registered.name
    }

    /// The event as if it was just received for the first time.
    pub(crate) fn past(&self, stored: StoredEvent) -> Past {
        let position = stored.position;
        let receipt = Receipt {
            queue: Arc::clone(&self.consumer.queue),
            handle: format!("position {position}").into(),
            lane: None,
            token: 0,
        };
        let incoming = Incoming { receipt, receive_count: 1, body: Arc::from(""), envelope: stored.envelope };
        Past { position, entry: incoming.entry(&self.member), incoming }
    }

    /// Whether the event is to be handled.
    pub(crate) async fn is_new(&self, past: &Past) -> Result<bool> {
        let known = self.consumer.app.store().look_up(std::slice::from_ref(&past.entry)).await?;
        Ok(known.first() == Some(&InboxState::New))
    }

    /// Decodes the event for a call with it alone.
    pub(crate) fn decode(&self, past: &Past) -> Result<Decoded, DecodeError> {
        past.incoming.decode_alone(&self.member)
    }

    /// Handles events in one transaction: how many were handled, or `None` if nothing took effect, because one of them
    /// failed or the subscriber shares no commits.
    pub(crate) async fn together(&self, past: Vec<Past>) -> Result<Result<usize, Vec<Past>>> {
        let Some(member) = self.consumer.sharing() else { return Ok(Err(past)) };
        let (others, incoming): (Vec<_>, Vec<_>) =
            past.into_iter().map(|one| ((one.position, one.entry), one.incoming)).unzip();
        if let Some(handled) = self.consumer.commit_shared(member, &incoming).await? {
            return Ok(Ok(handled));
        }
        let again = |((position, entry), incoming)| Past { position, incoming, entry };
        Ok(Err(others.into_iter().zip(incoming).map(again).collect()))
    }

    /// One attempt, in a transaction of its own.
    pub(crate) async fn alone(
        &self,
        past: &Past,
        event: &(dyn Any + Send + Sync),
        attempt: u32,
    ) -> Result<(), Ended> {
        let Past { incoming, entry, .. } = past;
        self.consumer.run(&self.member, incoming, event, attempt, entry, None).await.map(drop)
    }

    /// How long to wait until the next attempt; `None` where there is none.
    pub(crate) fn pause(&self, failure: &Failure, attempt: u32) -> Option<Duration> {
        let most = self.member.registered.options.retry.max_attempts.get();
        let again = !failure.is_permanent() && attempt < most;
        again.then(|| self.consumer.delay(&self.member, attempt, failure.disposition()))
    }

    /// Writes down that the event is done with, although nothing was done about it.
    pub(crate) async fn leave_out(&self, past: &Past) -> Result<()> {
        let mut tx = self.consumer.app.begin().await?;
        match tx.inner()?.record(std::slice::from_ref(&past.entry)).await {
            Ok(()) => tx.commit().await,
            Err(error) => {
                tx.rollback().await;
                // Another process runs the same replay.
                if error.is_fenced() { Ok(()) } else { Err(error) }
            }
        }
    }
}
