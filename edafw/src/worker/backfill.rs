//! Sending the past to a queue: of a subscriber that starts at the beginning, or of one that missed something.

use std::sync::Arc;

use edafw_core::{
    Backend, Channel, DeliveryStore, Destination, EventQuery, EventStore, InboxEntry, Message, Result,
    Transaction,
};

use crate::App;
use crate::app::{RESERVED, Registered};

impl<B: Backend> App<B> {
    /// The subscribers that start at the beginning, each with the row that says what is left to do: an attempt
    /// is to be backfilled, and an inbox row is.
    fn latecomers(&self) -> impl Iterator<Item = (Registered, InboxEntry)> {
        let starts = |one: &Registered| one.options.from_beginning && one.channel == Channel::Internal;
        self.registry().workers().into_iter().filter(starts).map(|one| {
            let entry = InboxEntry {
                subscriber: Arc::clone(&one.name),
                source: self.service().to_owned(),
                name: format!("{RESERVED}backfill"),
                idempotency_key: one.queue.clone(),
                key: None,
            };
            (one, entry)
        })
    }

    /// Writes down, before the queue exists, that it gets the events of the past: who comes after a death
    /// finds the queue and could not tell.
    pub(super) async fn intend_to_backfill(&self, queue: &str) -> Result<()> {
        for (_, entry) in self.latecomers().filter(|(one, _)| one.queue == queue) {
            self.store().record_failure(&entry, 0, "to be backfilled").await?;
        }
        Ok(())
    }

    /// Sends the events of the past to the queues that are to get them.
    pub(super) async fn backfill(&self) -> Result<()> {
        for (one, entry) in self.latecomers() {
            if self.store().attempt(&entry).await?.is_none() {
                continue;
            }
            let sent = self.reconcile(&one.name, None).await?;
            tracing::info!(subscriber = &*one.name, events = sent, "starts at the beginning");
            let mut tx = self.begin().await?;
            match tx.inner()?.record(&[entry]).await {
                Ok(()) => tx.commit().await?,
                // Another worker has done the same meanwhile.
                Err(error) if error.is_fenced() => tx.rollback().await,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends every stored event that `subscriber` has no inbox row for to its queue alone, such as those that it
    /// missed while its subscription was missing; answers how many. Events that are still to be sent are left
    /// to the relay. What already waits in the queue is sent a second time, and takes effect once.
    ///
    /// # Errors
    /// There is no such subscriber; the database or the transport could not be reached.
    pub async fn reconcile(&self, subscriber: &str, since: Option<std::time::SystemTime>) -> Result<usize> {
        self.reconcile_by_page(subscriber, since, &mut |_| {}).await
    }

    /// [`reconcile`](Self::reconcile), telling `progress` the number so far after each page.
    pub(crate) async fn reconcile_by_page(
        &self,
        subscriber: &str,
        since: Option<std::time::SystemTime>,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Result<usize> {
        let Some(one) = self.registry().workers().into_iter().find(|one| &*one.name == subscriber) else {
            return Err(edafw_core::Error::new(
                edafw_core::ErrorKind::NotFound,
                format!("there is no subscriber `{subscriber}`; see `list`"),
            ));
        };
        let event_type = one.event.event_type;
        let transport = self.transport(one.channel);
        let mut query = EventQuery {
            names: std::iter::once(event_type.name)
                .chain(event_type.formerly.iter().copied())
                .map(str::to_owned)
                .collect(),
            channel: Some(one.channel),
            missing_at: Some(subscriber.to_owned()),
            since,
            limit: Some(transport.limits().batch),
            ..EventQuery::default()
        };
        let destination = Destination::Queue(one.queue.clone());
        let mut sent = 0;
        loop {
            let page = self.store().events(&query).await?;
            let Some(last) = page.last() else { return Ok(sent) };
            query.after = Some(last.position);
            let messages: Vec<Message> = page
                .iter()
                .filter(|event| event.state != edafw_core::EventState::Stored)
                .map(|event| Message {
                    id: event.envelope.id,
                    name: event.envelope.name.clone(),
                    key: event.envelope.key.clone(),
                    generation: event.generation + 1,
                    body: event.envelope.to_json(),
                })
                .collect();
            for result in transport.publish(&destination, &messages).await? {
                result?;
                sent += 1;
            }
            progress(sent);
        }
    }
}
