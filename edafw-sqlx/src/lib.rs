//! Event store, inbox and embedded transport of edafw on SQL databases.
//!
//! A database is a marker type that implements [`edafw_core::Backend`]; each has a module of its own with
//! the same files: `config` reads the URL, `store` holds the connections, `transaction` is what users write
//! in, `outbox` what the relay claims, `queue` the embedded transport, `delivery` what the worker keeps. What
//! has no SQL in it stands beside them, once for all: who wakes whom, what rows mean, what is due.

#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    allow(dead_code, reason = "the shared pieces serve no database, or not this one")
)]

mod archived;
mod archiving;
mod boxed;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod connections;
mod doorbell;
mod effect;
mod headers;
mod json;
#[cfg(feature = "mysql")]
mod mysql;
mod poller;
#[cfg(feature = "postgres")]
mod postgres;
mod receipts;
mod registry;
mod republishing;
#[cfg(feature = "sqlite")]
mod sqlite;
mod states;
mod subscriptions;

#[cfg(feature = "mysql")]
pub use mysql::{MySql, MySqlStore, MySqlTransaction};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresStore, PostgresTransaction};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteStore, SqliteTransaction};
