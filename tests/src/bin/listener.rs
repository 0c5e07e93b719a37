//! The listener on SQLite.

#[path = "../services/listener.rs"]
mod listener;

edafw::service!("listener");

/// Where the service lives.
type Db = edafw::Sqlite;

fn main() -> std::process::ExitCode {
    listener::main()
}
