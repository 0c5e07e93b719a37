//! MySQL 8.0 or later and MariaDB 10.6 or later: many processes at once, in READ COMMITTED.
//!
//! Locks are taken on rows by primary key, in its order, or skipped where somebody else has them; so the
//! framework's statements neither lock gaps nor, among themselves, each other out. What a unique key makes wait,
//! and a deadlock that the user's statements are part of, is tried again or told.

mod archive;
mod config;
mod confirmation;
mod connection;
mod delivery;
mod error;
mod history;
mod inbox;
mod lane;
mod migrate;
mod outbox;
mod provision;
mod queue;
mod receive;
mod rows;
mod script;
mod store;
mod transaction;

use std::sync::Arc;
use std::time::SystemTime;

use edafw_core::{Backend, BoxFuture, NewEvent, Result, StoreOptions, Transport, to_millis};

pub use store::MySqlStore;
pub use transaction::MySqlTransaction;

/// MySQL or MariaDB, as the `B` of `Tx<B>` and `App<B>`.
///
/// URLs: `mysql://user:password@host:3306/database`, or `mariadb:` for the same. The database exists; edafw
/// creates its tables. Options behind a `?` are `socket`, and `ssl-mode`, `ssl-ca`, `ssl-cert` and `ssl-key` where
/// the driver was built with TLS.
///
/// Transactions are READ COMMITTED. A statement that changes tables ends a transaction on these servers, and
/// `commit` then says that it was ended; and so does a deadlock whose error a handler swallowed, because the server
/// has rolled everything back.
#[derive(Debug, Clone, Copy)]
pub enum MySql {}

impl Backend for MySql {
    const SCHEME: &'static str = "mysql";
    const ONE_WRITER: bool = false;

    type Connection = sqlx::MySqlConnection;
    type Transaction = MySqlTransaction;
    type Store = MySqlStore;

    fn connect(url: &str, options: StoreOptions) -> BoxFuture<'static, Result<Arc<MySqlStore>>> {
        let url = url.to_owned();
        Box::pin(async move { MySqlStore::open(&url, options).await.map(Arc::new) })
    }

    fn begin(store: &Arc<MySqlStore>) -> BoxFuture<'static, Result<MySqlTransaction>> {
        let store = Arc::clone(store);
        Box::pin(async move { MySqlTransaction::begin(&store).await })
    }

    fn embedded_transport(store: &Arc<MySqlStore>) -> Arc<dyn Transport> {
        Arc::clone(store) as Arc<dyn Transport>
    }

    fn store_event<'a>(
        connection: &'a mut sqlx::MySqlConnection,
        event: &'a NewEvent,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(transaction::store_foreign(connection, event, to_millis(now)))
    }
}
