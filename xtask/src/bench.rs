//! `cargo xtask bench`: throughput and latency, measured in a release build.

use anyhow::Result;

use crate::command::cargo;

/// Runs the binary `bench` of `edafw-bench` with `args`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    cargo(["run", "--release", "--package", "edafw-bench", "--features", "peers", "--bin", "bench", "--"])
        .args(args)
        .run()
}
