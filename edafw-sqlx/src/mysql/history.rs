//! Reading the event store.

use edafw_core::{EventQuery, EventState, Result, StoreCounts, StoredEvent, from_millis, to_millis};
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, Row};

use super::error::database;
use super::rows;
use super::script::{Answers, Literal, Script, Tuple};
use super::store::MySqlStore;
use crate::archived::{limit, merged};
use crate::states;

const DOING: &str = "read events";

/// The archive comes second: an event that is moved there meanwhile is found there.
const EVENTS: &str = include_str!("sql/events.sql");
const ARCHIVED: &str = include_str!("sql/archived.sql");

pub(super) async fn events(store: &MySqlStore, query: &EventQuery) -> Result<Vec<StoredEvent>> {
    let read = async |sql| read(&store.framework.once(DOING, script(sql, query)).await?);
    let events = read(EVENTS).await?;
    if !query.archived {
        return Ok(events);
    }
    Ok(merged(events, read(ARCHIVED).await?, limit(query)))
}

pub(super) async fn events_on(
    connection: &mut MySqlConnection,
    query: &EventQuery,
) -> Result<Vec<StoredEvent>> {
    let events = read(&script(EVENTS, query).run(connection).await.map_err(database(DOING))?)?;
    if !query.archived {
        return Ok(events);
    }
    let archived = read(&script(ARCHIVED, query).run(connection).await.map_err(database(DOING))?)?;
    Ok(merged(events, archived, limit(query)))
}

fn script(sql: &'static str, query: &EventQuery) -> Script {
    let mut names: Vec<&dyn Literal> = query.names.iter().map(|name| name as &dyn Literal).collect();
    if names.is_empty() {
        names.push(&"");
    }
    Script::of(
        sql,
        &[
            &query.after.unwrap_or(0),
            &query.id.map(|id| id.to_string()),
            &query.key,
            &query.names.is_empty(),
            &Tuple(names),
            &query.channel.map(edafw_core::Channel::as_str),
            &query.since.map(to_millis),
            &query.until.map(to_millis),
            &query.state.map(EventState::as_str),
            &query.missing_at,
            &(limit(query) as i64),
            &query.correlation_id.map(|id| id.to_string()),
        ],
    )
}

fn read(answers: &Answers) -> Result<Vec<StoredEvent>> {
    answers.first_rows().iter().map(stored).collect::<sqlx::Result<_>>().map_err(database(DOING))
}

fn stored(row: &MySqlRow) -> sqlx::Result<StoredEvent> {
    let (position, channel, envelope) = rows::event(row)?;
    let published_at: Option<i64> = row.try_get(11)?;
    let sent_at: Option<i64> = row.try_get(12)?;
    let exhausted_at: Option<i64> = row.try_get(13)?;
    let generation: i64 = row.try_get(14)?;
    Ok(StoredEvent {
        position,
        channel,
        envelope,
        state: states::event_state(
            published_at.is_some(),
            exhausted_at.is_some(),
            sent_at.is_some(),
            generation,
        ),
        stored_at: from_millis(row.try_get(10)?),
        published_at: published_at.map(from_millis),
        generation: generation as u32,
        last_error: row.try_get(15)?,
    })
}

/// The archive comes second: an event that is moved there meanwhile is waited for, and found there.
pub(super) async fn redact(store: &MySqlStore, key: &str) -> Result<u64> {
    let mut script = Script::begin();
    let files = [include_str!("sql/redact.sql"), include_str!("sql/redact_archive.sql")];
    let places = files.map(|sql| script.add(sql, &[&key]));
    let answers = store.framework.once("redact the payloads", script.commit()).await?;
    Ok(places.into_iter().map(|place| answers.affected(place)).sum())
}

pub(super) async fn counts(store: &MySqlStore) -> Result<StoreCounts> {
    let doing = "count events";
    let answers = store.framework.once(doing, Script::of(include_str!("sql/counts.sql"), &[])).await?;
    let read = || -> sqlx::Result<StoreCounts> {
        let row = answers.first_row()?;
        let count = |column: &str| row.try_get::<i64, _>(column).map(|count| count as u64);
        let stored = count("stored")?;
        Ok(StoreCounts {
            stored,
            sent: stored - count("unsent")?,
            published: count("published")?,
            exhausted: count("exhausted")?,
            oldest_unpublished: row.try_get::<Option<i64>, _>("oldest_unpublished")?.map(from_millis),
        })
    };
    read().map_err(database(doing))
}
