//! Reading the event store.

use edafw_core::{EventQuery, EventState, Result, StoreCounts, StoredEvent, from_millis, to_millis};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::error::database;
use super::rows;
use super::store::PostgresStore;
use crate::states::event_state;

pub(super) async fn events(store: &PostgresStore, query: &EventQuery) -> Result<Vec<StoredEvent>> {
    let doing = "read events";
    // Not kept as a prepared statement: its plan is for these filters.
    let bound = || {
        sqlx::query(include_str!("sql/events.sql"))
            .bind(query.after.unwrap_or(0))
            .bind(query.id.map(|id| id.to_string()))
            .bind(&query.key)
            .bind((!query.names.is_empty()).then_some(&query.names))
            .bind(query.channel.map(edafw_core::Channel::as_str))
            .bind(query.since.map(to_millis))
            .bind(query.until.map(to_millis))
            .bind(query.state.map(EventState::as_str))
            .bind(&query.missing_at)
            .bind(query.limit.unwrap_or(100) as i64)
            .persistent(false)
    };
    let rows = store.framework.read(doing, bound).await?;
    rows.iter().map(stored).collect::<sqlx::Result<_>>().map_err(database(doing))
}

fn stored(row: &PgRow) -> sqlx::Result<StoredEvent> {
    let (position, channel, envelope) = rows::event(row)?;
    let published_at: Option<i64> = row.try_get(11)?;
    let sent_at: Option<i64> = row.try_get(12)?;
    let exhausted_at: Option<i64> = row.try_get(13)?;
    let generation: i64 = row.try_get(14)?;
    let state = event_state(published_at.is_some(), exhausted_at.is_some(), sent_at.is_some(), generation);
    Ok(StoredEvent {
        position,
        channel,
        envelope,
        state,
        stored_at: from_millis(row.try_get(10)?),
        published_at: published_at.map(from_millis),
        generation: generation as u32,
        last_error: row.try_get(15)?,
    })
}

pub(super) async fn counts(store: &PostgresStore) -> Result<StoreCounts> {
    let doing = "count events";
    let rows = store.framework.read(doing, || sqlx::query(include_str!("sql/counts.sql"))).await?;
    rows.first().ok_or(sqlx::Error::RowNotFound).and_then(read_counts).map_err(database(doing))
}

fn read_counts(row: &PgRow) -> sqlx::Result<StoreCounts> {
    let count = |column: &str| row.try_get::<i64, _>(column).map(|count| count as u64);
    let stored = count("stored")?;
    Ok(StoreCounts {
        stored,
        sent: stored - count("unsent")?,
        published: count("published")?,
        exhausted: count("exhausted")?,
        oldest_unpublished: row.try_get::<Option<i64>, _>("oldest_unpublished")?.map(from_millis),
    })
}
