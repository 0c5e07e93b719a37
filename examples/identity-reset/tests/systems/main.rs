//! The program, as the read-me has one start it, with its processes killed.
//!
//! The member service is on SQLite. The family-account service is on the kind of database that this package was built
//! for: SQLite by default, and with the feature `postgres` on a server.

mod family_database;
mod whole;
