//! The one shape that every event has in every layer, and its bytes.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::event::upcast_to;
use crate::{Event, EventId, from_millis, to_millis};

/// An event with everything that is known about it: who published it, when, about whom, and why.
///
/// A subscriber takes `&OrderPaid`, or `&Envelope<OrderPaid>` where it wants these fields too. On the wire an
/// envelope is a CloudEvents 1.0 event in JSON; see [`RawEnvelope::to_json`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// Unique for every publication.
    pub id: EventId,
    /// The service that published it.
    pub source: String,
    /// The event's stable name: what happened.
    pub name: String,
    /// The version of the payload's shape.
    pub version: u32,
    /// Whom it happened to: the publishing subject and unit of order.
    pub key: Option<String>,
    /// When it happened, in whole milliseconds.
    pub time: SystemTime,
    /// Equal for two publications of the same act.
    pub idempotency_key: String,
    /// Shared by everything that one act set off.
    pub correlation_id: Uuid,
    /// The event whose subscriber published this one.
    pub causation_id: Option<EventId>,
    /// The W3C trace context (`traceparent`) of the publishing act.
    pub trace_parent: Option<String>,
    /// What goes with it for the tracing systems involved (`tracestate`).
    pub trace_state: Option<String>,
    /// What changed.
    pub data: T,
}

/// An envelope whose payload has not been decoded: JSON text as it was stored.
pub type RawEnvelope = Envelope<Box<RawValue>>;

/// Why a stored event cannot be handed to a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The payload does not have the shape that the subscriber's version of the event has.
    #[error("`{name}` version {version} could not be decoded: {reason}")]
    Payload {
        /// The event's name.
        name: String,
        /// The version that the payload claims to have.
        version: u32,
        /// What the decoder said.
        reason: String,
    },
    /// The payload was erased.
    #[error("the payload of this `{name}` was erased")]
    Redacted {
        /// The event's name.
        name: String,
    },
    /// The event is of a version that this binary does not know yet.
    #[error("`{name}` has version {version}, this binary knows versions up to {known}")]
    NewerVersion {
        /// The event's name.
        name: String,
        /// The version that the event has.
        version: u32,
        /// The newest version that this binary knows.
        known: u32,
    },
    /// No subscriber of this binary knows the name.
    #[error("no subscriber of this queue knows `{name}`")]
    UnknownName {
        /// The event's name.
        name: String,
    },
    /// The bytes are not an envelope at all.
    #[error("not an event envelope: {reason}")]
    NotAnEnvelope {
        /// What the decoder said.
        reason: String,
    },
}

impl DecodeError {
    /// Whether a newer binary may understand it: such a delivery is given back and waits.
    pub fn may_be_known_later(&self) -> bool {
        matches!(self, Self::NewerVersion { .. } | Self::UnknownName { .. })
    }
}

impl<T> Envelope<T> {
    /// An envelope of its required fields; the others start empty.
    pub fn new(
        id: EventId,
        source: impl Into<String>,
        name: impl Into<String>,
        version: u32,
        data: T,
    ) -> Self {
        Self {
            id,
            source: source.into(),
            name: name.into(),
            version,
            key: None,
            time: SystemTime::UNIX_EPOCH,
            idempotency_key: id.to_string(),
            correlation_id: id,
            causation_id: None,
            trace_parent: None,
            trace_state: None,
            data,
        }
    }

    /// The same envelope around another payload.
    pub fn with_data<U>(&self, data: U) -> Envelope<U> {
        Envelope {
            id: self.id,
            source: self.source.clone(),
            name: self.name.clone(),
            version: self.version,
            key: self.key.clone(),
            time: self.time,
            idempotency_key: self.idempotency_key.clone(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            trace_parent: self.trace_parent.clone(),
            trace_state: self.trace_state.clone(),
            data,
        }
    }
}

impl RawEnvelope {
    /// Decodes the payload as `E`, through `E`'s upcasters if it is of an older version.
    ///
    /// # Errors
    /// [`DecodeError::NewerVersion`] for a version that `E` does not know, [`DecodeError::Redacted`] for a payload that
    /// was erased, [`DecodeError::Payload`] for one that does not have `E`'s shape.
    pub fn decode<E: Event>(&self) -> Result<Envelope<E>, DecodeError> {
        let known = E::TYPE.version;
        if self.version > known {
            return Err(DecodeError::NewerVersion { name: self.name.clone(), version: self.version, known });
        }
        let data = if self.version == known {
            serde_json::from_str(self.data.get()).map_err(|error| error.to_string())
        } else {
            upcast_to::<E>(self)
                .and_then(|data| serde_json::from_value(data).map_err(|error| error.to_string()))
        };
        match data {
            Ok(data) => Ok(self.with_data(data)),
            Err(_) if self.data.get() == "null" => Err(DecodeError::Redacted { name: self.name.clone() }),
            Err(reason) => {
                Err(DecodeError::Payload { name: self.name.clone(), version: self.version, reason })
            }
        }
    }

