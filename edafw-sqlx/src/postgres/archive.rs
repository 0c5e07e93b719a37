//! Moving old events out of the way.

use std::time::Duration;

use edafw_core::{Archived, Result};

use super::error::database;
use super::store::PostgresStore;
use crate::archiving::{Seen, archived, old};

pub(super) async fn archive(
    store: &PostgresStore,
    older_than: Duration,
    after: i64,
    limit: usize,
) -> Result<Archived> {
    let doing = "archive events";
    let mut work = store.framework.begin().await?;
    let rows: Vec<(i64, bool, bool)> = sqlx::query_as(include_str!("sql/archive_window.sql"))
        .bind(after)
        .bind(limit as i64)
        .bind(store.now())
        .bind(older_than.as_millis() as i64)
        .fetch_all(work.connection())
        .await
        .map_err(database(doing))?;
    let seen: Vec<Seen> = rows
        .into_iter()
        .map(|(position, stored_before, published_before)| Seen { position, stored_before, published_before })
        .collect();
    let old = old(&seen);
    let mut moved = 0;
    if !old.is_empty() {
        let locked: Vec<i64> = sqlx::query_scalar(include_str!("sql/lock_published.sql"))
            .bind(old)
            .fetch_all(work.connection())
            .await
            .map_err(database(doing))?;
        moved = sqlx::query(include_str!("sql/archive.sql"))
            .bind(locked)
            .bind(store.now())
            .execute(work.connection())
            .await
            .map_err(database(doing))?
            .rows_affected();
    }
    work.commit(doing).await?;
    Ok(archived(moved, &seen, limit))
}
