//! The template of topics and queues is one that `CloudFormation` would take.
//!
//! What `provision export` prints of the permit office is looked at by `cfn-lint`, which knows the schema of every
//! resource.

use anyhow::{Context, Result};

use crate::command::{Command, cargo};
use crate::{tool, workspace};

/// The pinned version.
const LINTER: &str = "cfn-lint==1.58.0";

/// The set-ups whose templates differ.
const SET_UPS: [(&str, &str); 2] = [
    ("fifo", "sqs://eu-central-1?prefix=prod-"),
    ("standard", "sqs://eu-central-1?prefix=prod-&topics=standard&kms_key=alias/events"),
];

/// Lints each.
pub(crate) fn run() -> Result<()> {
    let target = workspace::target_directory()?;
    let environment = target.join("cfn-lint").to_string_lossy().into_owned();
    let linter = format!("{environment}/bin/cfn-lint");
    install(&environment, &linter)?;
    for (name, url) in SET_UPS {
        let export = cargo(["run", "--quiet", "--package", "permits", "--features", "sqs"])
            .args(["--bin", "permits-worker", "--", "provision", "export"])
            .variable("EDAFW_TRANSPORT_URL", url)
            .output()?;
        let file = target.join(format!("permits.{name}.template.json"));
        std::fs::write(&file, export).with_context(|| format!("{} cannot be written", file.display()))?;
        Command::new(&linter, [&file.to_string_lossy()]).run()?;
    }
    Ok(())
}

/// Into an environment of its own, unless the pinned version is there.
fn install(environment: &str, linter: &str) -> Result<()> {
    let (_, version) = LINTER.split_once("==").context("the version is pinned")?;
    let found = Command::new(linter, ["--version"]).output();
    if found.is_ok_and(|text| text.split_whitespace().last() == Some(version)) {
        return Ok(());
    }
    if Command::new("python3", ["-m", "venv", environment]).output().is_err() {
        tool::apt_install(&["python3", "python3-venv"])?;
        Command::new("python3", ["-m", "venv", environment]).run()?;
    }
    Command::new(&format!("{environment}/bin/pip"), ["install", "--quiet", LINTER]).run_online()
}
