//! PostgreSQL 13 or later: many processes write at once.
//!
//! Everything runs in READ COMMITTED and relies on row locks alone. The framework's own statements run on
//! connections of their own, in transactions that do not wait for the disk: what a crash of the server takes of
//! them is done again from the rows before. The user's transactions wait for it.

mod archive;
mod config;
mod confirmation;
mod connection;
mod delivery;
mod error;
mod history;
mod inbox;
mod listener;
mod migrate;
mod outbox;
mod own_queues;
mod provision;
mod queue;
mod rows;
mod store;
mod transaction;

use std::sync::Arc;
use std::time::SystemTime;

use edafw_core::{Backend, BoxFuture, NewEvent, Result, StoreOptions, Transport, to_millis};

pub use store::PostgresStore;
pub use transaction::PostgresTransaction;

/// PostgreSQL, as the `B` of `Tx<B>` and `App<B>`.
///
/// URLs: `postgres://user:password@host:5432/database`. Options behind `?`: those of the driver, such as
/// `sslmode`, and `notify=on`, with which a commit wakes other processes at once instead of within the poll
/// interval.
#[derive(Debug, Clone, Copy)]
pub enum Postgres {}

impl Backend for Postgres {
    const SCHEME: &'static str = "postgres";
    const ONE_WRITER: bool = false;

    type Connection = sqlx::PgConnection;
    type Transaction = PostgresTransaction;
    type Store = PostgresStore;

    fn connect(url: &str, options: StoreOptions) -> BoxFuture<'static, Result<Arc<PostgresStore>>> {
        let url = url.to_owned();
        Box::pin(async move { PostgresStore::open(&url, options).await.map(Arc::new) })
    }

    fn begin(store: &Arc<PostgresStore>) -> BoxFuture<'static, Result<PostgresTransaction>> {
        let store = Arc::clone(store);
        Box::pin(async move { PostgresTransaction::begin(&store).await })
    }

    fn embedded_transport(store: &Arc<PostgresStore>) -> Arc<dyn Transport> {
        Arc::clone(store) as Arc<dyn Transport>
    }

    fn store_event<'a>(
        connection: &'a mut sqlx::PgConnection,
        event: &'a NewEvent,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(transaction::store_foreign(connection, event, to_millis(now)))
    }
}
