//! A program to run in the workspace's root, with its line shown and its time measured.

use std::fmt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// What lies between two tries to fetch something.
const PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(30)];

/// A program, its arguments, and the variables set for it.
pub(crate) struct Command {
    program: String,
    args: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

/// Cargo, with `args`.
pub(crate) fn cargo<const N: usize>(args: [&str; N]) -> Command {
    Command::new("cargo", args)
}

impl Command {
    pub(crate) fn new<const N: usize>(program: &str, args: [&str; N]) -> Self {
        Self { program: program.to_owned(), args: args.map(str::to_owned).to_vec(), variables: Vec::new() }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Shows the command, runs it with this process's output, and says how long it took.
    ///
    /// # Errors
    /// When the program cannot be started or ends with anything but success.
    pub(crate) fn run(&self) -> Result<()> {
        println!("\n$ {self}");
        let started = Instant::now();
        let status =
            self.prepare()?.status().with_context(|| format!("`{}` cannot be started", self.program))?;
        println!("  {:.1} s: {}", started.elapsed().as_secs_f64(), self.program_and_verb());
        if !status.success() {
            bail!("`{self}` failed: {status}");
        }
        Ok(())
    }

    /// As [`Command::run`], for what fetches something: a registry that does not answer is asked again, twice.
    ///
    /// # Errors
    /// When it failed each time: those of the last.
    pub(crate) fn run_online(&self) -> Result<()> {
        for pause in PAUSES {
            let Err(error) = self.run() else { return Ok(()) };
            println!("\n{error:#}: once more in {} s", pause.as_secs());
            // What is away for a moment is not there at once.
            thread::sleep(pause);
        }
        self.run()
    }

    /// Starts the program and leaves it running, without input and output.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(crate) fn leave_running(&self) -> Result<()> {
        println!("\n$ {self} &");
        let mut command = self.prepare()?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.spawn().with_context(|| format!("`{}` cannot be started", self.program))?;
        Ok(())
    }

    /// What the program prints, without showing anything.
    ///
    /// # Errors
    /// When the program cannot be started, fails (its own words are in the error), or prints no UTF-8.
    pub(crate) fn output(&self) -> Result<String> {
        let output = self
            .prepare()?
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("`{}` cannot be started", self.program))?;
        if !output.status.success() {
            bail!("`{self}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        String::from_utf8(output.stdout).with_context(|| format!("`{self}` printed no UTF-8"))
    }

    fn prepare(&self) -> Result<std::process::Command> {
        let mut command = std::process::Command::new(&self.program);
        command.current_dir(workspace::root()?).args(&self.args).envs(self.variables.iter().cloned());
        // `cargo run` describes xtask in variables. A build that sees them has another fingerprint than one
        // started by hand, and crates would be compiled again at every change between the two.
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        Ok(command)
    }

    fn program_and_verb(&self) -> String {
        let verb = self.args.first().map_or("", String::as_str);
        format!("{} {verb}", self.program).trim_end().to_owned()
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            write!(f, "{name}='{value}' ")?;
        }
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_one_would_type() {
        let command = cargo(["doc"]).args(["--no-deps"]).variable("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(command.to_string(), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn a_program_that_fails_is_an_error_with_its_line() {
        let error = cargo(["no-such-verb"]).output().unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-verb` failed: "), "{error}");
    }
}
