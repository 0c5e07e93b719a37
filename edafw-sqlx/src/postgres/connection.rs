//! The framework's own statements, on connections apart from the user's.

use std::time::Duration;

use edafw_core::Result;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, PgConnection, Postgres};

use super::error::{database, is_contention, is_lost};
use crate::connections::{Connections, Taken};

/// How often a transaction of the framework's own is tried that loses against another one.
const TRIES: u32 = 8;

/// A kept connection that was silent for so long is asked whether it lives before something is read on it.
const SILENT: Duration = Duration::from_secs(1);

/// Begins a transaction by statements that are sent together: one round trip.
pub(super) async fn begin(
    pool: &Connections<PgConnection>,
    statements: &'static str,
) -> sqlx::Result<Taken<PgConnection>> {
    loop {
        let mut taken = pool.take().await?;
        match sqlx::raw_sql(statements).execute(taken.connection()).await {
            Ok(_) => return Ok(taken),
            // It died while nobody used it, and so did the others.
            Err(error) if taken.idle_for().is_some() && is_lost(&error) => pool.forget(),
            Err(error) => return Err(error),
        }
    }
}

/// Does a transaction of the framework's own again that lost against another one. Every such transaction takes its
/// locks in one order, so this is for what a user's own statements on the same rows may cause.
pub(super) async fn again<T, F: Future<Output = Result<T>>>(mut attempt: impl FnMut() -> F) -> Result<T> {
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if is_contention(&error) => {
                tracing::debug!(error = error.chain(), "lost against another transaction; trying again");
            }
            other => return other,
        }
    }
    attempt().await
}

/// Connections for the framework's own statements.
#[derive(Debug)]
pub(super) struct Framework {
    pool: Connections<PgConnection>,
    begin: &'static str,
    durable: bool,
    /// Whether a statement without BEGIN may write: it is in READ COMMITTED, unless somebody has set another default.
    by_itself: bool,
}

impl Framework {
    /// `durable`: whether its commits wait for the disk.
    pub(super) fn new(pool: Connections<PgConnection>, durable: bool, by_itself: bool) -> Self {
        let begin = if durable {
            include_str!("sql/begin_durable.sql")
        } else {
            include_str!("sql/begin_bookkeeping.sql")
        };
        Self { pool, begin, durable, by_itself }
    }

    /// Whether its commits wait for the disk.
    pub(super) fn is_durable(&self) -> bool {
        self.durable
    }

    /// Begins a transaction.
    pub(super) async fn begin(&self) -> Result<Work> {
        let begun = begin(&self.pool, self.begin).await;
        let taken = begun.map_err(database("begin a transaction of the framework's own"))?;
        Ok(Work { taken })
    }

    /// A connection for several statements that read.
    pub(super) async fn reader(&self, doing: &'static str) -> Result<Taken<PgConnection>> {
        loop {
            let mut taken = self.pool.take().await.map_err(database(doing))?;
            if taken.idle_for().is_none_or(|idle| idle < SILENT) || taken.connection().ping().await.is_ok() {
                return Ok(taken);
            }
            self.pool.forget();
        }
    }

    /// One statement that reads; run again where the connection had died while nobody used it.
    pub(super) async fn read<'q>(
        &self,
        doing: &'static str,
        query: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>> {
        loop {
            let mut taken = self.pool.take().await.map_err(database(doing))?;
            match query().fetch_all(taken.connection()).await {
                Ok(rows) => {
                    taken.keep();
                    return Ok(rows);
                }
                Err(error) if taken.idle_for().is_some() && is_lost(&error) => self.pool.forget(),
                Err(error) => return Err(database(doing)(error)),
            }
        }
    }

    /// One statement that writes and is a transaction by itself: a single round trip. It says for itself whether it
    /// waits for the disk. Run again where the connection had died while nobody used it, so that it may take effect
    /// twice.
    pub(super) async fn once<'q>(
        &self,
        doing: &'static str,
        query: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>> {
        if self.by_itself { self.read(doing, query).await } else { self.fetch(doing, query()).await }
    }

    /// One statement that writes, in a transaction of its own; answers the rows it returns.
    pub(super) async fn fetch(
        &self,
        doing: &'static str,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>> {
        let mut work = self.begin().await?;
        let rows = query.fetch_all(work.connection()).await.map_err(database(doing))?;
        work.commit(doing).await?;
        Ok(rows)
    }

    /// As [`fetch`](Self::fetch), for one that changes rows; answers how many.
    pub(super) async fn execute(
        &self,
        doing: &'static str,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<u64> {
        let mut work = self.begin().await?;
        let done = query.execute(work.connection()).await.map_err(database(doing))?;
        work.commit(doing).await?;
        Ok(done.rows_affected())
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// An open transaction of the framework's own. Dropped, it is rolled back, and its connection closed.
pub(super) struct Work {
    taken: Taken<PgConnection>,
}

impl Work {
    /// What to run statements on.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.taken.connection()
    }

    /// Commits, and keeps the connection.
    pub(super) async fn commit(mut self, doing: &'static str) -> Result<()> {
        sqlx::raw_sql("commit").execute(self.taken.connection()).await.map_err(database(doing))?;
        self.taken.keep();
        Ok(())
    }
}
