//! The catalogues that are committed are ones that others can read.
//!
//! The tests of each service hold its catalogue against its code. Here Mermaid draws every diagram of them, and
//! `AsyncAPI`'s own schema says whether the documents for tools are valid.

use anyhow::{Context, Result, bail};

use crate::command::Command;
use crate::{tool, workspace};

/// The pinned versions: of `jsdom`, in which Mermaid draws, the last one for the Node.js that Debian 12 has.
const PACKAGES: [&str; 4] = ["@asyncapi/specs@6.11.1", "ajv@8.20.0", "jsdom@24.1.3", "mermaid@11.17.2"];

/// The program that reads them. It is run from beside what it needs.
const READER: &str = include_str!("catalogue/read.mjs");

/// Reads every committed `catalogue.md` and `asyncapi.json`.
pub(crate) fn run() -> Result<()> {
    let committed = Command::new("git", ["ls-files", "*catalogue.md", "*asyncapi.json"]).output()?;
    if committed.is_empty() {
        bail!("no catalogue is committed");
    }
    let root = workspace::root()?;
    let place = workspace::target_directory()?.join("catalogue");
    std::fs::create_dir_all(&place).with_context(|| format!("{} cannot be made", place.display()))?;
    let place = place.to_string_lossy().into_owned();
    install(&place)?;
    let reader = format!("{place}/read.mjs");
    std::fs::write(&reader, READER).with_context(|| format!("{reader} cannot be written"))?;
    let files = committed.lines().map(|file| root.join(file).to_string_lossy().into_owned());
    Command::new("node", [&reader]).args(files).run()
}

/// Into a directory of their own, unless the pinned versions are there.
fn install(place: &str) -> Result<()> {
    for program in ["node", "npm"] {
        if !tool::is_there(program) {
            tool::apt_install(&["nodejs", "npm"])?;
        }
    }
    let npm = |verb: &str| Command::new("npm", [verb, "--prefix", place]);
    let installed = npm("ls").args(["--depth=0", "--parseable", "--long"]).output();
    if installed.is_ok_and(|list| PACKAGES.iter().all(|package| list.contains(&format!(":{package}")))) {
        return Ok(());
    }
    npm("install")
        .args(["--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"])
        .args(PACKAGES)
        .run_online()
}