    /// The wire form: a CloudEvents 1.0 event in JSON structured mode, on one line.
    ///
    /// `type` is the event's name, `subject` its key. Extension attributes carry the rest:
    /// `eventversion`, `idempotencykey`, `correlationid`, `causationid`, and `traceparent` with `tracestate`.
    /// Source: CloudEvents specification 1.0.2, "JSON Event Format", section 3;
    /// for the last two its extension "Distributed Tracing".
    #[expect(clippy::missing_panics_doc, reason = "text, numbers and JSON text always serialise")]
    pub fn to_json(&self) -> String {
        let wire = Wire {
            specversion: "1.0",
            id: self.id,
            source: &self.source,
            kind: &self.name,
            subject: self.key.as_deref(),
            time: rfc3339(self.time),
            datacontenttype: "application/json",
            eventversion: self.version,
            idempotencykey: &self.idempotency_key,
            correlationid: self.correlation_id,
            causationid: self.causation_id,
            traceparent: self.trace_parent.as_deref(),
            tracestate: self.trace_state.as_deref(),
            data: &self.data,
        };
        serde_json::to_string(&wire).expect("text, numbers and JSON text always serialise")
    }

    /// Reads the wire form. Attributes that it does not know are passed over.
    ///
    /// # Errors
    /// [`DecodeError::NotAnEnvelope`] where a required attribute is missing or malformed.
    pub fn from_json(json: &str) -> Result<Self, DecodeError> {
        let not_an_envelope = |reason: String| DecodeError::NotAnEnvelope { reason };
        let wire: WireOwned =
            serde_json::from_str(json).map_err(|error| not_an_envelope(error.to_string()))?;
        if wire.specversion != "1.0" {
            return Err(not_an_envelope(format!("specversion is `{}`, not `1.0`", wire.specversion)));
        }
        let time: Timestamp =
            wire.time.parse().map_err(|error: jiff::Error| not_an_envelope(format!("time: {error}")))?;
        Ok(Self {
            id: wire.id,
            idempotency_key: wire.idempotencykey.unwrap_or_else(|| wire.id.to_string()),
            correlation_id: wire.correlationid.unwrap_or(wire.id),
            source: wire.source,
            name: wire.kind,
            version: wire.eventversion,
            key: wire.subject,
            time: from_millis(time.as_millisecond()),
            causation_id: wire.causationid,
            trace_parent: wire.traceparent,
            trace_state: wire.tracestate,
            data: wire.data,
        })
    }
}

/// A time as RFC 3339 in UTC with milliseconds.
fn rfc3339(time: SystemTime) -> String {
    let timestamp = Timestamp::from_millisecond(to_millis(time)).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{timestamp:.3}")
}

#[derive(Serialize)]
struct Wire<'a> {
    specversion: &'a str,
    id: EventId,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: String,
    datacontenttype: &'a str,
    eventversion: u32,
    idempotencykey: &'a str,
    correlationid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracestate: Option<&'a str>,
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct WireOwned {
    specversion: String,
    id: EventId,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: Option<String>,
    time: String,
    #[serde(default = "first_version")]
    eventversion: u32,
    idempotencykey: Option<String>,
    correlationid: Option<Uuid>,
    causationid: Option<EventId>,
    traceparent: Option<String>,
    tracestate: Option<String>,
    data: Box<RawValue>,
}

fn first_version() -> u32 {
    1
}

#[cfg(test)]
mod tests;
