//! Marking events as published, and sending again what was never confirmed.

use edafw_core::{EventId, RepublishPolicy, Republished, Result};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::error::database;
use super::rows::text;
use super::script::{Answers, Json, Place, Script, lists};
use super::store::MySqlStore;
use crate::doorbell::OUTBOX;
use crate::republishing::Gate;

pub(super) async fn confirm(store: &MySqlStore, ids: &[EventId]) -> Result<usize> {
    let doing = "mark events as published";
    if ids.is_empty() {
        return Ok(0);
    }
    let found = Script::of(include_str!("sql/confirm_events.sql"), &[&Json(ids)]);
    let answers = store.framework.once(doing, found).await?;
    let mut positions = answers
        .first_rows()
        .iter()
        .map(|row| row.try_get(0))
        .collect::<sqlx::Result<Vec<i64>>>()
        .map_err(database(doing))?;
    positions.sort_unstable();
    positions.dedup();
    let (confirmed, now) = (Json(&positions), store.now());
    let mut script = Script::begin();
    script.add(include_str!("sql/confirm_lock.sql"), &[&confirmed]);
    for list in lists(&positions) {
        script.add(include_str!("sql/confirm_published.sql"), &[&list, &now]);
    }
    script.add(include_str!("sql/confirm_recorder.sql"), &[&confirmed]);
    script.add(include_str!("sql/confirm_outbox.sql"), &[&confirmed]);
    store.framework.once(doing, script.commit()).await?;
    Ok(positions.len())
}

/// One round of the republisher; [`Gate::round`] says what is due.
pub(super) async fn republish(
    store: &MySqlStore,
    policy: &RepublishPolicy,
    recorder_is_idle: bool,
) -> Result<Republished> {
    let mut work = store.framework.work("republish events").await?;
    let mut script = Script::begin();
    let gate = script.add(include_str!("sql/republish_gate.sql"), &[&store.now()]);
    let answers = work.run(script).await?;
    let gate = read_gate(&answers, gate).map_err(work.failed())?;
    let Some(round) = gate.round(policy, recorder_is_idle) else {
        work.run(Script::default().commit()).await?;
        work.end();
        return Ok(Republished::default());
    };
    let batch = policy.batch as i64;
    let old =
        Script::of(include_str!("sql/exhausted.sql"), &[&round.due_before, &round.stored_before, &batch]);
    let answers = work.run(old).await?;
    let mut old = positions(answers.first_rows()).map_err(work.failed())?;
    old.sort_unstable();
    let mut script = Script::default();
    let exhausted: Vec<Place> =
        lists(&old).map(|list| script.add(include_str!("sql/exhaust.sql"), &[&list, &round.now])).collect();
    let due = script.add(include_str!("sql/unconfirmed.sql"), &[&round.sent_before, &batch]);
    let answers = work.run(script).await?;
    let exhausted = answers.all_affected(&exhausted) as usize;
    let mut again = positions(answers.rows(due)).map_err(work.failed())?;
    let keys = answers
        .rows(due)
        .iter()
        .map(|row| text(row, 1))
        .filter_map(Result::transpose)
        .collect::<sqlx::Result<Vec<String>>>()
        .map_err(work.failed())?;
    // All of a key goes again, so that it goes in order.
    let of_keys = Script::of(include_str!("sql/unconfirmed_of_keys.sql"), &[&Json(keys)]);
    let answers = work.run(of_keys).await?;
    again.extend(positions(answers.first_rows()).map_err(work.failed())?);
    again.sort_unstable();
    again.dedup();
    let mut script = Script::default();
    let republished: Vec<Place> =
        lists(&again).map(|list| script.add(include_str!("sql/republish.sql"), &[&list])).collect();
    if round.probes && !again.is_empty() {
        script.add(include_str!("sql/probed.sql"), &[&round.now]);
    }
    let answers = work.run(script.commit()).await?;
    work.end();
    if !again.is_empty() {
        store.doorbell.ring(OUTBOX);
    }
    Ok(Republished { events: answers.all_affected(&republished) as usize, exhausted })
}

fn read_gate(answers: &Answers, gate: Place) -> sqlx::Result<Gate> {
    let row = answers.rows(gate).first().ok_or(sqlx::Error::RowNotFound)?;
    let confirmed_sent_at: Option<i64> = row.try_get(1)?;
    Ok(Gate {
        now: row.try_get(0)?,
        confirmed_sent_at: confirmed_sent_at.unwrap_or_default(),
        probed_at: row.try_get(2)?,
        oldest_sent_at: row.try_get(3)?,
    })
}

fn positions(rows: &[MySqlRow]) -> sqlx::Result<Vec<i64>> {
    rows.iter().map(|row| row.try_get(0)).collect()
}

pub(super) async fn republish_event(store: &MySqlStore, id: EventId) -> Result<bool> {
    let mut script = Script::begin();
    let place = script.add(include_str!("sql/republish_event.sql"), &[&id.to_string()]);
    let found = store.framework.once("republish an event", script.commit()).await?.affected(place) > 0;
    if found {
        store.doorbell.ring(OUTBOX);
    }
    Ok(found)
}
