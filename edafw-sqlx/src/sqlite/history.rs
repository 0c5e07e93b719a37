//! Reading the event store.

use edafw_core::{EventQuery, EventState, Result, StoreCounts, StoredEvent, from_millis, to_millis};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::error::database;
use super::rows;
use super::store::SqliteStore;
use crate::archived::{limit, merged};
use crate::json::json;
use crate::states::event_state;

pub(super) async fn events(store: &SqliteStore, query: &EventQuery) -> Result<Vec<StoredEvent>> {
    let mut reader = store.readers.acquire().await.map_err(database("read events"))?;
    events_on(&mut reader, query).await
}

pub(super) async fn events_on(
    connection: &mut SqliteConnection,
    query: &EventQuery,
) -> Result<Vec<StoredEvent>> {
    let events = read(connection, include_str!("sql/events.sql"), query).await?;
    if !query.archived {
        return Ok(events);
    }
    // The archive comes second: an event that is moved there meanwhile is found there.
    let archived = read(connection, include_str!("sql/archived.sql"), query).await?;
    Ok(merged(events, archived, limit(query)))
}

async fn read(
    connection: &mut SqliteConnection,
    sql: &'static str,
    query: &EventQuery,
) -> Result<Vec<StoredEvent>> {
    let rows = sqlx::query(AssertSqlSafe(statement(sql, query)))
        .bind(query.after.unwrap_or(0))
        .bind(query.id.map(|id| id.to_string()))
        .bind(&query.key)
        .bind((!query.names.is_empty()).then(|| json(&query.names)))
        .bind(query.channel.map(edafw_core::Channel::as_str))
        .bind(query.since.map(to_millis))
        .bind(query.until.map(to_millis))
        .bind(query.state.map(EventState::as_str))
        .bind(&query.missing_at)
        .bind(limit(query) as i64)
        .bind(query.correlation_id.map(|id| id.to_string()))
        .fetch_all(connection)
        .await
        .map_err(database("read events"))?;
    rows.iter().map(stored).collect::<sqlx::Result<_>>().map_err(database("read events"))
}

/// SQLite plans before it knows the parameters, and of `?3 is null or e.key = ?3` it takes no index. So what has one is
/// asked for a second time, without that choice.
fn statement(sql: &str, query: &EventQuery) -> String {
    let by = if query.id.is_some() {
        "e.event_id = ?2"
    } else if query.correlation_id.is_some() {
        "e.headers ->> 'correlationid' = ?11"
    } else if query.key.is_some() {
        "e.key = ?3"
    } else {
        "true"
    };
    sql.replacen("where ", &format!("where {by} and "), 1)
}

fn stored(row: &SqliteRow) -> sqlx::Result<StoredEvent> {
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

pub(super) async fn counts(store: &SqliteStore) -> Result<StoreCounts> {
    let row = sqlx::query(include_str!("sql/counts.sql"))
        .fetch_one(&store.readers)
        .await
        .map_err(database("count events"))?;
    let count = |column: &str| row.try_get::<i64, _>(column).map(|count| count as u64);
    let read = || -> sqlx::Result<StoreCounts> {
        let stored = count("stored")?;
        Ok(StoreCounts {
            stored,
            sent: stored - count("unsent")?,
            published: count("published")?,
            exhausted: count("exhausted")?,
            oldest_unpublished: row.try_get::<Option<i64>, _>("oldest_unpublished")?.map(from_millis),
        })
    };
    read().map_err(database("count events"))
}

pub(super) async fn redact(store: &SqliteStore, key: &str) -> Result<u64> {
    let mut turn = store.writer.turn().await?;
    turn.begin().await?;
    let mut redacted = 0;
    for sql in [include_str!("sql/redact.sql"), include_str!("sql/redact_archive.sql")] {
        let done = sqlx::query(sql).bind(key).execute(&mut turn.connection).await;
        redacted += done.map_err(database("redact the payloads"))?.rows_affected();
    }
    turn.commit().await?;
    turn.end();
    Ok(redacted)
}

#[cfg(test)]
mod tests {
    use edafw_core::EventQuery;
    use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
    use uuid::Uuid;

    use super::statement;

    #[tokio::test]
    async fn what_has_an_index_is_looked_up_in_it() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for (_, migration) in super::super::migrate::MIGRATIONS {
            sqlx::raw_sql(*migration).execute(&mut connection).await.unwrap();
        }
        let all = EventQuery::default;
        let key = EventQuery { key: Some(String::new()), ..all() };
        let flow = EventQuery { correlation_id: Some(Uuid::nil()), ..all() };
        let (events, archived) = (include_str!("sql/events.sql"), include_str!("sql/archived.sql"));
        for (sql, query, index) in [
            (events, EventQuery { id: Some(Uuid::nil()), ..all() }, "(event_id=? AND rowid>?)"),
            (events, key.clone(), "edafw_event_key (key=? AND position>?)"),
            (events, flow.clone(), "edafw_event_flow (<expr>=? AND position>?)"),
            (archived, key, "edafw_archive_key (key=? AND rowid>?)"),
            (archived, flow, "edafw_archive_flow (<expr>=? AND position>?)"),
        ] {
            let explain = AssertSqlSafe(format!("explain query plan {}", statement(sql, &query)));
            let plan = sqlx::query(explain).fetch_all(&mut connection).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|step| step.get(3)).collect();
            assert!(plan[0].ends_with(index), "{query:?}: {plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("ORDER BY")), "{query:?}: {plan:#?}");
        }
    }
}
