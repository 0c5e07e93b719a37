//! The examples whose processes are killed.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::command::cargo;

/// The examples, with the features of the run.
const KILLED: &[(&str, &str)] = &[
    ("consistency", ""),
    ("hot-chocolate", ""),
    ("identity-reset", ""),
    ("identity-reset", "identity-reset/postgres"),
    ("member-login", ""),
    ("order-settlement", ""),
];

/// Processes that are killed in each of them; five in `cargo xtask test`.
const KILLS: &str = "30";

/// How the part of the results begins that tells of the examples. It is the last one.
const HEADING: &str = "\n## Examples\n";

/// What became of one of them.
pub(super) struct Run {
    package: &'static str,
    features: &'static str,
    holds: bool,
    taken: Duration,
}

/// Runs the tests that kill, in all of the examples.
pub(super) fn run() -> Vec<Run> {
    let run = |&(package, features): &(&'static str, &'static str)| {
        let begun = Instant::now();
        let tests = ["test", "--package", package, "--features", features, "--", "whatever_is_killed"];
        let ran = cargo(tests).variable("EXAMPLE_KILLS", KILLS).run();
        Run { package, features, holds: ran.is_ok(), taken: begun.elapsed() }
    };
    KILLED.iter().map(run).collect()
}

/// Writes the results behind what else stands in the file.
pub(super) fn write(runs: &[Run], file: &Path) -> Result<()> {
    let others = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    std::fs::write(file, with_section(&others, runs)).with_context(|| format!("writing {}", file.display()))
}

/// Fails where one of them does not hold.
pub(super) fn judge(runs: &[Run]) -> Result<()> {
    let broken: Vec<&str> = runs.iter().filter(|run| !run.holds).map(|run| run.package).collect();
    anyhow::ensure!(broken.is_empty(), "what must hold does not: {}", broken.join(", "));
    Ok(())
}

fn with_section(others: &str, runs: &[Run]) -> String {
    let mut text = others.split(HEADING).next().unwrap_or_default().to_owned();
    text += HEADING;
    let _ = write!(
        text,
        "\nEach kills {KILLS} of its processes at random moments, and compares what is left in its databases.\n\n\
         | example | features | time, with building it | result |\n|---|---|---|---|\n"
    );
    for Run { package, features, holds, taken } in runs {
        let result = if *holds { "holds" } else { "**broken**" };
        let _ = writeln!(text, "| {package} | {features} | {} s | {result} |", taken.as_secs());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_replaced_and_the_rest_stays() {
        let run = |holds| Run { package: "shop", features: "", holds, taken: Duration::from_secs(7) };
        let first = with_section("# Verified\n\nAll of it.\n", &[run(true)]);
        assert!(first.starts_with("# Verified\n\nAll of it.\n\n## Examples\n"), "{first}");
        assert!(first.ends_with("| shop |  | 7 s | holds |\n"), "{first}");
        let second = with_section(&first, &[run(false)]);
        assert!(second.ends_with("| shop |  | 7 s | **broken** |\n"), "{second}");
        assert_eq!(first.lines().count(), second.lines().count());
    }

    #[test]
    fn one_that_is_broken_is_named() {
        let run = |holds| Run { package: "shop", features: "", holds, taken: Duration::ZERO };
        assert!(judge(&[run(true)]).is_ok());
        let error = judge(&[run(true), run(false)]).unwrap_err().to_string();
        assert_eq!(error, "what must hold does not: shop");
    }
}
