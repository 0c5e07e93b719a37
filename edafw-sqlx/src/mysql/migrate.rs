//! The schema and its versions.
//!
//! Expand first, contract a release later: a migration that an older binary cannot live with raises
//! `oldest_compatible`, all others leave it, so that old and new binaries run side by side. A statement that
//! changes tables commits by itself here, so every migration can be run again after it was cut off halfway.

use std::time::Duration;

use edafw_core::{Error, ErrorKind, Result, Schema};
use sqlx::{AssertSqlSafe, Row};

use super::connection::Lease;
use super::error::{database, is_missing_table};
use super::script::{Answers, Script};
use super::store::MySqlStore;

/// Version and statements, in order.
pub(super) const MIGRATIONS: &[(u32, &str)] = &[(1, include_str!("migrations/0001.sql"))];

/// For each version, the oldest one that a binary may have been built for to run on it.
const OLDEST_COMPATIBLE: &[u32] = &[1];

/// How long another process may take to migrate.
const PATIENCE: Duration = Duration::from_mins(10);

const DOING: &str = "migrate the schema";

pub(super) async fn schema(store: &MySqlStore) -> Result<Option<Schema>> {
    let doing = "read the version of the schema";
    let mut lease = store.own.lease().await.map_err(database(doing))?;
    let present = present(&mut lease).await.map_err(database(doing))?;
    lease.keep();
    Ok(present)
}

async fn present(lease: &mut Lease) -> sqlx::Result<Option<Schema>> {
    match lease.run(Script::of(include_str!("sql/schema.sql"), &[])).await {
        Ok(answers) => read(&answers),
        Err(error) if is_missing_table(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(answers: &Answers) -> sqlx::Result<Option<Schema>> {
    let schema = |row: &sqlx::mysql::MySqlRow| {
        let (version, oldest): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Schema { version: version as u32, oldest_compatible: oldest as u32 })
    };
    answers.first_rows().first().map(schema).transpose()
}

pub(super) async fn migrate(store: &MySqlStore) -> Result<Vec<u32>> {
    // The lock is the session's: given up with the connection, whatever happens.
    let mut lease = store.own.lease().await.map_err(database(DOING))?;
    let lock = Script::of(include_str!("sql/migration_lock.sql"), &[&(PATIENCE.as_secs() as i64)]);
    let answers = lease.run(lock).await.map_err(database(DOING))?;
    let locked: i64 = answers.first_row().and_then(|row| row.try_get(0)).map_err(database(DOING))?;
    if locked == 0 {
        let minutes = PATIENCE.as_secs() / 60;
        let message =
            format!("could not {DOING}: another process has been migrating it for {minutes} minutes");
        return Err(Error::new(ErrorKind::Unavailable, message));
    }
    let applied = apply(store, &mut lease).await.map_err(database(DOING))?;
    lease.run(Script::of(include_str!("sql/migration_unlock.sql"), &[])).await.map_err(database(DOING))?;
    lease.keep();
    Ok(applied)
}

async fn apply(store: &MySqlStore, lease: &mut Lease) -> sqlx::Result<Vec<u32>> {
    let present = present(lease).await?.map_or(0, |schema| schema.version);
    let mut applied = Vec::new();
    for ((version, statements), oldest) in MIGRATIONS.iter().zip(OLDEST_COMPATIBLE) {
        if *version <= present {
            continue;
        }
        lease.run(Script::of(include_str!("sql/create_schema_table.sql"), &[])).await?;
        sqlx::raw_sql(AssertSqlSafe(*statements)).execute(lease.connection()).await?;
        let values = (i64::from(*version), i64::from(*oldest), store.now());
        let record = include_str!("sql/record_migration.sql");
        lease.run(Script::of(record, &[&values.0, &values.1, &values.2])).await?;
        applied.push(*version);
    }
    Ok(applied)
}
