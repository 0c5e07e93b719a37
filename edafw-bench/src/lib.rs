//! Benchmarks of edafw, and the checks that take too long for every change.
//!
//! The binary `bench` measures the framework beside a twin that does the same work with plain sqlx, in the same
//! run, and compares the ratio with the figure that the framework promises. The binary `verify` drains and kills
//! on a large scale, and counts what came of it.

pub mod children;
pub mod figure;
pub mod figures;
pub mod ledger;
pub mod one_core;
pub mod postgres;
pub mod rounds;
pub mod statements;
pub mod twin;
pub mod verify;
pub mod workload;

/// What a measurement or a check may fail with.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

edafw::service!("bench");
