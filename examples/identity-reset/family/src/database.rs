//! The kind of database that the service lives in: a feature of this package chooses it.

#[cfg(feature = "postgres")]
mod kind {
    /// The kind of database.
    pub type Database = edafw::Postgres;

    /// The statements that create the service's table.
    macro_rules! schema {
        () => {
            include_str!("sql/postgres/schema.sql")
        };
    }
    pub(crate) use schema;
}

#[cfg(not(feature = "postgres"))]
mod kind {
    /// The kind of database.
    pub type Database = edafw::Sqlite;

    /// The statements that create the service's table.
    macro_rules! schema {
        () => {
            include_str!("sql/sqlite/schema.sql")
        };
    }
    pub(crate) use schema;
}

pub use kind::Database;
pub(crate) use kind::schema;
