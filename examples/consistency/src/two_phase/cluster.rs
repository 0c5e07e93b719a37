//! A PostgreSQL server for the time being.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

/// A server in a temporary directory, which lets transactions be prepared. Stopped and removed with this.
///
/// It needs the programs `initdb` and `pg_ctl`, which need not be on the path. They refuse to run as root; then they run
/// as the user `postgres`.
#[derive(Debug)]
pub struct Cluster {
    directory: TempDir,
    port: u16,
}

impl Cluster {
    /// A new server, which runs.
    ///
    /// # Errors
    /// There is no PostgreSQL on this machine, or it does not start: says why.
    pub fn start_new() -> Result<Self, String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        if geteuid().is_root() {
            let mut chown = Command::new("chown");
            chown.arg("postgres").arg(directory.path());
            run(chown)
                .map_err(|_| "there is no user `postgres`, and PostgreSQL does not run as root".to_owned())?;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        drop(listener);
        let cluster = Self { directory, port };
        let data = cluster.data();
        run(postgres("initdb", &["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", &data]))?;
        cluster.start()?;
        Ok(cluster)
    }

    /// Its URL, without a database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Starts it again.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&self) -> Result<(), String> {
        let directory = self.directory.path().display();
        let (port, log) = (self.port, format!("{directory}/log"));
        let options =
            format!("-p {port} -c listen_addresses=127.0.0.1 -c max_prepared_transactions=64 -k {directory}");
        run(postgres("pg_ctl", &["start", "-w", "-D", &self.data(), "-l", &log, "-o", &options]))
    }

    /// Ends it on the spot, as if the power had failed but for the disk.
    ///
    /// # Errors
    /// It does not run.
    pub fn crash(&self) -> Result<(), String> {
        run(postgres("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &self.data()]))
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.crash();
    }
}

/// One of its programs, as a user that it runs as.
fn postgres(name: &str, arguments: &[&str]) -> Command {
    let program = program(name);
    let mut command = if geteuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(arguments).current_dir("/");
    command
}

/// The newest that Debian and Ubuntu have installed; elsewhere the one on the path.
fn program(name: &str) -> PathBuf {
    let version = |directory: &Path| -> Option<u32> { directory.file_name()?.to_str()?.parse().ok() };
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path()).max_by_key(|directory| version(directory));
    let program = newest.map(|directory| directory.join("bin").join(name));
    program.filter(|program| program.exists()).unwrap_or_else(|| name.into())
}

/// Its output goes to files: a server that was started would keep a pipe open.
fn run(mut command: Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = tempfile::tempfile().map_err(|error| error.to_string())?;
    let errors = output.try_clone().map_err(|error| error.to_string())?;
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).output();
    match ended {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(Output { status, .. }) => Err(format!("`{name}` ended with {status}: {}", last_line(output))),
        Err(error) => Err(format!("`{name}`: {error}")),
    }
}

fn last_line(mut output: std::fs::File) -> String {
    use std::io::{Read, Seek};

    let mut text = String::new();
    let read = output.rewind().and_then(|()| output.read_to_string(&mut text));
    read.ok().and_then(|_| text.lines().rfind(|line| !line.is_empty())).unwrap_or_default().to_owned()
}
