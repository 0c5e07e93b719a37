//! What a driver's error means to the framework.

use edafw_core::{Error, ErrorKind};

/// Primary result codes of SQLite that may go away by waiting: BUSY, LOCKED, NOMEM, IOERR, FULL, CANTOPEN.
const TRANSIENT: [i64; 6] = [5, 6, 7, 10, 13, 14];

/// Gives a driver's error its kind; `doing` completes "could not ...".
pub(super) fn database(doing: impl std::fmt::Display) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| {
        let message = error.to_string();
        let kind = match &error {
            sqlx::Error::Database(inner) if is_transient(inner.as_ref()) => ErrorKind::Unavailable,
            sqlx::Error::Database(_) if message.contains("no such table: edafw_") => ErrorKind::Schema,
            sqlx::Error::PoolTimedOut
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::PoolClosed => ErrorKind::Unavailable,
            _ => ErrorKind::Database,
        };
        let hint = match kind {
            ErrorKind::Schema => "; the tables of edafw are missing: run the `migrate` command",
            _ => "",
        };
        Error::new(kind, format!("could not {doing}{hint}")).caused_by(error)
    }
}

/// Whether a statement failed because a row with this key exists.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether the answer leaves it open what reached the disk: an I/O error, or no answer at all.
pub(super) fn leaves_open(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(inner) => primary_code(inner.as_ref()) == Some(10),
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Whether a foreign key is broken: what COMMIT says of one that is declared DEFERRED.
pub(super) fn is_broken_reference(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

/// Whether somebody else holds the database.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(primary_code).is_some_and(|code| code == 5 || code == 6)
}

fn is_transient(error: &dyn sqlx::error::DatabaseError) -> bool {
    primary_code(error).is_some_and(|code| TRANSIENT.contains(&code))
}

/// The low byte of an extended result code (SQLite documentation, "Result and Error Codes").
fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<i64> {
    Some(error.code()?.parse::<i64>().ok()? & 0xff)
}
