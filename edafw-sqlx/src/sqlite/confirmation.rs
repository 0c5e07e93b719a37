//! Marking events as published, and sending again what was never confirmed.

use edafw_core::{EventId, RepublishPolicy, Republished, Result};
use sqlx::Row;

use super::doorbell::OUTBOX;
use super::error::database;
use super::rows::{from_json, json};
use super::store::SqliteStore;

pub(super) async fn confirm(store: &SqliteStore, ids: &[EventId]) -> Result<usize> {
    let doing = "mark events as published";
    let mut turn = store.writer.turn().await?;
    let positions: String = sqlx::query_scalar(include_str!("sql/confirm_events.sql"))
        .bind(json(&ids))
        .fetch_one(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    sqlx::query(include_str!("sql/confirm_outbox.sql"))
        .bind(&positions)
        .bind(store.now())
        .execute(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    turn.end();
    let positions: Vec<i64> = from_json(&positions).map_err(database(doing))?;
    Ok(positions.len())
}

/// One round of the republisher.
///
/// A sent event is due when it is older than `after` and the recorder is known to be past it: it confirmed
/// something sent later, or its queue is empty. Otherwise the recorder may just be slow, and sending
/// everything again would only make it slower: then one batch per `after` probes whether it lives, and only
/// what is older than `after_at_most` goes.
pub(super) async fn republish(
    store: &SqliteStore,
    policy: &RepublishPolicy,
    recorder_is_idle: bool,
) -> Result<Republished> {
    let doing = "republish events";
    let now = store.now();
    let millis = |duration: std::time::Duration| duration.as_millis() as i64;
    let due_before = now - millis(policy.after);
    let gate = sqlx::query(include_str!("sql/republish_gate.sql"))
        .fetch_one(&store.readers)
        .await
        .map_err(database(doing))?;
    let [confirmed_sent_at, probed_at] = [0, 1].map(|column| gate.try_get::<i64, _>(column).unwrap_or(0));
    let oldest_sent_at: Option<i64> = gate.try_get(2).map_err(database(doing))?;
    if oldest_sent_at.is_none_or(|oldest| oldest >= due_before) {
        return Ok(Republished::default());
    }
    let recorder_is_past = if recorder_is_idle { due_before } else { confirmed_sent_at.min(due_before) };
    let probes = oldest_sent_at.is_some_and(|oldest| oldest >= recorder_is_past);
    let sent_before = if probes {
        if now - probed_at < millis(policy.after) {
            return Ok(Republished::default());
        }
        now - millis(policy.after_at_most)
    } else {
        recorder_is_past
    };
    let mut turn = store.writer.turn().await?;
    turn.begin().await?;
    let exhausted = sqlx::query(include_str!("sql/exhaust.sql"))
        .bind(now)
        .bind(now - millis(policy.exhausted_after))
        .bind(due_before)
        .bind(policy.batch as i64)
        .execute(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    let again = sqlx::query(include_str!("sql/republish.sql"))
        .bind(now)
        .bind(sent_before)
        .bind(policy.batch as i64)
        .fetch_all(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    if probes && !again.is_empty() {
        sqlx::query(include_str!("sql/probed.sql"))
            .bind(now)
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
