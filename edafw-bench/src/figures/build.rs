//! What the framework adds to a build.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::children::cpu_seconds_of_children;
use crate::figure::{Figure, Floor};

/// The framework's own crates, as a service builds them.
const OWN: [&str; 4] = ["edafw", "edafw-core", "edafw-macros", "edafw-sqlx"];

pub(super) fn build() -> Result<Vec<Figure>> {
    cargo(&["build", "--quiet", "--package", "edafw"])?;
    let mut clean = vec!["clean", "--quiet"];
    clean.extend(OWN.iter().flat_map(|name| ["--package", name]));
    cargo(&clean)?;
    let before = cpu_seconds_of_children()?;
    cargo(&["build", "--quiet", "--package", "edafw"])?;
    let seconds = cpu_seconds_of_children()? - before;
    let tree = cargo(&["tree", "--package", "edafw", "--edges", "normal", "--prefix", "none"])?;
    // A crate that was shown before carries a mark.
    let crates: BTreeSet<&str> =
        tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    Ok(vec![
        Figure {
            name: "build",
            what: "CPU time of the framework's own crates in a debug build",
            value: seconds,
            unit: "s",
            floor: Some(Floor::Below(15.0)),
            details: Vec::new(),
        },
        Figure {
            name: "crates",
            what: "crates in the default dependency tree, the framework's own included",
            value: crates.len() as f64,
            unit: "crates",
            floor: None,
            details: Vec::new(),
        },
    ])
}

/// Runs cargo on the workspace, with a target directory of its own so that nobody else's build is cleaned.
fn cargo(arguments: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(&workspace)
        .env("CARGO_TARGET_DIR", target.join("build-figure"))
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo {}: {said}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
