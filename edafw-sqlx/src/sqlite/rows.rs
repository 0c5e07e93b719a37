//! Events between Rust and their rows.

use std::collections::BTreeMap;

use edafw_core::{Channel, Envelope, NewEvent, RawEnvelope, from_millis, to_millis};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};
use uuid::Uuid;

/// The fields of an envelope that have no column of their own.
#[derive(Serialize, Deserialize)]
struct Headers {
    idempotencykey: String,
    correlationid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    /// What a later version may have written.
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// A statement with its parameters.
type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// The events as the JSON array that `store_events.sql` takes: one inner array per event.
pub(super) fn to_json(events: &[NewEvent]) -> String {
    let rows: Vec<_> = events
        .iter()
        .map(|NewEvent { channel, envelope }| {
            (
                envelope.id,
                channel.as_str(),
                &envelope.source,
                &envelope.name,
                envelope.version,
                &envelope.key,
                to_millis(envelope.time),
                envelope.data.get(),
                headers(envelope),
            )
        })
        .collect();
    json(&rows)
}

/// Binds one event to `store_event.sql`: most transactions publish one, and need no JSON around it.
pub(super) fn bind<'q>(query: Statement<'q>, event: &NewEvent, now: i64) -> Statement<'q> {
    let NewEvent { channel, envelope } = event;
    query
        .bind(envelope.id.to_string())
        .bind(channel.as_str())
        .bind(envelope.source.clone())
        .bind(envelope.name.clone())
        .bind(envelope.version)
        .bind(envelope.key.clone())
        .bind(to_millis(envelope.time))
        .bind(envelope.data.get().to_owned())
        .bind(headers(envelope))
        .bind(now)
}

fn headers(envelope: &RawEnvelope) -> String {
    json(&Headers {
        idempotencykey: envelope.idempotency_key.clone(),
        correlationid: envelope.correlation_id,
        causationid: envelope.causation_id,
        traceparent: envelope.trace_parent.clone(),
        others: BTreeMap::new(),
    })
}

/// Anything as a JSON parameter.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("text, numbers and lists of them always serialise")
}

/// Many small rows as one text: each row that the driver hands over by itself wakes a task.
pub(super) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> sqlx::Result<T> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Reads `position, event_id, channel, source, name, version, key, time, payload, headers`.
pub(super) fn event(row: &SqliteRow) -> sqlx::Result<(i64, Channel, RawEnvelope)> {
    let decode = |column: &str, error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: error,
    };
    let position = row.try_get(0)?;
    let id: Uuid = row.try_get::<&str, _>(1)?.parse().map_err(|error| decode("event_id", Box::new(error)))?;
    let channel = match row.try_get::<&str, _>(2)? {
        "internal" => Channel::Internal,
        "external" => Channel::External,
        other => return Err(decode("channel", format!("`{other}` is not a channel").into())),
    };
    let data = RawValue::from_string(row.try_get(8)?).map_err(|error| decode("payload", error.into()))?;
    let headers: Headers =
        serde_json::from_str(row.try_get(9)?).map_err(|error| decode("headers", error.into()))?;
    let mut envelope = Envelope::new(
        id,
        row.try_get::<String, _>(3)?,
        row.try_get::<String, _>(4)?,
        row.try_get::<i64, _>(5)? as u32,
        data,
    );
    envelope.key = row.try_get(6)?;
    envelope.time = from_millis(row.try_get(7)?);
    envelope.idempotency_key = headers.idempotencykey;
    envelope.correlation_id = headers.correlationid;
    envelope.causation_id = headers.causationid;
    envelope.trace_parent = headers.traceparent;
    Ok((position, channel, envelope))
}

/// A fencing token that nobody else has: 62 random bits.
pub(super) fn new_token() -> i64 {
    (Uuid::now_v7().as_u64_pair().1 & (u64::MAX >> 2)) as i64
}
