//! An event on its way into a transaction: everything of it that does not depend on its Rust type.

use std::any::{Any, TypeId};
use std::sync::Arc;
use std::time::SystemTime;

use edafw_core::{
    Channel, DomainEvent, Envelope, Error, ErrorKind, Event, EventId, EventType, ExternalEvent, Failure,
    KEY_CHARS, NewEvent, Result, from_millis, to_millis,
};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::cause::Cause;

/// Where an event comes from: the act or the delivery that publishes it.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The publishing service.
    pub source: &'a str,
    /// When.
    pub time: SystemTime,
    /// Why.
    pub cause: &'a Cause,
}

/// A serialised event with its typed envelope.
pub struct Prepared {
    /// Name, version and the rest of what is constant.
    pub(crate) event_type: EventType,
    /// The Rust type, by which application subscribers are found.
    pub(crate) type_id: TypeId,
    /// The key that the event declares; `None` where each publication is an act of its own.
    pub(crate) declared_key: Option<String>,
    /// What is stored.
    pub(crate) stored: NewEvent,
    /// The `Envelope<E>` that application subscribers get.
    pub(crate) envelope: Arc<dyn Any + Send + Sync>,
}

impl Prepared {
    /// Prepares a domain event.
    ///
    /// # Errors
    /// The payload cannot be written as JSON, or a key cannot be stored.
    pub fn domain<E: DomainEvent>(event: E, origin: &Origin<'_>) -> Result<Self> {
        let id = Uuid::now_v7();
        Self::new(event, id, Channel::Internal, origin)
    }

    /// Prepares an external event made of `of`. Its id is derived from the domain event's id and the
    /// contract's name and version (UUID version 5), so that making it twice makes the same event.
    ///
    /// # Errors
    /// The payload cannot be written as JSON, or a key cannot be stored.
    pub fn external<X: ExternalEvent, E>(
        event: X,
        of: &Envelope<E>,
        origin: &Origin<'_>,
    ) -> Result<Self, Failure> {
        let contract = format!("{} {}", X::TYPE.name, X::TYPE.version);
        let id = Uuid::new_v5(&of.id, contract.as_bytes());
        let mut prepared = Self::new(event, id, Channel::External, origin).map_err(Failure::permanent)?;
        // A contract that names no key of its own is ordered as the domain event is.
        if prepared.stored.envelope.key.is_none() {
            prepared.stored.envelope.key.clone_from(&of.key);
        }
        prepared.stored.envelope.time = of.time;
        Ok(prepared)
    }

    fn new<E: Event>(event: E, id: EventId, channel: Channel, origin: &Origin<'_>) -> Result<Self> {
        let data = serde_json::to_string(&event).and_then(RawValue::from_string).map_err(|error| {
            Error::new(
                ErrorKind::Payload,
                format!("`{}` cannot be written as JSON; every map key must be text", E::TYPE.rust_name),
            )
            .caused_by(error)
        })?;
        let (key, declared_key) = (event.key(), event.idempotency_key());
        for (what, text) in [("key", &key), ("idempotency key", &declared_key)] {
            check_key(E::TYPE.rust_name, what, text.as_deref().unwrap_or_default())?;
        }
        let mut envelope = Envelope::new(id, origin.source, E::TYPE.name, E::TYPE.version, event);
        envelope.key = key;
        envelope.time = from_millis(to_millis(origin.time));
        if let Some(key) = &declared_key {
            envelope.idempotency_key.clone_from(key);
        }
        let cause = origin.cause;
        envelope.correlation_id = cause.correlation_id.unwrap_or(id);
        envelope.causation_id = cause.causation_id;
        envelope.trace_parent.clone_from(&cause.trace_parent);
        envelope.trace_state.clone_from(&cause.trace_state);
        Ok(Self {
            event_type: E::TYPE,
            type_id: TypeId::of::<E>(),
            declared_key,
            stored: NewEvent { channel, envelope: envelope.with_data(data) },
            envelope: Arc::new(envelope),
        })
    }
}

/// Refuses what a database cannot keep, or would keep cut off. The text itself stays out of the message: keys
/// name people.
fn check_key(rust_name: &str, what: &str, text: &str) -> Result<()> {
    let characters = text.chars().count();
    let reason = if characters > KEY_CHARS {
        format!(
            "has {characters} characters; at most {KEY_CHARS} can be stored: publish a number or a digest instead"
        )
    } else if text.contains('\0') {
        "holds the character U+0000, which databases cannot store as text".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Payload, format!("the {what} of `{rust_name}` {reason}")))
}
