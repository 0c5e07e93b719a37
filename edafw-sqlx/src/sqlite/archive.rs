//! Moving old events out of the way.

use std::time::Duration;

use edafw_core::{Archived, Result};

use super::error::database;
use super::store::SqliteStore;
use crate::archiving::{Seen, archived, old};
use crate::json::json;

pub(super) async fn archive(
    store: &SqliteStore,
    older_than: Duration,
    after: i64,
    limit: usize,
) -> Result<Archived> {
    let doing = "archive events";
    let now = store.now();
    let rows: Vec<(i64, bool, bool)> = sqlx::query_as(include_str!("sql/archive_window.sql"))
        .bind(after)
        .bind(limit as i64)
        .bind(now - older_than.as_millis() as i64)
        .fetch_all(&store.readers)
        .await
        .map_err(database(doing))?;
    let seen: Vec<Seen> = rows
        .into_iter()
        .map(|(position, stored_before, published_before)| Seen { position, stored_before, published_before })
        .collect();
    let old = old(&seen);
    if old.is_empty() {
        return Ok(archived(0, &seen, limit));
    }
    let old = json(&old);
    let mut turn = store.writer.turn().await?;
    turn.begin().await?;
    let moved = sqlx::query(include_str!("sql/archive.sql"))
        .bind(&old)
        .bind(now)
        .execute(&mut turn.connection)
        .await
        .map_err(database(doing))?
        .rows_affected();
    sqlx::query(include_str!("sql/remove_archived.sql"))
        .bind(&old)
        .execute(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    turn.commit().await?;
    turn.end();
    Ok(archived(moved, &seen, limit))
}
