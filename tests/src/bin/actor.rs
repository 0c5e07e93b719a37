//! The actor on SQLite.

#[path = "../services/actor.rs"]
mod actor;

edafw::service!("actor");

/// Where the service lives.
type Db = edafw::Sqlite;

fn main() -> std::process::ExitCode {
    actor::main()
}
