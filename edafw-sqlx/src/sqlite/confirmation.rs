//! Marking events as published, and sending again what was never confirmed.

use edafw_core::{EventId, RepublishPolicy, Republished, Result};
use sqlx::SqliteConnection;

use super::error::database;
use super::store::SqliteStore;
use crate::doorbell::OUTBOX;
use crate::json::{from_json, json};
use crate::republishing::Gate;

pub(super) async fn confirm(store: &SqliteStore, ids: &[EventId]) -> Result<usize> {
    let mut turn = store.writer.turn().await?;
    turn.begin().await?;
    let positions = by_id(&mut turn.connection, ids).await?;
    mark(&mut turn.connection, &positions, store.now()).await?;
    turn.end();
    Ok(positions.len())
}

/// One round of the republisher; [`Gate::round`] says what is due.
pub(super) async fn republish(
    store: &SqliteStore,
    policy: &RepublishPolicy,
    recorder_is_idle: bool,
) -> Result<Republished> {
    let doing = "republish events";
    let gate: (i64, i64, Option<i64>) = sqlx::query_as(include_str!("sql/republish_gate.sql"))
        .fetch_one(&store.readers)
        .await
        .map_err(database(doing))?;
    let (confirmed_sent_at, probed_at, oldest_sent_at) = gate;
    let gate = Gate { now: store.now(), confirmed_sent_at, probed_at, oldest_sent_at };
    let Some(round) = gate.round(policy, recorder_is_idle) else { return Ok(Republished::default()) };
    let mut turn = store.writer.turn().await?;
    turn.begin().await?;
    let exhausted = sqlx::query(include_str!("sql/exhaust.sql"))
        .bind(round.now)
        .bind(round.stored_before)
        .bind(round.due_before)
        .bind(policy.batch as i64)
        .execute(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    let again = sqlx::query(include_str!("sql/republish.sql"))
        .bind(round.now)
        .bind(round.sent_before)
        .bind(policy.batch as i64)
        .fetch_all(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    if round.probes && !again.is_empty() {
        sqlx::query(include_str!("sql/probed.sql"))
            .bind(round.now)
            .execute(&mut turn.connection)
            .await
            .map_err(database(doing))?;
    }
    turn.commit().await?;
    turn.end();
    if !again.is_empty() {
        store.shared.doorbell.ring(OUTBOX);
    }
    Ok(Republished { events: again.len(), exhausted: exhausted.rows_affected() as usize })
}

pub(super) async fn republish_event(store: &SqliteStore, id: EventId) -> Result<bool> {
    let query = sqlx::query(include_str!("sql/republish_event.sql")).bind(id.to_string());
    let found = store.writer.execute("republish an event", query).await? > 0;
    if found {
        store.shared.doorbell.ring(OUTBOX);
    }
    Ok(found)
}

/// The positions of the events of these ids that are here.
pub(super) async fn by_id(connection: &mut SqliteConnection, ids: &[EventId]) -> Result<Vec<i64>> {
    let doing = "look up events";
    let positions: String = sqlx::query_scalar(include_str!("sql/events_by_id.sql"))
        .bind(json(&ids))
        .fetch_one(connection)
        .await
        .map_err(database(doing))?;
    from_json(&positions).map_err(database(doing))
}

/// Marks events as published, and commits.
pub(super) async fn mark(connection: &mut SqliteConnection, positions: &[i64], now: i64) -> Result<()> {
    sqlx::query(include_str!("sql/confirm_outbox.sql"))
        .bind(json(&positions))
        .bind(now)
        .execute(connection)
        .await
        .map_err(database("mark events as published"))?;
    Ok(())
}
