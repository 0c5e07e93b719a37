//! The framework's own work, on connections apart from the user's.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Error, Result};
use sqlx::{Connection, MySqlConnection};

use super::error::{database, is_contention, is_lost};
use super::script::{Answers, Script};
use crate::connections::{Connections, Taken};

/// How often a transaction of the framework's own is tried that loses against another one.
const TRIES: u32 = 10;

/// A kept connection that was silent for so long is asked whether it lives before something is done on it.
const SILENT: Duration = Duration::from_secs(1);

/// Begins a transaction by a script that can be run again: nothing of it stays where it was cut off.
pub(super) async fn begin(
    pool: &Connections<MySqlConnection>,
    script: impl Fn() -> Script,
) -> sqlx::Result<Taken<MySqlConnection>> {
    loop {
        let mut taken = pool.take().await?;
        match script().run(taken.connection()).await {
            Ok(_) => return Ok(taken),
            // It died while nobody used it, and so did the others.
            Err(error) if taken.idle_for().is_some() && is_lost(&error) => pool.forget(),
            Err(error) => return Err(error),
        }
    }
}

/// Does work again that lost against another transaction. The framework's own take their locks in one order, so
/// this is for what a unique key makes wait, and for what a user's own statements on the same rows may cause.
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

/// Connections for the framework's own work.
#[derive(Debug)]
pub(super) struct Framework {
    pool: Connections<MySqlConnection>,
}

impl Framework {
    pub(super) fn new(pool: Connections<MySqlConnection>) -> Arc<Self> {
        Arc::new(Self { pool })
    }

    /// Begins a piece of work; `doing` completes "could not ...".
    pub(super) async fn work(self: &Arc<Self>, doing: &'static str) -> Result<Work> {
        loop {
            let mut taken = self.pool.take().await.map_err(database(doing))?;
            if taken.idle_for().is_none_or(|idle| idle < SILENT) || taken.connection().ping().await.is_ok() {
                return Ok(Work { taken, framework: Arc::clone(self), doing });
            }
            self.pool.forget();
        }
    }

    /// Work of one script.
    pub(super) async fn once(self: &Arc<Self>, doing: &'static str, script: Script) -> Result<Answers> {
        let mut work = self.work(doing).await?;
        let answers = work.run(script).await?;
        work.end();
        Ok(answers)
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A piece of the framework's own work: some scripts on one connection. Dropped, the connection is closed, and
/// what was not committed is rolled back.
pub(super) struct Work {
    taken: Taken<MySqlConnection>,
    framework: Arc<Framework>,
    doing: &'static str,
}

impl Work {
    /// Runs the next script of it.
    pub(super) async fn run(&mut self, script: Script) -> Result<Answers> {
        self.try_run(script).await.map_err(self.failed())
    }

    /// As [`run`](Self::run), with the driver's error.
    pub(super) async fn try_run(&mut self, script: Script) -> sqlx::Result<Answers> {
        let answers = script.run(self.taken.connection()).await;
        if answers.as_ref().is_err_and(is_lost) {
            self.framework.pool.forget();
        }
        answers
    }

    /// Names what is being done, for the driver's error.
    pub(super) fn failed(&self) -> impl FnOnce(sqlx::Error) -> Error + use<> {
        database(self.doing)
    }

    /// Keeps the connection: the last script has committed.
    pub(super) fn end(self) {
        self.taken.keep();
    }
}
