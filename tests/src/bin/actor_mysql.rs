//! The actor on MySQL or MariaDB.

#[path = "../services/actor.rs"]
mod actor;

edafw::service!("actor");

/// Where the service lives.
type Db = edafw::MySql;

fn main() -> std::process::ExitCode {
    actor::main()
}
