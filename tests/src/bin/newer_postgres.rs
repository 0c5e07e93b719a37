//! The actor a release later, on PostgreSQL.

#[path = "../services/newer.rs"]
mod newer;

edafw::service!("actor");

/// Where the service lives.
type Db = edafw::Postgres;

fn main() -> std::process::ExitCode {
    newer::main()
}
