//! The schema and its versions.
//!
//! Expand first, contract a release later: a migration that an older binary cannot live with raises
//! `oldest_compatible`, all others leave it, so that old and new binaries run side by side.

use edafw_core::{Result, Schema};
use sqlx::AssertSqlSafe;

use super::connection::again;
use super::error::{database, is_missing_table};
use super::store::PostgresStore;

/// Version and statements, in order.
pub(super) const MIGRATIONS: &[(u32, &str)] = &[
    (1, include_str!("migrations/0001.sql")),
    (2, include_str!("migrations/0002.sql")),
    (3, include_str!("migrations/0003.sql")),
    (4, include_str!("migrations/0004.sql")),
    (5, include_str!("migrations/0005.sql")),
    (6, include_str!("migrations/0006.sql")),
    (7, include_str!("migrations/0007.sql")),
];

/// For each version, the oldest one that a binary may have been built for to run on it.
const OLDEST_COMPATIBLE: &[u32] = &[1, 1, 1, 1, 5, 5, 7];

pub(super) async fn schema(store: &PostgresStore) -> Result<Option<Schema>> {
    let doing = "read the version of the schema";
    let mut reader = store.framework.reader(doing).await?;
    let row: sqlx::Result<Option<(i64, i64)>> =
        sqlx::query_as(include_str!("sql/schema.sql")).fetch_optional(reader.connection()).await;
    match row {
        Ok(row) => {
            reader.keep();
            Ok(row.map(|(version, oldest)| Schema {
                version: version as u32,
                oldest_compatible: oldest as u32,
            }))
        }
        Err(error) if is_missing_table(&error) => {
            reader.keep();
            Ok(None)
        }
        Err(error) => Err(database(doing)(error)),
    }
}

pub(super) async fn migrate(store: &PostgresStore) -> Result<Vec<u32>> {
    again(|| migrate_once(store)).await
}

async fn migrate_once(store: &PostgresStore) -> Result<Vec<u32>> {
    let doing = "migrate the schema";
    let mut work = store.framework.begin().await?;
    sqlx::raw_sql(include_str!("sql/lock_migration.sql"))
        .execute(work.connection())
        .await
        .map_err(database(doing))?;
    sqlx::raw_sql(include_str!("sql/create_schema_table.sql"))
        .execute(work.connection())
        .await
        .map_err(database(doing))?;
    let present: i64 = sqlx::query_scalar(include_str!("sql/schema_version.sql"))
        .fetch_one(work.connection())
        .await
        .map_err(database(doing))?;
    let mut applied = Vec::new();
    for ((version, statements), oldest) in MIGRATIONS.iter().zip(OLDEST_COMPATIBLE) {
        if i64::from(*version) <= present {
            continue;
        }
        sqlx::raw_sql(AssertSqlSafe(*statements))
            .execute(work.connection())
            .await
            .map_err(database(doing))?;
        sqlx::query(include_str!("sql/record_migration.sql"))
            .bind(i64::from(*version))
            .bind(i64::from(*oldest))
            .execute(work.connection())
            .await
            .map_err(database(doing))?;
        applied.push(*version);
    }
    work.commit(doing).await?;
    Ok(applied)
}
