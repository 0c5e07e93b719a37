//! The schema and its versions.
//!
//! Expand first, contract a release later: a migration that an older binary cannot live with raises
//! `oldest_compatible`, all others leave it, so that old and new binaries run side by side. A statement that
//! changes tables commits by itself here, so every migration can be run again after it was cut off halfway.

use std::time::Duration;

use edafw_core::{Error, ErrorKind, Result, Schema};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::connection::Work;
use super::error::is_missing_table;
use super::script::{Answers, Script};
use super::store::MySqlStore;

/// Version and statements, in order.
pub(super) const MIGRATIONS: &[(u32, &str)] = &[
    (1, include_str!("migrations/0001.sql")),
    (2, include_str!("migrations/0002.sql")),
    (3, include_str!("migrations/0003.sql")),
    (4, include_str!("migrations/0004.sql")),
];

/// For each version, the oldest one that a binary may have been built for to run on it.
const OLDEST_COMPATIBLE: &[u32] = &[1, 1, 1, 1];

/// How long another process may take to migrate.
const PATIENCE: Duration = Duration::from_mins(10);

pub(super) async fn schema(store: &MySqlStore) -> Result<Option<Schema>> {
    let mut work = store.framework.work("read the version of the schema").await?;
    let present = present(&mut work).await?;
    work.end();
    Ok(present)
}

async fn present(work: &mut Work) -> Result<Option<Schema>> {
    match work.try_run(Script::of(include_str!("sql/schema.sql"), &[])).await {
        Ok(answers) => read(&answers).map_err(work.failed()),
        Err(error) if is_missing_table(&error) => Ok(None),
        Err(error) => Err(work.failed()(error)),
    }
}

fn read(answers: &Answers) -> sqlx::Result<Option<Schema>> {
    let schema = |row: &MySqlRow| {
        let (version, oldest): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Schema { version: version as u32, oldest_compatible: oldest as u32 })
    };
    answers.first_rows().first().map(schema).transpose()
}

pub(super) async fn migrate(store: &MySqlStore) -> Result<Vec<u32>> {
    // The lock is the session's: given up with the connection, whatever happens.
    let mut work = store.framework.work("migrate the schema").await?;
    let patience = PATIENCE.as_secs() as i64;
    let answers = work.run(Script::of(include_str!("sql/migration_lock.sql"), &[&patience])).await?;
    let locked: i64 = answers.first_row().and_then(|row| row.try_get(0)).map_err(work.failed())?;
    if locked == 0 {
        let minutes = PATIENCE.as_secs() / 60;
        let message = format!("another process has been migrating the schema for {minutes} minutes");
        return Err(Error::new(ErrorKind::Unavailable, message));
    }
    let applied = apply(store, &mut work).await?;
    work.run(Script::of(include_str!("sql/migration_unlock.sql"), &[])).await?;
    work.end();
    Ok(applied)
}

async fn apply(store: &MySqlStore, work: &mut Work) -> Result<Vec<u32>> {
    let present = present(work).await?.map_or(0, |schema| schema.version);
    let mut applied = Vec::new();
    for ((version, statements), oldest) in MIGRATIONS.iter().zip(OLDEST_COMPATIBLE) {
        if *version <= present {
            continue;
        }
        work.run(Script::of(include_str!("sql/create_schema_table.sql"), &[])).await?;
        work.run(Script::of(statements, &[])).await?;
        let values = (i64::from(*version), i64::from(*oldest), store.now());
        let record = include_str!("sql/record_migration.sql");
        work.run(Script::of(record, &[&values.0, &values.1, &values.2])).await?;
        applied.push(*version);
    }
    Ok(applied)
}
