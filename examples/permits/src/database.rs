//! The kind of database that the office lives in: a feature of this package chooses it.
//!
//! The handlers write their own SQL, and no two kinds of database speak the same: each statement is a file, once
//! for each kind.

/// The kind of database.
#[cfg(feature = "postgres")]
pub type Database = edafw::Postgres;

/// The kind of database.
#[cfg(not(feature = "postgres"))]
pub type Database = edafw::Sqlite;

/// A statement for the kind of database.
#[cfg(feature = "postgres")]
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("sql/postgres/", $name, ".sql"))
    };
}

/// A statement for the kind of database.
#[cfg(not(feature = "postgres"))]
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("sql/sqlite/", $name, ".sql"))
    };
}

pub(crate) use sql;
