//! Event store, inbox and embedded transport of edafw on SQL databases.
//!
//! A database is a marker type that implements [`edafw_core::Backend`]; each has a module of its own with
//! the same files: `config` reads the URL, `store` holds the connections, `transaction` is what users write
//! in, `outbox` what the relay claims, `queue` the embedded transport, `delivery` what the worker keeps.

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteStore, SqliteTransaction};
