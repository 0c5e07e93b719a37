//! Connections to a database server, kept between transactions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Up to so many connections, opened when they are needed.
///
/// Not the driver's pool: that one asks a connection whether it lives whenever it comes and goes, a round trip to
/// the server each time, and takes back one whose transaction is still open. Here a connection comes back only
/// by [`Taken::keep`], from somebody who knows that it is clean; dropped in any other way it is closed.
#[derive(Debug)]
pub(crate) struct Connections<C: Connection> {
    options: C::Options,
    most: u32,
    patience: Duration,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Idle<C>>>>,
}

#[derive(Debug)]
struct Idle<C> {
    connection: C,
    since: Instant,
}

/// A connection that was not used for so long is not kept: servers and what stands before them forget the
/// silent ones without a word.
const STALE: Duration = Duration::from_mins(5);

impl<C> Connections<C>
where
    C: Connection,
    C::Options: ConnectOptions<Connection = C>,
{
    pub(crate) fn new(options: C::Options, most: u32, patience: Duration) -> Self {
        let most = most.max(1);
        Self {
            options,
            most,
            patience,
            permits: Arc::new(Semaphore::new(most as usize)),
            idle: Arc::default(),
        }
    }

    /// How many there are, at most.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only PostgreSQL tells it in an error"))]
    pub(crate) fn most(&self) -> u32 {
        self.most
    }

    /// A kept connection or a new one.
    ///
    /// # Errors
    /// `PoolTimedOut` where none came free in time, `PoolClosed` after [`close`](Self::close), and what the
    /// server says to a new one.
    pub(crate) async fn take(&self) -> sqlx::Result<Taken<C>> {
        let permit = self.permit().await?;
        let kept = self.idle().pop();
        if let Some(kept) = kept.filter(|kept| kept.since.elapsed() < STALE) {
            return Ok(self.taken(kept.connection, permit, Some(kept.since.elapsed())));
        }
        self.open(permit).await
    }

    /// Forgets the connections that nobody uses: they are thought to be dead.
    pub(crate) fn forget(&self) {
        self.idle().clear();
    }

    /// Closes the connections that nobody uses, and gives no more.
    pub(crate) async fn close(&self) {
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for one in idle {
            let _ = one.connection.close().await;
        }
    }

    async fn permit(&self) -> sqlx::Result<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.patience, permit).await;
        permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)
    }

    async fn open(&self, permit: OwnedSemaphorePermit) -> sqlx::Result<Taken<C>> {
        let connection = tokio::time::timeout(self.patience, self.options.connect()).await;
        let unreachable = |_| {
            let kind = std::io::ErrorKind::TimedOut;
            sqlx::Error::Io(std::io::Error::new(kind, "the server did not answer in time"))
        };
        Ok(self.taken(connection.map_err(unreachable)??, permit, None))
    }

    fn taken(&self, connection: C, permit: OwnedSemaphorePermit, idle_for: Option<Duration>) -> Taken<C> {
        let slot = Some((connection, permit));
        Taken { slot, idle: Arc::clone(&self.idle), permits: Arc::clone(&self.permits), idle_for }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle<C>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use. Dropped, it is closed.
#[derive(Debug)]
pub(crate) struct Taken<C> {
    slot: Option<(C, OwnedSemaphorePermit)>,
    idle: Arc<Mutex<Vec<Idle<C>>>>,
    permits: Arc<Semaphore>,
    idle_for: Option<Duration>,
}

impl<C> Taken<C> {
    /// How long nobody used it, so that it may have died meanwhile; `None` if it is new.
    pub(crate) fn idle_for(&self) -> Option<Duration> {
        self.idle_for
    }

    /// What to run statements on.
    pub(crate) fn connection(&mut self) -> &mut C {
        &mut self.slot.as_mut().expect("emptied by `keep` alone, which takes it").0
    }

    /// As [`connection`](Self::connection), to be read.
    pub(crate) fn connection_ref(&self) -> &C {
        &self.slot.as_ref().expect("emptied by `keep` alone, which takes it").0
    }

    /// Keeps the connection for the next one; it has no open transaction.
    pub(crate) fn keep(mut self) {
        let Some((connection, permit)) = self.slot.take() else { return };
        if !self.permits.is_closed() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(Idle { connection, since: Instant::now() });
        }
        // The next one may look for it now.
        drop(permit);
    }
}
