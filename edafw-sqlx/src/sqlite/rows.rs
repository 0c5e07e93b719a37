//! Events between Rust and their rows.

use edafw_core::{Channel, Envelope, NewEvent, RawEnvelope, from_millis, to_millis};
use serde_json::value::RawValue;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};
use uuid::Uuid;

use crate::headers::{headers, read_headers};
use crate::json::json;
use crate::states;

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

/// Reads `position, event_id, channel, source, name, version, key, time, payload, headers`.
pub(super) fn event(row: &SqliteRow) -> sqlx::Result<(i64, Channel, RawEnvelope)> {
    let decode = |column: &str, error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: error,
    };
    let position = row.try_get(0)?;
    let id: Uuid = row.try_get::<&str, _>(1)?.parse().map_err(|error| decode("event_id", Box::new(error)))?;
    let channel = states::channel(row.try_get(2)?).map_err(|error| decode("channel", error.into()))?;
    let data = RawValue::from_string(row.try_get(8)?).map_err(|error| decode("payload", error.into()))?;
    let mut envelope = Envelope::new(
        id,
        row.try_get::<String, _>(3)?,
        row.try_get::<String, _>(4)?,
        row.try_get::<i64, _>(5)? as u32,
        data,
    );
    envelope.key = row.try_get(6)?;
    envelope.time = from_millis(row.try_get(7)?);
    read_headers(row.try_get(9)?, &mut envelope).map_err(|error| decode("headers", error.into()))?;
    Ok((position, channel, envelope))
}
