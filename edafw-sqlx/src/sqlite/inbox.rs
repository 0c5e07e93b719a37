//! Inbox and dead letters inside a subscriber's transaction.

use edafw_core::{Error, ErrorKind, InboxEntry, InboxState, NewDeadLetter, Result};
use sqlx::SqliteConnection;

use super::error::{database, is_unique_violation};
use crate::json::{from_json, json};
use crate::states::inbox_state;

/// The entries as the JSON array that the statements take.
fn to_json(entries: &[InboxEntry]) -> String {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| (&*entry.subscriber, &entry.source, &entry.name, &entry.idempotency_key, &entry.key))
        .collect();
    json(&rows)
}

pub(super) async fn look_up(
    connection: &mut SqliteConnection,
    entries: &[InboxEntry],
) -> Result<Vec<InboxState>> {
    let doing = "look up the inbox";
    let states: String = sqlx::query_scalar(include_str!("sql/look_up.sql"))
        .bind(to_json(entries))
        .fetch_one(connection)
        .await
        .map_err(database(doing))?;
    let states: Vec<i64> = from_json(&states).map_err(database(doing))?;
    Ok(states.into_iter().map(inbox_state).collect())
}

pub(super) async fn record(
    connection: &mut SqliteConnection,
    entries: &[InboxEntry],
    now: i64,
) -> Result<()> {
    let recorded = sqlx::query(include_str!("sql/record.sql"))
        .bind(to_json(entries))
        .bind(now)
        .execute(connection)
        .await;
    match recorded {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(handled_meanwhile().caused_by(error)),
        Err(error) => Err(database("write the inbox")(error)),
    }
}

pub(super) async fn keep_dead_letter(
    connection: &mut SqliteConnection,
    letter: &NewDeadLetter,
    now: i64,
) -> Result<()> {
    let kept = sqlx::query(include_str!("sql/keep_dead_letter.sql"))
        .bind(&*letter.entry.subscriber)
        .bind(&letter.entry.source)
        .bind(&letter.entry.name)
        .bind(&letter.entry.idempotency_key)
        .bind(&letter.entry.key)
        .bind(&letter.queue)
        .bind(&letter.body)
        .bind(letter.cause.as_str())
        .bind(&letter.error)
        .bind(letter.attempts)
        .bind(letter.holds_key)
        .bind(now)
        .execute(connection)
        .await
        .map_err(database("keep a dead letter"))?;
    if kept.rows_affected() == 0 {
        return Err(handled_meanwhile());
    }
    Ok(())
}

fn handled_meanwhile() -> Error {
    Error::new(ErrorKind::Fenced, "another worker has handled the event meanwhile")
}
