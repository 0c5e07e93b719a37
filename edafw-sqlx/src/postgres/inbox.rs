//! Inbox and dead letters inside a subscriber's transaction.

use edafw_core::{Error, ErrorKind, InboxEntry, InboxState, NewDeadLetter, Result};
use sqlx::PgConnection;

use super::error::{database, is_duplicate};
use crate::states::inbox_state;

fn column<'a>(entries: &[&'a InboxEntry], of: impl Fn(&'a InboxEntry) -> &'a str) -> Vec<&'a str> {
    entries.iter().copied().map(of).collect()
}

pub(super) async fn look_up(
    connection: &mut PgConnection,
    entries: &[InboxEntry],
) -> Result<Vec<InboxState>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let entries: Vec<&InboxEntry> = entries.iter().collect();
    let states: Vec<i64> = sqlx::query_scalar(include_str!("sql/look_up.sql"))
        .bind(column(&entries, |entry| &entry.subscriber))
        .bind(column(&entries, |entry| &entry.source))
        .bind(column(&entries, |entry| &entry.name))
        .bind(column(&entries, |entry| &entry.idempotency_key))
        .bind(entries.iter().map(|entry| entry.key.as_deref()).collect::<Vec<_>>())
        .fetch_one(connection)
        .await
        .map_err(database("look up the inbox"))?;
    Ok(states.into_iter().map(inbox_state).collect())
}

pub(super) async fn record(
    connection: &mut PgConnection,
    entries: &[InboxEntry],
    now: Option<i64>,
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut entries: Vec<&InboxEntry> = entries.iter().collect();
    entries.sort_unstable_by_key(|entry| {
        (&entry.subscriber, &entry.source, &entry.name, &entry.idempotency_key)
    });
    let recorded = sqlx::query(include_str!("sql/record.sql"))
        .bind(column(&entries, |entry| &entry.subscriber))
        .bind(column(&entries, |entry| &entry.source))
        .bind(column(&entries, |entry| &entry.name))
        .bind(column(&entries, |entry| &entry.idempotency_key))
        .bind(now)
        .execute(connection)
        .await;
    match recorded {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => Err(handled_meanwhile()),
        Err(error) => Err(database("write the inbox")(error)),
    }
}

pub(super) async fn keep_dead_letter(
    connection: &mut PgConnection,
    letter: &NewDeadLetter,
    now: Option<i64>,
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
        .bind(i64::from(letter.attempts))
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
