//! A place of its own for every test, and the worker binary run in it.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use edafw::{App, Clock, DomainEvent, Sqlite, SystemClock};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// A safety net: nothing here takes seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// The worker binary, built with the features of this test.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // A test binary lies in `deps` of its profile's directory, the examples beside that.
        let this = std::env::current_exe().expect("the test knows where it is");
        let profile = this.ancestors().nth(2).expect("deps has a parent");
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "edafw", "--example", "cli_worker"]);
        cargo.arg("--target-dir").arg(profile.parent().expect("the profile lies in the target directory"));
        if cfg!(not(debug_assertions)) {
            cargo.arg("--release");
        }
        for (feature, on) in [
            ("contracts", cfg!(feature = "contracts")),
            ("http", cfg!(feature = "http")),
            ("kill-points", cfg!(feature = "kill-points")),
            ("sqs", cfg!(feature = "sqs")),
        ] {
            if on {
                cargo.args(["--features", feature]);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "the worker binary does not build");
        profile.join("examples").join("cli_worker")
    })
}

/// A directory with a database, and an environment without anything of edafw's.
pub(crate) struct Place {
    directory: TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}/member.db", self.path().display())
    }

    /// A command on this place's database; `settings` are variables of the environment.
    pub(crate) fn command(&self, arguments: &str, settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EDAFW_") || name == "RUST_LOG")
        {
            command.env_remove(name);
        }
        command.current_dir(self.path()).env("EDAFW_DATABASE_URL", "sqlite:member.db");
        command.envs(settings.iter().copied()).args(arguments.split_whitespace());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, arguments: &str) -> Ended {
        self.run_with(arguments, &[]).await
    }

    pub(crate) async fn run_with(&self, arguments: &str, settings: &[(&str, &str)]) -> Ended {
        let running = self.command(arguments, settings).output();
        let output = tokio::time::timeout(PATIENCE, running).await;
        Ended::of(output.unwrap_or_else(|_| panic!("`{arguments}` did not end")).expect("the worker starts"))
    }

    /// Runs a command that must succeed, and reads its document.
    pub(crate) async fn json(&self, arguments: &str) -> serde_json::Value {
        let ended = self.run(&format!("{arguments} --json")).await;
        assert_eq!(ended.code, Some(0), "{arguments}: {}{}", ended.stdout, ended.stderr);
        ended.document()
    }

    /// Starts a command that runs until it is told to stop.
    pub(crate) fn start(&self, arguments: &str, settings: &[(&str, &str)]) -> Running {
        let mut child = self.command(arguments, settings).spawn().expect("the worker starts");
        let stderr = child.stderr.take().expect("piped");
        Running { child, lines: BufReader::new(stderr).lines() }
    }

    /// The service in this process: it publishes, and its worker is the binary.
    pub(crate) async fn app(&self) -> App<Sqlite> {
        self.app_at(Arc::new(SystemClock)).await
    }

    /// The same, at another time.
    pub(crate) async fn app_at(&self, clock: Arc<dyn Clock>) -> App<Sqlite> {
        App::builder("member").database_url(self.url()).clock(clock).connect().await.expect("connects")
    }

    /// Publishes, each event in a transaction of its own.
    pub(crate) async fn publish<E: DomainEvent>(&self, events: impl IntoIterator<Item = E>) {
        let app = self.app().await;
        for event in events {
            let mut tx = app.begin().await.expect("begins");
            tx.publish(event).await.expect("publishes");
            tx.commit().await.expect("commits");
        }
        app.close().await;
    }

    /// Runs a statement behind the framework's back.
    pub(crate) async fn sql(&self, statement: &'static str) {
        let app = self.app().await;
        let mut tx = app.begin().await.expect("begins");
        sqlx::raw_sql(statement).execute(&mut *tx).await.expect("runs");
        tx.commit().await.expect("commits");
        app.close().await;
    }

    /// The number that a statement answers.
    pub(crate) async fn number(&self, statement: &'static str) -> i64 {
        let app = self.app().await;
        let mut tx = app.begin().await.expect("begins");
        let number = sqlx::query_scalar(statement).fetch_one(&mut *tx).await.expect("answers");
        tx.rollback().await;
        app.close().await;
        number
    }
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    pub(crate) fn document(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// Standard output without the line numbers of the worker's source.
    pub(crate) fn stable(&self) -> String {
        let mut stable = String::new();
        let mut rest = self.stdout.as_str();
        while let Some((before, after)) = rest.split_once("cli_worker.rs:") {
            stable.push_str(before);
            stable.push_str("cli_worker.rs:LINE");
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        stable + rest
    }
}

/// A worker that runs.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Waits for a line of the log, and answers it.
    pub(crate) async fn line_with(&mut self, text: &str) -> String {
        let mut seen = String::new();
        let search = async {
            while let Some(line) = self.lines.next_line().await.expect("readable") {
                if line.contains(text) {
                    return Some(line);
                }
                seen = format!("{seen}{line}\n");
            }
            None
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.ok().flatten().unwrap_or_else(|| panic!("no line with `{text}`"))
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for the end, and answers the exit code.
    pub(crate) async fn end(mut self) -> Option<i32> {
        // What is left of the log has to be read for the process to be able to write it.
        let read = async { while let Ok(Some(_)) = self.lines.next_line().await {} };
        let ended = async { tokio::join!(self.child.wait(), read).0 };
        let status = tokio::time::timeout(PATIENCE, ended).await.expect("it ends").expect("it ran");
        status.code()
    }
}
