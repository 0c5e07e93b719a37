//! Reading the event store as the history of the domain.

use std::time::SystemTime;

use uuid::Uuid;

use crate::{Channel, EventId, RawEnvelope};

/// Which events to read; every field that is set narrows the selection.
///
/// `id`, `key` and `correlation_id` are looked up in an index. The others are compared with every event behind `after`
/// that these leave.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Only this event.
    pub id: Option<EventId>,
    /// Only of this subject.
    pub key: Option<String>,
    /// Only of these names; empty for all.
    pub names: Vec<String>,
    /// Only what one act set off: events with this correlation id.
    pub correlation_id: Option<Uuid>,
    /// Only this channel.
    pub channel: Option<Channel>,
    /// Only events that happened at this time or later.
    pub since: Option<SystemTime>,
    /// Only events that happened before this time.
    pub until: Option<SystemTime>,
    /// Only in this state.
    pub state: Option<EventState>,
    /// Only events that this subscriber has no inbox row for.
    pub missing_at: Option<String>,
    /// Archived events, too. Default no.
    pub archived: bool,
    /// Only behind this position: the last one of the page before.
    pub after: Option<i64>,
    /// How many, at most. `None` for 100.
    pub limit: Option<usize>,
}

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventState {
    /// Committed, not yet accepted by the transport.
    Stored,
    /// Accepted by the transport.
    Sent,
    /// Polled back by the recorder.
    Published,
    /// Sent again for so long without confirmation that the republisher gave up.
    Exhausted,
}

impl EventState {
    /// The name as commands print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Sent => "sent",
            Self::Published => "published",
            Self::Exhausted => "exhausted",
        }
    }
}

/// An event as the store has it.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its place in the store: the order of commits of one key.
    pub position: i64,
    /// Where it goes.
    pub channel: Channel,
    /// The event. The payload is `null` once it was redacted.
    pub envelope: RawEnvelope,
    /// How far it has come.
    pub state: EventState,
    /// When it was stored.
    pub stored_at: SystemTime,
    /// When it was confirmed: when the recorder polled it back, or where acceptance is enough, when it was sent.
    pub published_at: Option<SystemTime>,
    /// Which send it is at, counted from 0.
    pub generation: u32,
    /// Why the last send failed.
    pub last_error: Option<String>,
}
