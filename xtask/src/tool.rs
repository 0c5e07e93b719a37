//! The programs that the commands need beside cargo, and how each gets onto a fresh machine.
//!
//! A tool that is missing and cannot be installed is an error that says what to do, never a step left out.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{Command, cargo};

/// Runs the tests.
pub(crate) const NEXTEST: Subcommand = Subcommand { name: "nextest", version: (0, 9, 143) };

/// Checks the licences and the sources of all dependencies.
pub(crate) const DENY: Subcommand = Subcommand { name: "deny", version: (0, 20, 2) };

/// A subcommand of cargo, compiled from its crate `cargo-NAME`.
pub(crate) struct Subcommand {
    name: &'static str,
    /// The version that is installed; one with the same two first numbers that is not older will do.
    version: (u32, u32, u32),
}

impl Subcommand {
    /// Installs the pinned version unless one that will do is there.
    pub(crate) fn ensure(&self) -> Result<()> {
        let found = cargo([self.name, "--version"]).output();
        if found.is_ok_and(|text| self.accepts(&text)) {
            return Ok(());
        }
        let (major, minor, patch) = self.version;
        let wanted = format!("cargo-{}@{major}.{minor}.{patch}", self.name);
        println!(
            "\ncargo-{} is missing or another version; compiling it takes some minutes, once",
            self.name
        );
        cargo(["install", "--locked", &wanted]).run_online().with_context(|| {
            format!("the tests and checks need {wanted}: install it with `cargo install --locked {wanted}`")
        })
    }

    /// Whether a program that calls itself `text` will do.
    fn accepts(&self, text: &str) -> bool {
        let (major, minor, patch) = self.version;
        version_in(text).is_some_and(|found| (found.0, found.1) == (major, minor) && found.2 >= patch)
    }
}

/// The version in `cargo-nextest 0.9.143 (60fa45f63 2026-08-04)`.
fn version_in(text: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

/// Makes sure of a component of the toolchain, such as `clippy`, which `cargo VERB --version` finds.
pub(crate) fn component(name: &str, verb: &str) -> Result<()> {
    if cargo([verb, "--version"]).output().is_ok() {
        return Ok(());
    }
    Command::new("rustup", ["component", "add", name]).run_online().with_context(|| {
        format!("the toolchain has no {name}: add it as your installation of Rust provides it")
    })
}

/// Makes sure of a C compiler: the embedded database is compiled from its source.
pub(crate) fn c_compiler() -> Result<()> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let program = compiler.split_whitespace().next().unwrap_or("cc").to_owned();
    if is_there(&program) {
        return Ok(());
    }
    let advice = format!("there is no C compiler `{program}`, and SQLite is compiled from its source");
    if program != "cc" {
        bail!("{advice}: install one (Debian, Ubuntu: `apt-get install gcc libc6-dev`)");
    }
    println!("\n{advice}: installing one");
    apt_install(&["gcc", "libc6-dev"]).context(advice)
}

/// Installs packages on Debian and Ubuntu.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    if !is_there("apt-get") || !is_root() {
        bail!("install it (Debian, Ubuntu, as root: `apt-get install {}`)", packages.join(" "));
    }
    Command::new("apt-get", ["update"]).run_online()?;
    Command::new("apt-get", ["install", "--yes", "--no-install-recommends"])
        .args(packages.to_vec())
        .variable("DEBIAN_FRONTEND", "noninteractive")
        .run_online()
}

fn is_root() -> bool {
    Command::new("id", ["-u"]).output().is_ok_and(|id| id.trim() == "0")
}

/// Whether `program` is a file in a directory of the path, or the path of a file.
pub(crate) fn is_there(program: &str) -> bool {
    is_in(program, &std::env::var_os("PATH").unwrap_or_default())
}

fn is_in(program: &str, path: &OsString) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    std::env::split_paths(path).any(|directory| directory.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_pinned_version_or_a_later_patch() {
        let tool = Subcommand { name: "nextest", version: (0, 9, 143) };
        assert!(tool.accepts("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 0.9.143\n"));
        assert!(tool.accepts("cargo-nextest 0.9.151\n"));
        assert!(!tool.accepts("cargo-nextest 0.9.99\n"));
        assert!(!tool.accepts("cargo-nextest 0.10.143\n"));
        assert!(!tool.accepts(""));
    }

    #[test]
    fn a_program_is_looked_for_on_the_path() {
        assert!(is_in("sh", &OsString::from("/usr/bin:/bin")));
        assert!(!is_in("sh", &OsString::from("/nowhere")));
        assert!(!is_in("/nowhere/cc", &OsString::from("/bin")));
    }
}
