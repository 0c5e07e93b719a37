//! Reading the event store.

use edafw_core::{EventQuery, EventState, Result, StoreCounts, StoredEvent, from_millis, to_millis};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, Row};

use super::error::database;
use super::rows;
use super::store::PostgresStore;
use crate::archived::{limit, merged};
use crate::states::event_state;

const DOING: &str = "read events";

/// The archive comes second: an event that is moved there meanwhile is found there.
const EVENTS: &str = include_str!("sql/events.sql");
const ARCHIVED: &str = include_str!("sql/archived.sql");

pub(super) async fn events(store: &PostgresStore, query: &EventQuery) -> Result<Vec<StoredEvent>> {
    let read = async |sql| read(&store.framework.read(DOING, || statement(sql, query)).await?);
    let events = read(EVENTS).await?;
    if !query.archived {
        return Ok(events);
    }
    Ok(merged(events, read(ARCHIVED).await?, limit(query)))
}

pub(super) async fn events_on(connection: &mut PgConnection, query: &EventQuery) -> Result<Vec<StoredEvent>> {
    let rows = statement(EVENTS, query).fetch_all(&mut *connection).await.map_err(database(DOING))?;
    let events = read(&rows)?;
    if !query.archived {
        return Ok(events);
    }
    let rows = statement(ARCHIVED, query).fetch_all(connection).await.map_err(database(DOING))?;
    Ok(merged(events, read(&rows)?, limit(query)))
}

/// Not kept as a prepared statement: its plan is for these filters.
fn statement<'q>(sql: &'static str, query: &'q EventQuery) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(sql)
        .bind(query.after.unwrap_or(0))
        .bind(query.id.map(|id| id.to_string()))
        .bind(&query.key)
        .bind((!query.names.is_empty()).then_some(&query.names))
        .bind(query.channel.map(edafw_core::Channel::as_str))
        .bind(query.since.map(to_millis))
        .bind(query.until.map(to_millis))
        .bind(query.state.map(EventState::as_str))
        .bind(&query.missing_at)
        .bind(limit(query) as i64)
        .bind(query.correlation_id.map(|id| id.to_string()))
        .persistent(false)
}

fn read(rows: &[PgRow]) -> Result<Vec<StoredEvent>> {
    rows.iter().map(stored).collect::<sqlx::Result<_>>().map_err(database(DOING))
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

/// The archive comes second: an event that is moved there meanwhile is waited for, and found there.
pub(super) async fn redact(store: &PostgresStore, key: &str) -> Result<u64> {
    let doing = "redact the payloads";
    let mut work = store.framework.begin().await?;
    let mut redacted = 0;
    for sql in [include_str!("sql/redact.sql"), include_str!("sql/redact_archive.sql")] {
        let done = sqlx::query(sql).bind(key).execute(work.connection()).await;
        redacted += done.map_err(database(doing))?.rows_affected();
    }
    work.commit(doing).await?;
    Ok(redacted)
}
