//! Marking events as published, and sending again what was never confirmed.

use edafw_core::{EventId, RepublishPolicy, Republished, Result};

use super::connection::again;
use super::delivery::first;
use super::error::database;
use super::store::PostgresStore;
use crate::doorbell::OUTBOX;
use crate::republishing::{Gate, Round};

pub(super) async fn confirm(store: &PostgresStore, ids: &[EventId]) -> Result<usize> {
    let doing = "mark events as published";
    let ids: Vec<String> = ids.iter().map(EventId::to_string).collect();
    let query = || sqlx::query(include_str!("sql/confirm.sql")).bind(&ids).bind(store.now());
    let found: i64 = first(&again(|| store.framework.fetch(doing, query())).await?, doing)?;
    Ok(found as usize)
}

/// One round of the republisher; [`Gate::round`] says what is due.
pub(super) async fn republish(
    store: &PostgresStore,
    policy: &RepublishPolicy,
    recorder_is_idle: bool,
) -> Result<Republished> {
    let doing = "republish events";
    let mut reader = store.framework.reader(doing).await?;
    let gate: (i64, i64, i64, Option<i64>) = sqlx::query_as(include_str!("sql/republish_gate.sql"))
        .bind(store.now())
        .fetch_one(reader.connection())
        .await
        .map_err(database(doing))?;
    reader.keep();
    let (now, confirmed_sent_at, probed_at, oldest_sent_at) = gate;
    let gate = Gate { now, confirmed_sent_at, probed_at, oldest_sent_at };
    let Some(round) = gate.round(policy, recorder_is_idle) else { return Ok(Republished::default()) };
    let done = again(|| send_again(store, policy.batch, &round)).await?;
    if done.events > 0 {
        store.doorbell.ring(OUTBOX);
    }
    Ok(done)
}

async fn send_again(store: &PostgresStore, batch: usize, round: &Round) -> Result<Republished> {
    let doing = "republish events";
    let mut work = store.framework.begin().await?;
    let exhausted = sqlx::query(include_str!("sql/exhaust.sql"))
        .bind(round.now)
        .bind(round.stored_before)
        .bind(round.due_before)
        .bind(batch as i64)
        .execute(work.connection())
        .await
        .map_err(database(doing))?;
    let again: i64 = sqlx::query_scalar(include_str!("sql/republish.sql"))
        .bind(round.sent_before)
        .bind(batch as i64)
        .fetch_one(work.connection())
        .await
        .map_err(database(doing))?;
    if round.probes && again > 0 {
        sqlx::query(include_str!("sql/probed.sql"))
            .bind(round.now)
            .execute(work.connection())
            .await
            .map_err(database(doing))?;
    }
    work.commit(doing).await?;
    Ok(Republished { events: again as usize, exhausted: exhausted.rows_affected() as usize })
}

pub(super) async fn republish_event(store: &PostgresStore, id: EventId) -> Result<bool> {
    let query = sqlx::query(include_str!("sql/republish_event.sql")).bind(id.to_string());
    let found = store.framework.execute("republish an event", query).await? > 0;
    if found {
        store.doorbell.ring(OUTBOX);
    }
    Ok(found)
}
