//! Events between Rust and their rows.

use edafw_core::{Channel, Envelope, NewEvent, RawEnvelope, from_millis, to_millis};
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::headers::{headers, read_headers};
use crate::states;

/// Events as the arrays that `prepare_commit.sql` takes: one per column, one entry per event.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) ids: Vec<String>,
    pub(super) channels: Vec<&'a str>,
    pub(super) sources: Vec<&'a str>,
    pub(super) names: Vec<&'a str>,
    pub(super) versions: Vec<i64>,
    pub(super) keys: Vec<Option<&'a str>>,
    pub(super) times: Vec<i64>,
    pub(super) payloads: Vec<&'a str>,
    pub(super) headers: Vec<String>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(events: &'a [NewEvent]) -> Self {
        let mut columns = Self::default();
        for NewEvent { channel, envelope } in events {
            columns.ids.push(envelope.id.to_string());
            columns.channels.push(channel.as_str());
            columns.sources.push(&envelope.source);
            columns.names.push(&envelope.name);
            columns.versions.push(envelope.version.into());
            columns.keys.push(envelope.key.as_deref());
            columns.times.push(to_millis(envelope.time));
            columns.payloads.push(envelope.data.get());
            columns.headers.push(headers(envelope));
        }
        columns
    }
}

/// Reads `position, event_id, channel, source, name, version, key, time, payload, headers`.
pub(super) fn event(row: &PgRow) -> sqlx::Result<(i64, Channel, RawEnvelope)> {
    let position = row.try_get(0)?;
    let (channel, envelope) = event_at(row, 1)?;
    Ok((position, channel, envelope))
}

/// Reads `event_id, channel, source, name, version, key, time, payload, headers`, which begin at column `first`.
pub(super) fn event_at(row: &PgRow, first: usize) -> sqlx::Result<(Channel, RawEnvelope)> {
    let decode = |column: &str, error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: error,
    };
    let id: Uuid =
        row.try_get::<&str, _>(first)?.parse().map_err(|error| decode("event_id", Box::new(error)))?;
    let channel =
        states::channel(row.try_get(first + 1)?).map_err(|error| decode("channel", error.into()))?;
    let data =
        RawValue::from_string(row.try_get(first + 7)?).map_err(|error| decode("payload", error.into()))?;
    let mut envelope = Envelope::new(
        id,
        row.try_get::<String, _>(first + 2)?,
        row.try_get::<String, _>(first + 3)?,
        row.try_get::<i64, _>(first + 4)? as u32,
        data,
    );
    envelope.key = row.try_get(first + 5)?;
    envelope.time = from_millis(row.try_get(first + 6)?);
    read_headers(row.try_get(first + 8)?, &mut envelope).map_err(|error| decode("headers", error.into()))?;
    Ok((channel, envelope))
}
