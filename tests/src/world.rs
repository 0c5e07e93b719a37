//! A directory with databases, and the processes that work on them.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::place::Place;
use crate::{Books, Cluster, Kind, Process};

/// Where the actor's internal queues are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queues {
    /// In its database, those of external events too: there is a short way to them.
    AllTogether,
    /// In its database, but for those of external events: acknowledging is part of the subscriber's transaction.
    Together,
    /// In a database of their own: acknowledging comes after the commit.
    Separate,
}

/// A directory with the databases of actor and listener. Removed when dropped.
#[derive(Debug)]
pub struct World {
    directory: TempDir,
    place: Place,
    variables: Vec<(String, String)>,
    started: AtomicU32,
}

impl World {
    /// Databases on SQLite with every queue registered and nothing in them.
    pub fn new(queues: Queues) -> Self {
        Self::on(Kind::Sqlite, queues)
    }

    /// The same on another kind of database.
    pub fn on(kind: Kind, queues: Queues) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let place = match kind {
            Kind::Sqlite => Place::in_directory(directory.path()),
            Kind::Postgres | Kind::MySql => Place::on_shared_server(kind),
        };
        Self::at(place, directory, queues)
    }

    /// The same on a server of one's own.
    pub fn on_cluster(cluster: &Cluster, queues: Queues) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self::at(Place::on_server(cluster.kind(), cluster.url()), directory, queues)
    }

    /// Host and port of the server that the databases are on.
    pub fn server(&self) -> String {
        self.place.address()
    }

    /// Runs a statement on one of the databases, as an operator would.
    pub fn administrate(&self, database: &str, statement: &str) {
        self.place.administrate(&self.place.url(database), &[statement.to_owned()]);
    }

    /// Cuts every connection to the databases; answers how many.
    pub fn cut_connections(&self) -> usize {
        self.place.cut_connections()
    }

    /// What `ACTOR_DATABASES` must be for a process that goes by way of another host and port.
    pub fn by_way_of(&self, address: &str) -> String {
        self.place.by_way_of(address)
    }

    fn at(place: Place, directory: TempDir, queues: Queues) -> Self {
        let databases = place.pattern.clone();
        let mut world = Self { directory, place, variables: Vec::new(), started: AtomicU32::new(0) };
        world.set("ACTOR_DATABASES", &databases);
        // Many processes share the connections that a server has.
        world.set("ACTOR_CONNECTIONS", &3);
        match queues {
            Queues::AllTogether => world.set("ACTOR_EXTERNAL_QUEUES", &"actor"),
            Queues::Together => {}
            Queues::Separate => world.set("ACTOR_SEPARATE_QUEUES", &1),
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
        let mut command = Command::new(built.join(format!("{binary}{}", self.place.kind.suffix())));
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

    /// Publishes what is left of acts `first..first + count`. Who has committed may have died before it knew: the
    /// last act is done again, and recognised.
    pub fn publish_rest(&self, first: i64, count: i64, keys: i64) -> Process {
        let end = first + count;
        let last = format!("select coalesce(max(no), {first}) from act where no >= {first} and no < {end}");
        let last = self.books().number("actor", &last);
        self.publish(last, end - last, keys)
    }

    /// Runs actor and listener until nothing is left to do; answers what they said.
    pub fn settle(&self) -> Vec<String> {
        let mut lines = self.run("actor", &["work", "--until-idle"]).succeeds();
        lines.extend(self.run("listener", &["work", "--until-idle"]).succeeds());
        lines
    }

    /// What the databases say.
    pub fn books(&self) -> Books {
        Books::open(self.directory.path(), self.place.kind, &self.place.pattern)
    }
}
