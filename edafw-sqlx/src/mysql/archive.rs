//! Moving old events out of the way.

use std::time::Duration;

use edafw_core::{Archived, Result};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::error::database;
use super::script::{Json, Script};
use super::store::MySqlStore;
use crate::archiving::{Seen, archived, old};

pub(super) async fn archive(
    store: &MySqlStore,
    older_than: Duration,
    after: i64,
    limit: usize,
) -> Result<Archived> {
    let doing = "archive events";
    let window = include_str!("sql/archive_window.sql");
    let window = Script::of(window, &[&after, &(limit as i64), &store.before(older_than)]);
    let answers = store.framework.once(doing, window).await?;
    let seen: Vec<Seen> =
        answers.first_rows().iter().map(seen).collect::<sqlx::Result<_>>().map_err(database(doing))?;
    let old = old(&seen);
    if old.is_empty() {
        return Ok(archived(0, &seen, limit));
    }
    let mut work = store.framework.work(doing).await?;
    let mut script = Script::begin();
    let locked = script.add(include_str!("sql/lock_published.sql"), &[&Json(old)]);
    let answers = work.run(script).await?;
    let locked: Vec<i64> = answers
        .rows(locked)
        .iter()
        .map(|row| row.try_get(0))
        .collect::<sqlx::Result<_>>()
        .map_err(work.failed())?;
    let locked = Json(locked);
    let mut script = Script::default();
    let moved = script.add(include_str!("sql/archive.sql"), &[&locked, &store.now()]);
    script.add(include_str!("sql/remove_archived.sql"), &[&locked]);
    let moved = work.run(script.commit()).await?.affected(moved);
    work.end();
    Ok(archived(moved, &seen, limit))
}

fn seen(row: &MySqlRow) -> sqlx::Result<Seen> {
    let flag = |column: usize| row.try_get::<i64, _>(column).map(|flag| flag != 0);
    Ok(Seen { position: row.try_get(0)?, stored_before: flag(1)?, published_before: flag(2)? })
}
