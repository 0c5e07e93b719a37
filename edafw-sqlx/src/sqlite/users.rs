//! The connection of the user's transactions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// Keeps the connection between two transactions of the user's.
///
/// One is enough, since only who has the turn to write has it. A pool would hand out several in turn, each with
/// the pages and statements of its own last transaction, and ask each whether it lives when it comes back.
#[derive(Debug)]
pub(super) struct Users {
    options: SqliteConnectOptions,
    idle: Mutex<Idle>,
}

#[derive(Debug)]
enum Idle {
    /// Nobody uses it; `None` if there is none yet.
    Open(Option<UserConnection>),
    /// There will be none.
    Closed,
}

/// A connection that knows whether its transaction still is the one that was begun.
#[derive(Debug)]
pub(super) struct UserConnection {
    pub(super) connection: SqliteConnection,
    /// Set by SQLite's commit and rollback hooks, whichever statement it was that ended the transaction.
    ended: Arc<AtomicBool>,
}

impl UserConnection {
    async fn open(options: &SqliteConnectOptions) -> sqlx::Result<Self> {
        let mut connection = options.connect().await?;
        let ended = Arc::new(AtomicBool::new(true));
        let mut handle = connection.lock_handle().await?;
        let flag = Arc::clone(&ended);
        handle.set_commit_hook(move || {
            flag.store(true, Ordering::SeqCst);
            true
        });
        let flag = Arc::clone(&ended);
        handle.set_rollback_hook(move || flag.store(true, Ordering::SeqCst));
        drop(handle);
        Ok(Self { connection, ended })
    }

    /// Begins a transaction that holds the database's one writer.
    pub(super) async fn begin(&mut self) -> sqlx::Result<()> {
        sqlx::query("begin immediate").execute(&mut self.connection).await?;
        self.ended.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Whether the transaction that was begun has ended since.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

impl Users {
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        Self { options, idle: Mutex::new(Idle::Open(None)) }
    }

    /// The kept connection, or a new one.
    pub(super) async fn take(&self) -> sqlx::Result<UserConnection> {
        let kept = match &mut *self.idle() {
            Idle::Open(kept) => kept.take(),
            Idle::Closed => return Err(sqlx::Error::PoolClosed),
        };
        match kept {
            Some(connection) => Ok(connection),
            None => UserConnection::open(&self.options).await,
        }
    }

    /// Keeps a connection that has no open transaction.
    pub(super) fn keep(&self, connection: UserConnection) {
        if let Idle::Open(kept) = &mut *self.idle() {
            *kept = Some(connection);
        }
    }

    /// Closes the kept connection, and gives no more.
    pub(super) async fn close(&self) {
        let idle = std::mem::replace(&mut *self.idle(), Idle::Closed);
        if let Idle::Open(Some(kept)) = idle {
            let _ = kept.connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
