//! The actor a release later, on SQLite.

#[path = "../services/newer.rs"]
mod newer;

edafw::service!("actor");

/// Where the service lives.
type Db = edafw::Sqlite;

fn main() -> std::process::ExitCode {
    newer::main()
}
