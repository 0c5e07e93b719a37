//! Connections, and what the framework does on its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use edafw_core::{Error, Result};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection, MySqlConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{database, is_lost};
use super::script::{Answers, Script};

/// Connections that are kept between two uses, up to a number of them at a time.
///
/// Not the driver's pool, which asks the server whether it is there after every use; and because of the two ways
/// in which a [`Lease`] ends: a connection comes back only where it is known to have no open transaction.
#[derive(Debug)]
pub(super) struct Pool {
    options: MySqlConnectOptions,
    patience: Duration,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<(MySqlConnection, Instant)>>,
}

/// A connection that was not used for so long may have been closed by the server or by what is in between.
const MAY_BE_GONE: Duration = Duration::from_secs(5);

impl Pool {
    pub(super) fn new(options: MySqlConnectOptions, size: u32, patience: Duration) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(size.max(1) as usize));
        Arc::new(Self { options, patience, permits, idle: Mutex::default() })
    }

    /// An idle connection, or a new one; waits for one to come back where all are in use.
    pub(super) async fn lease(self: &Arc<Self>) -> sqlx::Result<Lease> {
        let permit = tokio::time::timeout(self.patience, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.open().await?;
        Ok(Lease { connection: Some(connection), pool: Arc::clone(self), _permit: permit })
    }

    async fn open(&self) -> sqlx::Result<MySqlConnection> {
        loop {
            let kept = self.idle().pop();
            match kept {
                None => break,
                Some((connection, since)) if since.elapsed() < MAY_BE_GONE => return Ok(connection),
                Some((mut connection, _)) => {
                    if connection.ping().await.is_ok() {
                        return Ok(connection);
                    }
                }
            }
        }
        tokio::time::timeout(self.patience, self.options.connect()).await.map_err(|_| {
            sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the server does not answer"))
        })?
    }

    /// Forgets the idle connections: what closed one has closed them all.
    fn forget(&self) {
        self.idle().clear();
    }

    /// Closes the idle connections, and gives no more.
    pub(super) async fn close(&self) {
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for (connection, _) in idle {
            let _ = connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(MySqlConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use. Dropped, it is closed: the server rolls back what was open.
#[derive(Debug)]
pub(super) struct Lease {
    connection: Option<MySqlConnection>,
    pool: Arc<Pool>,
    /// Declared last: released when the connection is gone.
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// The connection.
    pub(super) fn connection(&mut self) -> &mut MySqlConnection {
        self.connection.as_mut().expect("taken only by `keep`")
    }

    /// The connection, to be read.
    pub(super) fn connection_ref(&self) -> &MySqlConnection {
        self.connection.as_ref().expect("taken only by `keep`")
    }

    /// Runs a script.
    pub(super) async fn run(&mut self, script: Script) -> sqlx::Result<Answers> {
        let answers = script.run(self.connection()).await;
        if answers.as_ref().is_err_and(is_lost) {
            self.pool.forget();
        }
        answers
    }

    /// Keeps the connection for the next one: it has no open transaction.
    pub(super) fn keep(mut self) {
        if let Some(connection) = self.connection.take()
            && !self.pool.permits.is_closed()
        {
            self.pool.idle().push((connection, Instant::now()));
        }
    }
}

/// A piece of the framework's own work, which may take several scripts on one connection.
pub(super) struct Work {
    lease: Lease,
    doing: &'static str,
}

impl Work {
    /// Runs the next script of it.
    pub(super) async fn run(&mut self, script: Script) -> Result<Answers> {
        self.lease.run(script).await.map_err(database(self.doing))
    }

    /// Names what is being done, for an error in an answer.
    pub(super) fn failed(&self) -> impl FnOnce(sqlx::Error) -> Error + use<> {
        database(self.doing)
    }

    /// The last script has committed.
    pub(super) fn end(self) {
        self.lease.keep();
    }
}

impl Pool {
    /// Begins a piece of work; `doing` completes "could not ...".
    pub(super) async fn work(self: &Arc<Self>, doing: &'static str) -> Result<Work> {
        let lease = self.lease().await.map_err(database(doing))?;
        Ok(Work { lease, doing })
    }

    /// Work of one script.
    pub(super) async fn once(self: &Arc<Self>, doing: &'static str, script: Script) -> Result<Answers> {
        let mut work = self.work(doing).await?;
        let answers = work.run(script).await?;
        work.end();
        Ok(answers)
    }
}
