//! A database server of a test's own, to be stopped and started.

mod mariadb;
mod postgres;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;
use tempfile::TempDir;

use crate::Kind;

/// What can be done with a server of some kind.
trait Server: std::fmt::Debug {
    /// Its URL, without a database.
    fn url(&self) -> String;

    /// Starts it, and waits until it answers.
    fn start(&mut self);

    /// Stops it; whoever is connected is cut off.
    fn stop(&mut self);
}

/// A server of one's own. Stopped and removed with this.
#[derive(Debug)]
pub struct Cluster {
    kind: Kind,
    server: Box<dyn Server>,
}

impl Cluster {
    /// A new server, which runs.
    pub fn start_new(kind: Kind) -> Self {
        let mut server: Box<dyn Server> = match kind {
            Kind::Sqlite => unreachable!("files are on no server"),
            Kind::Postgres => Box::new(postgres::Postgres::new()),
            Kind::MySql => Box::new(mariadb::MariaDb::new()),
        };
        server.start();
        Self { kind, server }
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Its URL, without a database.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Starts it.
    pub fn start(&mut self) {
        self.server.start();
    }

    /// Stops it; whoever is connected is cut off.
    pub fn stop(&mut self) {
        self.server.stop();
    }
}

/// A directory for a server, which belongs to the user that it runs as where it refuses to run as root.
fn directory(user: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    if geteuid().is_root() {
        let owned = Command::new("chown").arg(user).arg(directory.path()).status();
        assert!(owned.is_ok_and(|status| status.success()), "there is no user `{user}`");
    }
    directory
}

fn data(directory: &TempDir) -> String {
    directory.path().join("data").display().to_string()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// A program in the first of the directories that has it; elsewhere on the path.
fn program(directories: impl IntoIterator<Item = impl AsRef<Path>>, name: &str) -> std::path::PathBuf {
    let mut places = directories.into_iter().map(|directory| directory.as_ref().join(name));
    places.find(|program| program.exists()).unwrap_or_else(|| name.into())
}
