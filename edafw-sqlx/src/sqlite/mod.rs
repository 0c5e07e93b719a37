//! SQLite 3.45 or later, as bundled by the driver: WAL mode, one writer at a time, no server.

mod archive;
mod config;
mod confirmation;
mod connection;
mod delivery;
mod error;
mod held;
mod history;
mod inbox;
mod migrate;
mod outbox;
mod own_queues;
mod provision;
mod queue;
mod rows;
mod store;
mod transaction;
mod users;

use std::sync::Arc;
use std::time::SystemTime;

use edafw_core::{Backend, BoxFuture, NewEvent, Result, StoreOptions, Transport, to_millis};

pub use store::SqliteStore;
pub use transaction::SqliteTransaction;

/// SQLite, as the `B` of `Tx<B>` and `App<B>`.
///
/// URLs: `sqlite:path/to/file.db`, created when missing; `sqlite::memory:` or `sqlite:name?mode=memory` for
/// one that lives as long as a handle to it. `synchronous=full|normal|off` decides what a power cut may take
/// from the user's transactions; the default, `full`, loses nothing that was committed.
///
/// The framework keeps the commit and rollback hooks of a transaction's connection: by them it notices that the
/// transaction was ended behind its back.
#[derive(Debug, Clone, Copy)]
pub enum Sqlite {}

impl Backend for Sqlite {
    const SCHEME: &'static str = "sqlite";
    const ONE_WRITER: bool = true;

    type Connection = sqlx::SqliteConnection;
    type Transaction = SqliteTransaction;
    type Store = SqliteStore;

    fn connect(url: &str, options: StoreOptions) -> BoxFuture<'static, Result<Arc<SqliteStore>>> {
        let url = url.to_owned();
        Box::pin(async move { SqliteStore::open(&url, options).await.map(Arc::new) })
    }

    fn begin(store: &Arc<SqliteStore>) -> BoxFuture<'static, Result<SqliteTransaction>> {
        let store = Arc::clone(store);
        Box::pin(async move { SqliteTransaction::begin(&store).await })
    }

    fn embedded_transport(store: &Arc<SqliteStore>) -> Arc<dyn Transport> {
        Arc::clone(store) as Arc<dyn Transport>
    }

    fn store_event<'a>(
        connection: &'a mut sqlx::SqliteConnection,
        event: &'a NewEvent,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(transaction::store_foreign(connection, event, to_millis(now)))
    }
}
