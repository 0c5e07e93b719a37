//! A PostgreSQL server of a test's own, to be stopped and started.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

/// A server of one's own. Stopped and removed with this.
#[derive(Debug)]
pub struct Cluster {
    directory: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// A new server, which runs.
    pub fn start_new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let port = free_port();
        let cluster = Self { directory, programs: programs(), port };
        if geteuid().is_root() {
            // The server refuses to run as root.
            let owned = Command::new("chown").arg("postgres").arg(cluster.directory.path()).status();
            assert!(owned.is_ok_and(|status| status.success()), "there is no user `postgres`");
        }
        cluster.run("initdb", &["-A", "trust", "-U", "postgres", "--no-sync", "-D", &cluster.data()]);
        cluster.start();
        cluster
    }

    /// Its URL, without a database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Starts it.
    pub fn start(&self) {
        let directory = self.directory.path().display();
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -k {directory}", self.port);
        let log = format!("{directory}/log");
        self.run("pg_ctl", &["start", "-w", "-D", &self.data(), "-l", &log, "-o", &options]);
    }

    /// Stops it; whoever is connected is cut off.
    pub fn stop(&self) {
        self.run("pg_ctl", &["stop", "-w", "-m", "fast", "-D", &self.data()]);
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let (done, command) = self.try_run(program, arguments);
        assert!(done, "{command:?} failed");
    }

    fn try_run(&self, program: &str, arguments: &[&str]) -> (bool, Command) {
        let program = self.programs.join(program);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
        (command.status().is_ok_and(|status| status.success()), command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.try_run("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &self.data()]);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Where the programs of the newest server are, as Debian and Ubuntu package it; elsewhere on the path.
fn programs() -> PathBuf {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return PathBuf::new() };
    let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    programs.filter(|programs| programs.join("initdb").exists()).max().unwrap_or_else(|| Path::new("").into())
}
