//! The relay: sends what transactions have stored.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use edafw_core::{
    Backend, Channel, Destination, Error, EventStore, Message, Outgoing, Result, RetryPolicy, SendResult,
    kill, topic_name,
};

use crate::App;

/// Claims unsent events, hands them to the transport, and writes down what became of each.
pub(crate) struct Relay<B: Backend> {
    app: App<B>,
}

impl<B: Backend> Relay<B> {
    pub(crate) fn new(app: App<B>) -> Self {
        Self { app }
    }

    /// Waits until there may be something to send.
    pub(crate) async fn wait(&self, timeout: Duration) {
        self.app.store().wait_for_events(timeout).await;
    }

    /// Sends one claim's worth of events; answers how many it claimed.
    pub(crate) async fn step(&self) -> Result<usize> {
        let settings = self.app.settings();
        if let Some(queues) = self.app.own_queues() {
            let topics = [Channel::Internal, Channel::External]
                .map(|channel| (channel, topic_name(self.app.service(), channel)));
            let recorder = self.app.passed_over();
            let sent = queues.send(&topics, settings.batch, recorder.as_deref()).await?;
            metrics::counter!("edafw_events_sent_total").increment(sent as u64);
            return Ok(sent);
        }
        let claimed = self.app.store().claim(settings.batch, settings.lease).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        kill::point("relay.claimed");
        let count = claimed.len();
        let (results, outage) = self.send(claimed).await;
        kill::point("relay.sent");
        self.app.store().settle(&results).await?;
        kill::point("relay.settled");
        outage.map_or(Ok(count), Err)
    }

    /// Sends events by channel, in batches that the transport takes. When an entry is refused, the later events
    /// of its key are given back; when a batch fails as a whole, all that is left is, and the error says why.
    async fn send(&self, claimed: Vec<Outgoing>) -> (Vec<SendResult>, Option<Error>) {
        let mut results = Vec::with_capacity(claimed.len());
        let mut by_channel: BTreeMap<Channel, Vec<Outgoing>> = BTreeMap::new();
        for event in claimed {
            by_channel.entry(event.channel).or_default().push(event);
        }
        let mut outage = None;
        for (channel, events) in by_channel {
            let transport = self.app.transport(channel);
            let topic = Destination::Topic(topic_name(self.app.service(), channel));
            let mut waiting = HashSet::new();
            for batch in batches(&events, transport.limits()) {
                let waits =
                    |event: &Outgoing| event.envelope.key.as_ref().is_some_and(|key| waiting.contains(key));
                let (held, batch): (Vec<&Outgoing>, Vec<&Outgoing>) =
                    batch.into_iter().partition(|event| outage.is_some() || waits(event));
                results.extend(held.into_iter().map(given_back));
                if batch.is_empty() {
                    continue;
                }
                let messages: Vec<Message> = batch.iter().map(|event| message(event)).collect();
                match transport.publish(&topic, &messages).await {
                    Ok(sent) => {
                        kill::point("relay.accepted");
                        for (event, sent) in batch.into_iter().zip(sent) {
                            if sent.is_err() {
                                waiting.extend(event.envelope.key.clone());
                            }
                            results.push(Self::settlement(event, sent));
                        }
                    }
                    Err(error) => {
                        results.extend(batch.into_iter().map(given_back));
                        outage = Some(error);
                    }
                }
            }
        }
        let sent = results.iter().filter(|result| matches!(result, SendResult::Sent { .. })).count();
        metrics::counter!("edafw_events_sent_total").increment(sent as u64);
        (results, outage)
    }

    fn settlement(event: &Outgoing, sent: Result<()>) -> SendResult {
        let Outgoing { position, token, .. } = *event;
        match sent {
            Ok(()) => SendResult::Sent { position, token },
            Err(error) => {
                let retry_in = RetryPolicy::DEFAULT.delay(event.attempts + 1, fastrand(event.token));
                let error = error.chain();
                let (event, id) = (&event.envelope.name, event.envelope.id);
                tracing::warn!(event, %id, error, "the transport refused an event; its key waits");
                SendResult::Failed { position, token, retry_in, error }
            }
        }
    }
}

/// Some number in 0..1 that differs from claim to claim: jitter needs no more.
fn fastrand(token: i64) -> f64 {
    f64::from((token & 0xffff) as u32) / 65_536.0
}

fn given_back(event: &Outgoing) -> SendResult {
    SendResult::GivenBack { position: event.position, token: event.token }
}

/// Splits events into batches, in order. Where a failed entry does not fail the later entries of its key,
/// a batch holds at most one event of each key.
fn batches(events: &[Outgoing], limits: edafw_core::Limits) -> Vec<Vec<&Outgoing>> {
    let mut batches: Vec<Vec<&Outgoing>> = Vec::new();
    for event in events {
        let fits = |batch: &Vec<&Outgoing>| {
            let key = event.envelope.key.as_deref();
            batch.len() < limits.batch
                && (limits.failed_entry_fails_key
                    || key.is_none()
                    || batch.iter().all(|other| other.envelope.key.as_deref() != key))
        };
        match batches.last_mut().filter(|batch| fits(batch)) {
            Some(batch) => batch.push(event),
            None => batches.push(vec![event]),
        }
    }
    batches
}

fn message(event: &Outgoing) -> Message {
    let envelope = &event.envelope;
    Message {
        id: envelope.id,
        name: envelope.name.clone(),
        key: envelope.key.clone(),
        generation: event.generation,
        body: envelope.to_json(),
    }
}
