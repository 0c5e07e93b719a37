//! A directory with databases, and the processes that work on them.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::{Books, Process};

/// Where the actor's internal queues are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queues {
    /// In its database: acknowledging is part of the subscriber's transaction.
    Together,
    /// In a database of their own: acknowledging comes after the commit.
    Separate,
}

/// A directory with the databases of actor and listener. Removed when dropped.
#[derive(Debug)]
pub struct World {
    directory: TempDir,
    variables: Vec<(String, String)>,
    started: AtomicU32,
}

impl World {
    /// Databases with every queue registered and nothing in them.
    pub fn new(queues: Queues) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut world = Self { directory, variables: Vec::new(), started: AtomicU32::new(0) };
        if queues == Queues::Separate {
            world.set("ACTOR_SEPARATE_QUEUES", &1);
        }
        world.run("actor", &["register"]).succeeds();
        world.run("listener", &["register"]).succeeds();
        world
    }

    /// Sets a variable for every process from now on.
    pub fn set(&mut self, name: &str, value: &(impl ToString + ?Sized)) {
        self.variables.push((name.to_owned(), value.to_string()));
    }

    /// Starts a binary with a command and its arguments; the directory goes between them.
    pub fn run(&self, binary: &str, arguments: &[&str]) -> Process {
        self.run_with(binary, arguments, &[])
    }

    /// As [`run`](Self::run), with variables for this process alone.
    pub fn run_with(&self, binary: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Process {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let test = std::env::current_exe().expect("a test is a program");
        let built = test.parent().and_then(|deps| deps.parent()).expect("tests are built into `deps`");
        let (name, rest) = arguments.split_first().expect("a command");
        let mut command = Command::new(built.join(binary));
        command
            .arg(name)
            .arg(self.directory.path())
            .args(rest)
            .env_remove("EDAFW_KILL_POINT")
            .env_remove("EDAFW_STOP_POINT")
            .env("RUST_LOG", "warn")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .envs(variables.iter().copied());
        let errors = self.directory.path().join(format!("{number}-{binary}-{name}.log"));
        Process::start(format!("{number}-{binary}-{name}"), command, errors)
    }

    /// Publishes acts `first..first + count` of `keys` keys.
    pub fn publish(&self, first: i64, count: i64, keys: i64) -> Process {
        let [first, count, keys] = [first, count, keys].map(|number| number.to_string());
        self.run("actor", &["publish", &first, &count, &keys])
    }

    /// Runs actor and listener until nothing is left to do; answers what they said.
    pub fn settle(&self) -> Vec<String> {
        let mut lines = self.run("actor", &["work", "--until-idle"]).succeeds();
        lines.extend(self.run("listener", &["work", "--until-idle"]).succeeds());
        lines
    }

    /// What the databases say.
    pub fn books(&self) -> Books {
        Books::open(self.directory.path())
    }
}
