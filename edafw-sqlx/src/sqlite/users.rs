//! The connection of the user's transactions.

use std::sync::{Mutex, MutexGuard, PoisonError};

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
    Open(Option<SqliteConnection>),
    /// There will be none.
    Closed,
}

impl Users {
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        Self { options, idle: Mutex::new(Idle::Open(None)) }
    }

    /// The kept connection, or a new one.
    pub(super) async fn take(&self) -> sqlx::Result<SqliteConnection> {
        let kept = match &mut *self.idle() {
            Idle::Open(kept) => kept.take(),
            Idle::Closed => return Err(sqlx::Error::PoolClosed),
        };
        match kept {
            Some(connection) => Ok(connection),
            None => self.options.connect().await,
        }
    }

    /// Keeps a connection that has no open transaction.
    pub(super) fn keep(&self, connection: SqliteConnection) {
        if let Idle::Open(kept) = &mut *self.idle() {
            *kept = Some(connection);
        }
    }

    /// Closes the kept connection, and gives no more.
    pub(super) async fn close(&self) {
        let idle = std::mem::replace(&mut *self.idle(), Idle::Closed);
        if let Idle::Open(Some(connection)) = idle {
            let _ = connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
