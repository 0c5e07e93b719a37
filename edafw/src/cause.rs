//! Why events are published: what they carry of the act or the delivery that brought them about.

use edafw_core::{Envelope, EventId};
use uuid::Uuid;

/// What an event takes over from its cause.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// Shared by everything that one act set off; `None` starts a flow of its own.
    pub(crate) correlation_id: Option<Uuid>,
    /// The event whose subscriber publishes.
    pub(crate) causation_id: Option<EventId>,
    /// The W3C trace context: `traceparent`.
    pub(crate) trace_parent: Option<String>,
    /// And `tracestate`, where there is one.
    pub(crate) trace_state: Option<String>,
}

impl Cause {
    /// An event, whose subscriber publishes others.
    pub(crate) fn of<T>(envelope: &Envelope<T>) -> Self {
        Self {
            correlation_id: Some(envelope.correlation_id),
            causation_id: Some(envelope.id),
            trace_parent: envelope.trace_parent.clone(),
            trace_state: envelope.trace_state.clone(),
        }
    }
}
