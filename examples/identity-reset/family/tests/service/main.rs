//! The family-account service beside a member service that the tests play.
//!
//! In memory, which is what the harness makes of SQLite.

#![cfg(not(feature = "postgres"))]

mod catalogue;
mod http;
mod joining;
mod member_system;
mod reset;

// The member system is of this crate.
edafw::service!("member");
