//! `cargo xtask check`: everything but the tests that must hold before a change lands.

mod catalogue;
mod features;
mod template;

use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::cargo;
use crate::{rules, tool};

/// A step's name on the command line, and what it does.
type Step = (&'static str, fn() -> Result<()>);

/// The cheap ones first.
const STEPS: &[Step] = &[
    ("fmt", format),
    ("rules", rules::run),
    ("deps", dependencies),
    ("clippy", clippy),
    ("docs", docs),
    ("catalogue", catalogue::run),
    ("template", template::run),
    ("features", features::run),
];

/// Runs the steps named, or all; goes on after one that fails, so that one run shows everything.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let steps = chosen(names)?;
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for (name, step) in steps {
        let started = Instant::now();
        let result = step();
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        lines.push(format!("  {name:<10}{verdict:<8}{:>7.1} s", started.elapsed().as_secs_f64()));
        if let Err(error) = result {
            eprintln!("\nerror: {error:#}");
            failed.push(name);
        }
    }
    println!("\nchecks:\n{}", lines.join("\n"));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<Step>> {
    if names.is_empty() {
        return Ok(STEPS.to_vec());
    }
    let known = || STEPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let find = |wanted: &String| {
        let step = STEPS.iter().find(|(name, _)| name == wanted).copied();
        step.with_context(|| format!("there is no check `{wanted}`; there are: {}", known()))
    };
    names.iter().map(find).collect()
}

fn format() -> Result<()> {
    tool::component("rustfmt", "fmt")?;
    cargo(["fmt", "--all", "--check"]).run()
}

/// Licences, sources and wildcard versions: `deny.toml` says what is accepted.
fn dependencies() -> Result<()> {
    tool::DENY.ensure()?;
    cargo(["deny", "check", "bans", "licenses", "sources"]).run()
}

/// Twice: with the features that users get unasked, and with all of them.
fn clippy() -> Result<()> {
    tool::component("clippy", "clippy")?;
    let clippy = |features: &[&str]| {
        cargo(["clippy", "--workspace", "--all-targets"])
            .args(features.to_vec())
            .args(["--", "-D", "warnings"])
    };
    clippy(&[]).run()?;
    clippy(&["--all-features"]).run()
}

/// With all features, as the published documentation is built.
fn docs() -> Result<()> {
    cargo(["doc", "--workspace", "--no-deps", "--all-features"]).variable("RUSTDOCFLAGS", "-D warnings").run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_unless_some_are_named() {
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
        assert_eq!(chosen(&["rules".to_owned()]).unwrap()[0].0, "rules");
        let error = chosen(&["rule".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("there is no check `rule`; there are: fmt, rules"), "{error}");
    }
}
