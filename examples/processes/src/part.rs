//! The part that a process plays.

use std::io::Read as _;
use std::process::Stdio;

use tokio::process::Command;

use crate::Directory;

/// Names the part to the process that plays it.
const VARIABLE: &str = "EXAMPLE_PART";

/// A process of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What [`part`] answers in that process; unique in the example.
    pub(crate) name: &'static str,
    variables: Vec<(&'static str, String)>,
}

impl Part {
    /// A process of `service`, on its database in the directory.
    pub fn new(name: &'static str, service: &str, directory: &Directory) -> Self {
        let variables = vec![
            ("EDAFW_DATABASE_URL", directory.database(service)),
            ("EDAFW_EXTERNAL_URL", directory.queues()),
        ];
        Self { name, variables }
    }

    /// With one more variable in its environment.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// This program once more, to play the part. Its standard input stays open for as long as this process lives.
    pub(crate) fn command(&self) -> std::io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .env(VARIABLE, self.name)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }
}

/// The part that this process plays; `None` for the one that a user has started.
///
/// A process with a part ends when the one that started it has ended, even if that was killed.
pub(crate) fn part() -> Option<String> {
    let part = std::env::var(VARIABLE).ok()?;
    std::thread::spawn(|| {
        // Nobody writes to it: it ends when the other end is closed.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    Some(part)
}
