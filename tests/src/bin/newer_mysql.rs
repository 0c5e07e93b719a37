//! The actor a release later, on MySQL or MariaDB.

#[path = "../services/newer.rs"]
mod newer;

edafw::service!("actor");

/// Where the service lives.
type Db = edafw::MySql;

fn main() -> std::process::ExitCode {
    newer::main()
}
