//! The fields of an envelope that have no column of their own.

use std::collections::BTreeMap;

use edafw_core::RawEnvelope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::json::json;

#[derive(Serialize, Deserialize)]
struct Headers {
    idempotencykey: String,
    correlationid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracestate: Option<String>,
    /// What a later version may have written.
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// They of an envelope, as one JSON text.
pub(crate) fn headers(envelope: &RawEnvelope) -> String {
    json(&Headers {
        idempotencykey: envelope.idempotency_key.clone(),
        correlationid: envelope.correlation_id,
        causationid: envelope.causation_id,
        traceparent: envelope.trace_parent.clone(),
        tracestate: envelope.trace_state.clone(),
        others: BTreeMap::new(),
    })
}

/// Puts them from a stored text into an envelope.
pub(crate) fn read_headers(text: &str, envelope: &mut RawEnvelope) -> Result<(), serde_json::Error> {
    let headers: Headers = serde_json::from_str(text)?;
    envelope.idempotency_key = headers.idempotencykey;
    envelope.correlation_id = headers.correlationid;
    envelope.causation_id = headers.causationid;
    envelope.trace_parent = headers.traceparent;
    envelope.trace_state = headers.tracestate;
    Ok(())
}
