//! Events between Rust and their rows.

use edafw_core::{Channel, Envelope, NewEvent, RawEnvelope, from_millis, to_millis};
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use super::script::{Json, Literal, Now, Script, Tuple};
use crate::headers::{headers, read_headers};
use crate::states;

/// Events written with one statement, at most.
const CHUNK: usize = 500;

/// Bytes of text that go to the server at once, about: a quarter of what `MariaDB` takes by default, because texts
/// with backslashes are sent in hexadecimal digits.
pub(super) const PACKET: usize = 4 * 1024 * 1024;

/// The events in pieces that fit into a statement.
pub(super) fn chunks(events: &[NewEvent]) -> Vec<&[NewEvent]> {
    pieces(events, |event| event.envelope.data.get().len() + 500)
}

/// Pieces of at most [`CHUNK`] items and about half a [`PACKET`]; one that is larger by itself stands alone.
pub(super) fn pieces<T>(mut items: &[T], size: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut pieces = Vec::new();
    while !items.is_empty() {
        let mut bytes = 0;
        let mut count = 0;
        while count < items.len().min(CHUNK) {
            bytes += size(&items[count]);
            if count > 0 && bytes > PACKET / 2 {
                break;
            }
            count += 1;
        }
        let (piece, rest) = items.split_at(count);
        pieces.push(piece);
        items = rest;
    }
    pieces
}

/// Writes events and their outbox rows into a script.
pub(super) fn add_events(script: &mut Script, events: &[NewEvent], now: Now) {
    let texts: Vec<_> = events
        .iter()
        .map(|event| (event.envelope.id.to_string(), headers(&event.envelope), event.channel.as_str()))
        .collect();
    let numbers: Vec<_> = events
        .iter()
        .map(|event| (i64::from(event.envelope.version), to_millis(event.envelope.time)))
        .collect();
    let rows: Vec<Tuple<'_>> = events
        .iter()
        .zip(texts.iter().zip(&numbers))
        .map(|(NewEvent { envelope, .. }, ((id, headers, channel), (version, time)))| {
            Tuple(vec![
                id,
                channel,
                &envelope.source,
                &envelope.name,
                version,
                &envelope.key,
                time,
                &envelope.data,
                headers,
                &now,
            ])
        })
        .collect();
    let ids: Vec<&str> = texts.iter().map(|(id, ..)| &**id).collect();
    script.add(include_str!("sql/store_events.sql"), &[&rows.as_slice()]);
    script.add(include_str!("sql/store_outbox.sql"), &[&Json(ids)]);
}

/// A payload is text like any other.
impl Literal for Box<RawValue> {
    fn write(&self, to: &mut String) {
        self.get().write(to);
    }
}

/// A text, whatever type its column has: keys are binary columns, which the driver takes for bytes.
pub(super) fn text(row: &MySqlRow, column: usize) -> sqlx::Result<Option<String>> {
    row.try_get_unchecked(column)
}

/// Reads `position, event_id, channel, source, name, version, key, time, payload, headers`.
pub(super) fn event(row: &MySqlRow) -> sqlx::Result<(i64, Channel, RawEnvelope)> {
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
    envelope.key = text(row, 6)?;
    envelope.time = from_millis(row.try_get(7)?);
    read_headers(row.try_get(9)?, &mut envelope).map_err(|error| decode("headers", error.into()))?;
    Ok((position, channel, envelope))
}
