//! A MariaDB server of one's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use super::{Server, data, directory, free_port, program};

/// The user of the package.
const USER: &str = "mysql";

#[derive(Debug)]
pub(super) struct MariaDb {
    directory: TempDir,
    port: u16,
    daemon: Option<Child>,
}

impl MariaDb {
    /// A new server, which does not run yet.
    pub(super) fn new() -> Self {
        let server = Self { directory: directory(USER), port: free_port(), daemon: None };
        let mut install = server.command("mariadb-install-db");
        install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
        let done = install.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(done.is_ok_and(|status| status.success()), "{install:?} failed");
        server
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(["/usr/sbin", "/usr/bin"], name));
        command.arg("--no-defaults").arg(format!("--datadir={}", data(&self.directory)));
        if geteuid().is_root() {
            command.arg(format!("--user={USER}"));
        }
        command.current_dir("/").stdin(Stdio::null());
        command
    }
}

impl Server for MariaDb {
    fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port)
    }

    fn start(&mut self) {
        let socket = self.directory.path().join("socket");
        let mut command = self.command("mariadbd");
        command
            .args(["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=2"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--socket={}", socket.display()));
        let mut daemon = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("mariadbd runs");
        let mut log = BufReader::new(daemon.stderr.take().expect("is piped")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        while let Some(line) = log.next() {
            let answers = line.contains("ready for connections");
            said.push(line);
            if answers {
                // Somebody must read on, or it would wait for that.
                std::thread::spawn(move || log.for_each(drop));
                self.daemon = Some(daemon);
                return;
            }
        }
        panic!("mariadbd ended: {:?}: {}", daemon.wait(), said.join("\n"));
    }

    fn stop(&mut self) {
        let mut daemon = self.daemon.take().expect("it runs");
        kill_process(Pid::from_child(&daemon), Signal::TERM).expect("it runs");
        daemon.wait().expect("it was started");
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}
