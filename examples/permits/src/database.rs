//! The kind of database that the office lives in: a feature of this package chooses it.
//!
//! The handlers write their own SQL, and no two kinds of database speak the same: each statement is a file, once
//! for each kind.

#[cfg(feature = "postgres")]
mod kind {
    /// The kind of database.
    pub type Database = edafw::Postgres;

    /// Whether the database commits when a table is created, whatever else the transaction has in mind.
    pub(crate) const CREATING_COMMITS: bool = false;

    /// A statement for it.
    macro_rules! sql {
        ($name:literal) => {
            include_str!(concat!("sql/postgres/", $name, ".sql"))
        };
    }
    pub(crate) use sql;
}

#[cfg(all(feature = "mysql", not(feature = "postgres")))]
mod kind {
    /// The kind of database.
    pub type Database = edafw::MySql;

    /// Whether the database commits when a table is created, whatever else the transaction has in mind.
    pub(crate) const CREATING_COMMITS: bool = true;

    /// A statement for it.
    macro_rules! sql {
        ($name:literal) => {
            include_str!(concat!("sql/mysql/", $name, ".sql"))
        };
    }
    pub(crate) use sql;
}

#[cfg(not(any(feature = "mysql", feature = "postgres")))]
mod kind {
    /// The kind of database.
    pub type Database = edafw::Sqlite;

    /// Whether the database commits when a table is created, whatever else the transaction has in mind.
    pub(crate) const CREATING_COMMITS: bool = false;

    /// A statement for it.
    macro_rules! sql {
        ($name:literal) => {
            include_str!(concat!("sql/sqlite/", $name, ".sql"))
        };
    }
    pub(crate) use sql;
}

pub use kind::Database;
pub(crate) use kind::{CREATING_COMMITS, sql};
