//! What a driver's error means to the framework.

use std::error::Error as StdError;

use edafw_core::{Error, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// Gives a driver's error its kind; `doing` completes "could not ...".
pub(super) fn database(doing: impl std::fmt::Display) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| {
        let (kind, hint) = meaning(&error);
        Error::new(kind, format!("could not {doing}{hint}")).caused_by(error)
    }
}

/// An error's kind, and what to do about it.
fn meaning(error: &sqlx::Error) -> (ErrorKind, &'static str) {
    let code = match error {
        sqlx::Error::Database(inner) => inner.code(),
        sqlx::Error::PoolTimedOut => {
            let hint = "; every connection is in use: end transactions sooner, or allow more of them";
            return (ErrorKind::Unavailable, hint);
        }
        sqlx::Error::Io(_) => {
            return (
                ErrorKind::Unavailable,
                "; the PostgreSQL server cannot be reached or closed the connection",
            );
        }
        sqlx::Error::Protocol(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            return (ErrorKind::Unavailable, "");
        }
        sqlx::Error::Tls(_) => {
            let hint =
                "; the encrypted connection was refused: see `sslmode` in the URL, and edafw's feature `tls`";
            return (ErrorKind::Configuration, hint);
        }
        sqlx::Error::Configuration(_) => return (ErrorKind::Configuration, ""),
        _ => return (ErrorKind::Database, ""),
    };
    let is_ours = error.to_string().contains("edafw_");
    match code.as_deref().unwrap_or_default() {
        // Serialization failure, deadlock, lock not available: somebody else came first.
        "40001" | "40P01" | "55P03" => (ErrorKind::Unavailable, ""),
        "42P01" if is_ours => {
            (ErrorKind::Schema, "; the tables of edafw are missing: run the `migrate` command")
        }
        "42501" => (
            ErrorKind::Configuration,
            "; the role lacks a right: grant it CREATE on the schema to migrate, and SELECT, INSERT, UPDATE, DELETE \
             on the tables edafw_* to run",
        ),
        "28P01" | "28000" => {
            (ErrorKind::Configuration, "; the server refuses the user or the password in the URL")
        }
        "3D000" => (ErrorKind::Configuration, "; the database in the URL does not exist: create it first"),
        "53300" => (
            ErrorKind::Unavailable,
            "; the server has no connection left: allow it more, or each process fewer (`max_connections`)",
        ),
        "25006" => (
            ErrorKind::Unavailable,
            "; the server takes no writes: it is a standby, or not yet the new primary",
        ),
        "25P03" => {
            (ErrorKind::Unavailable, "; the transaction did nothing for so long that the server ended it")
        }
        // Connection exceptions, insufficient resources, operator intervention (shutdown, crash, start-up).
        code if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => {
            (ErrorKind::Unavailable, "")
        }
        _ => (ErrorKind::Database, ""),
    }
}

/// Whether the answer to COMMIT leaves it open whether it took effect: everything but a plain refusal.
pub(super) fn leaves_open(error: &sqlx::Error) -> bool {
    let refused = error
        .as_database_error()
        .and_then(|inner| inner.try_downcast_ref::<PgDatabaseError>())
        .is_some_and(|inner| inner.severity() == PgSeverity::Error);
    !refused
}

/// Whether the transaction was aborted before, by a statement whose error was ignored.
pub(super) fn is_aborted(error: &sqlx::Error) -> bool {
    code_is(error, &["25P02"])
}

/// Whether a row with such a key is there.
pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    code_is(error, &["23505"])
}

/// Whether a table does not exist.
pub(super) fn is_missing_table(error: &sqlx::Error) -> bool {
    code_is(error, &["42P01"])
}

/// Whether the connection is of no use any more.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed)
        || code_is(error, &["57P01", "57P02", "57P03", "57P05", "25P03", "08P01"])
}

/// Whether the framework's own transaction lost against another one and may simply be done again.
pub(super) fn is_contention(error: &Error) -> bool {
    let driver = StdError::source(error).and_then(|source| source.downcast_ref::<sqlx::Error>());
    driver.is_some_and(|driver| code_is(driver, &["40001", "40P01", "55P03"]))
}

fn code_is(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| codes.contains(&&*code))
}
