//! The embedded transport as events of the same database use it: messages go to a topic as stored events, by the short
//! way, so that those sent together share rows.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, BoxFuture, Channel, Delivered, Destination, EventStore, ExtendLease, Limits, ManualClock,
    Message, Provision, QueueDepth, RawEnvelope, Receipt, Result, Transaction, Transport,
};
use edafw_sqlx::{Postgres, PostgresStore};
use edafw_testkit::{TransportFixture, TransportTraits, new_event};
use serde_json::value::{RawValue, to_raw_value};

use super::{OnAServer, open};

/// A place whose messages are events.
pub struct ByEvents(OnAServer);

impl TransportFixture for ByEvents {
    /// A delay is the whole run's.
    const TRAITS: TransportTraits =
        TransportTraits { delays_single_messages: false, ..<OnAServer as TransportFixture>::TRAITS };

    fn create() -> BoxFuture<'static, Self> {
        Box::pin(async { Self(OnAServer::new().await) })
    }

    fn connect<'a>(&'a self, clock: &'a Arc<ManualClock>) -> BoxFuture<'a, Arc<dyn Transport>> {
        Box::pin(async {
            let store = open(&self.0.address(), clock).await;
            EventStore::migrate(&*store).await.expect("the schema is created");
            let transport = Postgres::embedded_transport(&store);
            Arc::new(Short { store, transport }) as _
        })
    }

    fn pass<'a>(&'a self, clock: &'a ManualClock, by: Duration) -> BoxFuture<'a, ()> {
        self.0.pass(clock, by)
    }

    fn check(&self) -> BoxFuture<'_, ()> {
        self.0.check()
    }
}

/// The transport of a store, and the short way to it.
#[derive(Debug)]
struct Short {
    store: Arc<PostgresStore>,
    transport: Arc<dyn Transport>,
}

impl Short {
    async fn store(&self, topic: &str, messages: &[Message]) -> Result<()> {
        let events: Vec<_> = messages
            .iter()
            .zip(0..)
            .map(|(message, number)| {
                let mut event = new_event(message.key.as_deref(), number);
                event.envelope.name.clone_from(&message.name);
                event.envelope.data = to_raw_value(&message.body).expect("a text is JSON");
                event
            })
            .collect();
        let mut tx = Postgres::begin(&self.store).await?;
        tx.prepare_commit(&events).await?;
        tx.commit(true).await.expect("the events are stored");
        let own = self.store.own_queues().expect("queues of its own");
        let topics = [(Channel::Internal, topic.to_owned())];
        // Another handle's turn may have these events.
        while self.store.has_unsent().await? {
            own.send(&topics, 500, None).await?;
        }
        Ok(())
    }
}

impl Transport for Short {
    fn name(&self) -> &'static str {
        self.transport.name()
    }

    fn identity(&self) -> &str {
        self.transport.identity()
    }

    fn limits(&self) -> Limits {
        self.transport.limits()
    }

    fn publish<'a>(
        &'a self,
        to: &'a Destination,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        Box::pin(async move {
            let Destination::Topic(topic) = to else { return self.transport.publish(to, messages).await };
            self.store(topic, messages).await?;
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
        Box::pin(async move {
            let mut delivered = self.transport.receive(queue, max, lease, wait).await?;
            for one in &mut delivered {
                if let Some(body) = RawEnvelope::from_json(&one.body).ok().and_then(|event| text(&event.data))
                {
                    one.body = body.into();
                }
            }
            Ok(delivered)
        })
    }

    fn acknowledge<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        self.transport.acknowledge(receipts)
    }

    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        self.transport.release(receipts)
    }

    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>> {
        self.transport.retry(receipt, delay)
    }

    fn extend_lease(&self) -> Option<&dyn ExtendLease> {
        self.transport.extend_lease()
    }

    fn provision(&self) -> Option<&dyn Provision> {
        self.transport.provision()
    }

    fn queue_depth(&self) -> Option<&dyn QueueDepth> {
        self.transport.queue_depth()
    }
}

fn text(data: &RawValue) -> Option<String> {
    serde_json::from_str(data.get()).ok()
}
