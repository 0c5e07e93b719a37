//! `cargo xtask verify`: the soak and scale runs that take too long for every change.

use anyhow::Result;

use crate::command::cargo;

/// Runs the binary `verify` of `edafw-bench` with `args`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    cargo(["run", "--release", "--package", "edafw-bench", "--bin", "verify", "--"]).args(args).run()
}
