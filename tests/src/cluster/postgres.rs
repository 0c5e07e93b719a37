//! A PostgreSQL server of one's own.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

use super::{Server, data, directory, free_port, program};

#[derive(Debug)]
pub(super) struct Postgres {
    directory: TempDir,
    port: u16,
}

impl Postgres {
    /// A new server, which does not run yet.
    pub(super) fn new() -> Self {
        let server = Self { directory: directory("postgres"), port: free_port() };
        let data = data(&server.directory);
        run("initdb", &["-A", "trust", "-U", "postgres", "--no-sync", "-D", &data]);
        server
    }
}

impl Server for Postgres {
    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    fn start(&mut self) {
        let directory = self.directory.path().display();
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -k {directory}", self.port);
        let log = format!("{directory}/log");
        run("pg_ctl", &["start", "-w", "-D", &data(&self.directory), "-l", &log, "-o", &options]);
    }

    fn stop(&mut self) {
        run("pg_ctl", &["stop", "-w", "-m", "fast", "-D", &data(&self.directory)]);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        try_run("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &data(&self.directory)]);
    }
}

fn run(name: &str, arguments: &[&str]) {
    let (done, command) = try_run(name, arguments);
    assert!(done, "{command:?} failed");
}

fn try_run(name: &str, arguments: &[&str]) -> (bool, Command) {
    let program = program(versions(), name);
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

/// Where Debian and Ubuntu put the programs, the newest ones first.
fn versions() -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut programs: Vec<PathBuf> =
        versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect();
    programs.sort_unstable_by(|one, other| other.cmp(one));
    programs
}
