//! What a driver's error means to the framework.

use std::error::Error as _;

use edafw_core::{Error, ErrorKind};
use sqlx::mysql::MySqlDatabaseError;

/// Error numbers of the server that may go away by waiting: too many connections, shutting down, lock wait timed
/// out, deadlock, out of resources, killed, read-only for the moment of a failover.
const TRANSIENT: &[u16] =
    &[1040, 1053, 1203, 1205, 1213, 1226, 1290, 1317, 1836, 1927, 3024, 3032, 3101, 3572, 4031];

/// Numbers that stand for a connection or a server that ends: they say nothing about what was committed.
const ENDING: &[u16] = &[1053, 1152, 1158, 1159, 1160, 1161, 1184, 1317, 1927, 4031];

/// No right to do that: to connect, to use the database, to run the statement.
const DENIED: &[u16] = &[1044, 1045, 1142, 1143, 1227, 1698];

/// Gives a driver's error its kind; `doing` completes "could not ...".
pub(super) fn database(doing: impl std::fmt::Display) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| {
        let (kind, hint) = meaning(&error);
        Error::new(kind, format!("could not {doing}{hint}")).caused_by(error)
    }
}

fn meaning(error: &sqlx::Error) -> (ErrorKind, &'static str) {
    let Some(number) = number(error) else {
        return match error {
            sqlx::Error::PoolTimedOut => (
                ErrorKind::Unavailable,
                "; every connection was in use for all of the time that may be waited: keep transactions short, \
                 or raise `max_connections`",
            ),
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => {
                (ErrorKind::Unavailable, "")
            }
            sqlx::Error::Tls(_) => (
                ErrorKind::Configuration,
                "; the URL or the server asks for TLS, which edafw's feature `tls` provides",
            ),
            _ => (ErrorKind::Database, ""),
        };
    };
    match number {
        1146 if is_about_our_tables(error) => {
            (ErrorKind::Schema, "; the tables of edafw are missing: run the `migrate` command")
        }
        1049 => {
            (ErrorKind::Configuration, "; create the database first: edafw creates tables and nothing else")
        }
        1153 => {
            (ErrorKind::Database, "; raise `max_allowed_packet` of the server to twice the largest payload")
        }
        1665 => (
            ErrorKind::Configuration,
            "; the server must not log by statement: set `binlog_format` to ROW or MIXED",
        ),
        number if DENIED.contains(&number) => (
            ErrorKind::Configuration,
            "; the user needs the rights to select, insert, update and delete in this database, and for the \
             `migrate` command to create, alter, drop and index",
        ),
        number if TRANSIENT.contains(&number) => (ErrorKind::Unavailable, ""),
        _ => (ErrorKind::Database, ""),
    }
}

fn is_about_our_tables(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains(".edafw_"))
}

/// The server's number for an error.
fn number(error: &sqlx::Error) -> Option<u16> {
    Some(error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

/// Whether a statement failed because a row with this key exists.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    number(error) == Some(1062)
}

/// Whether a named savepoint does not exist.
pub(super) fn is_missing_savepoint(error: &sqlx::Error) -> bool {
    number(error) == Some(1305)
}

/// Whether a table does not exist.
pub(super) fn is_missing_table(error: &sqlx::Error) -> bool {
    number(error) == Some(1146)
}

/// Whether COMMIT itself was refused, as by the other nodes of a cluster.
pub(super) fn is_refused_commit(error: &sqlx::Error) -> bool {
    number(error).is_some_and(|number| matches!(number, 1180 | 1213 | 3101))
}

/// Whether COMMIT may have taken effect although it was answered by this, or not at all.
pub(super) fn leaves_open(error: &sqlx::Error) -> bool {
    number(error).is_none_or(|number| ENDING.contains(&number))
}

/// Whether the connection can no longer be used.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::Database(_)) || number(error).is_some_and(|number| ENDING.contains(&number))
}

/// Whether a transaction lost against another one: a deadlock, or a lock that was waited for in vain.
pub(super) fn is_contention(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    cause.and_then(number).is_some_and(|number| number == 1205 || number == 1213)
}
