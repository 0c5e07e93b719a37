//! An emulator of SNS and SQS: a package of its own, which tests start as a program.

use anyhow::{Context, Result};

use crate::command::cargo;
use crate::workspace;

/// Where it lies, from the workspace's root.
const MANIFEST: &str = "emulators/aws/Cargo.toml";

/// Compiles it, once, to where the tests look for it: `emulators` in their own target directory.
///
/// # Errors
/// It does not compile.
pub(crate) fn build() -> Result<()> {
    let target = workspace::target_directory()?.join("emulators");
    let target = target.to_str().context("the target directory has a name of text")?;
    cargo(["build", "--quiet", "--locked", "--manifest-path", MANIFEST, "--target-dir", target]).run()
}
