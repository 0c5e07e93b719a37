//! The listener on PostgreSQL.

#[path = "../services/listener.rs"]
mod listener;

edafw::service!("listener");

/// Where the service lives.
type Db = edafw::Postgres;

fn main() -> std::process::ExitCode {
    listener::main()
}
