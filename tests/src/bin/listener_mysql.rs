//! The listener on MySQL or MariaDB.

#[path = "../services/listener.rs"]
mod listener;

edafw::service!("listener");

/// Where the service lives.
type Db = edafw::MySql;

fn main() -> std::process::ExitCode {
    listener::main()
}
