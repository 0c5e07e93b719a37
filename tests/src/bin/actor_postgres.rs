//! The actor on PostgreSQL.

#[path = "../services/actor.rs"]
mod actor;

edafw::service!("actor");

/// Where the service lives.
type Db = edafw::Postgres;

fn main() -> std::process::ExitCode {
    actor::main()
}
