//! `cargo xtask test-aws`: the conformance suite in an account of AWS.

use anyhow::{Result, bail};

use crate::command::cargo;
use crate::tool;

/// Which account and region: the tests make topics and queues there, and delete them.
const VARIABLES: [&str; 2] = ["EDAFW_TEST_AWS_REGION", "EDAFW_TEST_AWS_ACCOUNT"];

/// Runs it. What stands after `--` goes to nextest.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let missing: Vec<&str> = VARIABLES
        .into_iter()
        .filter(|name| std::env::var_os(name).is_none_or(|value| value.is_empty()))
        .collect();
    if !missing.is_empty() {
        bail!(
            "{} not set: name a region and the number of an account whose credentials the AWS SDK finds (AWS_PROFILE, \
             AWS_ACCESS_KEY_ID, ..). The tests make topics and queues there whose names begin with `edafw-`, and \
             delete them; that costs a few cents",
            missing.join(" and ")
        );
    }
    tool::NEXTEST.ensure()?;
    cargo(["nextest", "run", "--package", "edafw-sqs", "--features", "test-account", "--test", "conformance"])
        // They wait most of the time.
        .args(["--no-fail-fast", "--test-threads", "16"])
        .args(args.iter().filter(|arg| *arg != "--"))
        .run()
}
