//! A received message on its way to the subscribers of its queue.

use std::sync::Arc;

use edafw_core::{DecodeError, Delivered, InboxEntry, RawEnvelope, Receipt};

use crate::app::Registered;
use crate::cause::Cause;
use crate::registry::Decoded;
use crate::worker::stats::Counters;

/// A subscriber of a queue, with its counters.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) registered: Registered,
    pub(crate) counters: Arc<Counters>,
}

impl Member {
    /// Whether this subscriber takes the event: by name, and for contracts by the service that gives them.
    fn takes(&self, envelope: &RawEnvelope) -> bool {
        let event_type = &self.registered.event.event_type;
        event_type.answers_to(&envelope.name)
            && (self.registered.channel == edafw_core::Channel::Internal
                || event_type.source == envelope.source)
    }
}

/// A message whose envelope could be read.
pub(crate) struct Incoming {
    pub(crate) receipt: Receipt,
    pub(crate) receive_count: u32,
    pub(crate) body: Arc<str>,
    pub(crate) envelope: RawEnvelope,
}

impl Incoming {
    /// Reads the envelope; gives the message back with the reason if it has none.
    pub(crate) fn read(delivered: Delivered) -> Result<Self, Box<(Delivered, DecodeError)>> {
        match RawEnvelope::from_json(&delivered.body) {
            Ok(envelope) => Ok(Self {
                receipt: delivered.receipt,
                receive_count: delivered.receive_count,
                body: delivered.body,
                envelope,
            }),
            Err(error) => Err(Box::new((delivered, error))),
        }
    }

    /// Whether nobody has received it before.
    pub(crate) fn is_fresh(&self) -> bool {
        self.receive_count <= 1
    }

    /// The subscribers that take it.
    pub(crate) fn takers<'a>(&'a self, members: &'a [Member]) -> impl Iterator<Item = &'a Member> {
        members.iter().filter(|member| member.takes(&self.envelope))
    }

    /// The effect that `member` has on it.
    ///
    /// The event's present name is used, so that an event that was renamed while it was on its way is still
    /// the same act.
    pub(crate) fn entry(&self, member: &Member) -> InboxEntry {
        InboxEntry {
            subscriber: Arc::clone(&member.registered.name),
            source: self.envelope.source.clone(),
            name: member.registered.event.event_type.name.to_owned(),
            idempotency_key: self.envelope.idempotency_key.clone(),
            key: self.envelope.key.clone(),
        }
    }

    /// Decodes the payload for `member`.
    pub(crate) fn decode(&self, member: &Member) -> Result<Decoded, DecodeError> {
        (member.registered.event.decode)(&self.envelope)
    }

    /// Decodes the payload for a call of `member` with this event alone.
    pub(crate) fn decode_alone(&self, member: &Member) -> Result<Decoded, DecodeError> {
        let event = self.decode(member)?;
        Ok(match member.registered.options.batch {
            None => event,
            Some(_) => (member.registered.event.collect)(vec![event]),
        })
    }

    /// What the events are caused by that a subscriber publishes.
    pub(crate) fn cause(&self) -> Cause {
        Cause::of(&self.envelope)
    }
}
