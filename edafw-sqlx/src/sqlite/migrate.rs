//! The schema and its versions.
//!
//! Expand first, contract a release later: a migration that an older binary cannot live with raises
//! `oldest_compatible`, all others leave it, so that old and new binaries run side by side.

use edafw_core::{Result, Schema};

use sqlx::AssertSqlSafe;

use super::error::database;
use super::store::SqliteStore;

/// Version and statements, in order.
pub(super) const MIGRATIONS: &[(u32, &str)] = &[
    (1, include_str!("migrations/0001.sql")),
    (2, include_str!("migrations/0002.sql")),
    (3, include_str!("migrations/0003.sql")),
    (4, include_str!("migrations/0004.sql")),
    (5, include_str!("migrations/0005.sql")),
];

/// For each version, the oldest one that a binary may have been built for to run on it.
const OLDEST_COMPATIBLE: &[u32] = &[1, 1, 3, 3, 3];

pub(super) async fn schema(store: &SqliteStore) -> Result<Option<Schema>> {
    let row: sqlx::Result<Option<(i64, i64)>> =
        sqlx::query_as(include_str!("sql/schema.sql")).fetch_optional(&store.readers).await;
    match row {
        Ok(row) => {
            Ok(row.map(|(version, oldest)| Schema {
                version: version as u32,
                oldest_compatible: oldest as u32,
            }))
        }
        Err(error) if error.to_string().contains("no such table") => Ok(None),
        Err(error) => Err(database("read the version of the schema")(error)),
    }
}

pub(super) async fn migrate(store: &SqliteStore) -> Result<Vec<u32>> {
    let doing = "migrate the schema";
    let mut turn = store.writer.turn().await?;
    turn.begin().await?;
    sqlx::query(include_str!("sql/create_schema_table.sql"))
        .execute(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    let present: i64 = sqlx::query_scalar(include_str!("sql/schema_version.sql"))
        .fetch_one(&mut turn.connection)
        .await
        .map_err(database(doing))?;
    let mut applied = Vec::new();
    for ((version, statements), oldest) in MIGRATIONS.iter().zip(OLDEST_COMPATIBLE) {
        if i64::from(*version) <= present {
            continue;
        }
        sqlx::raw_sql(AssertSqlSafe(*statements))
            .execute(&mut turn.connection)
            .await
            .map_err(database(doing))?;
        sqlx::query(include_str!("sql/record_migration.sql"))
            .bind(version)
            .bind(oldest)
            .bind(store.now())
            .execute(&mut turn.connection)
            .await
            .map_err(database(doing))?;
        applied.push(*version);
    }
    turn.commit().await?;
    turn.end();
    Ok(applied)
}
