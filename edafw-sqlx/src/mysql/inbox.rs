//! Inbox and dead letters inside a subscriber's transaction.

use edafw_core::{Error, ErrorKind, InboxEntry, InboxState, NewDeadLetter, Result};
use sqlx::{MySqlConnection, Row};

use super::error::{database, is_unique_violation};
use super::script::{Answers, Json, Now, Script, Tuple};
use crate::states;

/// The entries as the rows that the statements take; without a key, the last column is missing.
fn rows(entries: &[InboxEntry]) -> Json<Vec<Vec<&str>>> {
    let rows = entries.iter().map(|entry| effect(entry).into_iter().chain(entry.key.as_deref()).collect());
    Json(rows.collect())
}

fn effect(entry: &InboxEntry) -> [&str; 4] {
    [&entry.subscriber, &entry.source, &entry.name, &entry.idempotency_key]
}

/// A script that looks entries up.
pub(super) fn look_up_script(entries: &[InboxEntry]) -> Script {
    Script::of(include_str!("sql/look_up.sql"), &[&rows(entries)])
}

/// What it answers.
pub(super) fn states(answers: &Answers) -> sqlx::Result<Vec<InboxState>> {
    answers.first_rows().iter().map(|row| row.try_get(0).map(states::inbox_state)).collect()
}

pub(super) async fn look_up(
    connection: &mut MySqlConnection,
    entries: &[InboxEntry],
) -> Result<Vec<InboxState>> {
    let answers = look_up_script(entries).run(connection).await;
    answers.and_then(|answers| states(&answers)).map_err(database("look up the inbox"))
}

/// Writes what has taken effect, and limits how long the session may be idle until it ends the transaction.
pub(super) async fn record(connection: &mut MySqlConnection, entries: &[InboxEntry], now: Now) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    // In one order, so that two workers with the same entries wait for each other and not in a circle.
    let mut sorted: Vec<&InboxEntry> = entries.iter().collect();
    sorted.sort_unstable_by_key(|entry| effect(entry));
    let sorted: Vec<Tuple<'_>> = sorted
        .into_iter()
        .map(|InboxEntry { subscriber, source, name, idempotency_key, .. }| {
            Tuple(vec![subscriber, source, name, idempotency_key, &now])
        })
        .collect();
    let mut script = Script::of(include_str!("sql/limit_idle.sql"), &[]);
    script.add(include_str!("sql/record.sql"), &[&sorted.as_slice()]);
    script.add(include_str!("sql/forget_attempts.sql"), &[&rows(entries)]);
    match script.run(connection).await {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(handled_meanwhile().caused_by(error)),
        Err(error) => Err(database("write the inbox")(error)),
    }
}

pub(super) async fn keep_dead_letter(
    connection: &mut MySqlConnection,
    letter: &NewDeadLetter,
    now: Now,
) -> Result<()> {
    let entry = &letter.entry;
    let mut script = Script::default();
    let place = script.add(
        include_str!("sql/keep_dead_letter.sql"),
        &[
            &entry.subscriber,
            &entry.source,
            &entry.name,
            &entry.idempotency_key,
            &entry.key,
            &letter.queue,
            &letter.body,
            &letter.cause.as_str(),
            &letter.error,
            &i64::from(letter.attempts),
            &letter.holds_key,
            &now,
        ],
    );
    let kept = script.run(connection).await.map_err(database("keep a dead letter"))?;
    if kept.affected(place) == 0 {
        return Err(handled_meanwhile());
    }
    Ok(())
}

fn handled_meanwhile() -> Error {
    Error::new(ErrorKind::Fenced, "another worker has handled the event meanwhile")
}
