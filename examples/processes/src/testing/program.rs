//! The program of an example, in a directory of its own.

use std::fmt::Display;
use std::process::{Command, Stdio};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;

/// A program, what it is told, and where it keeps its databases; the directory is gone with this.
#[derive(Debug)]
pub struct Program {
    path: &'static str,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Program {
    /// The program at `path`, which is `env!("CARGO_BIN_EXE_..")`, in an empty directory.
    ///
    /// # Panics
    /// There can be no directory.
    pub fn new(path: &'static str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { path, arguments: Vec::new(), directory }
    }

    /// With one more option.
    #[must_use]
    pub fn with(mut self, option: &str, value: &dyn Display) -> Self {
        self.arguments.extend([option.to_owned(), value.to_string()]);
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.path);
        command.arg("--data-dir").arg(self.directory.path()).args(&self.arguments);
        for variable in ["EDAFW_DATABASE_URL", "EDAFW_EXTERNAL_URL", "EDAFW_TRANSPORT_URL", "RUST_LOG"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs it to its end, where it exits with `code`. Answers its report, less the line that names the directory, and
    /// what it says on standard error.
    ///
    /// # Panics
    /// It exits with another code.
    pub fn run(&self, code: i32) -> String {
        let ended = self.command().output().expect("the program starts");
        let report = String::from_utf8_lossy(&ended.stdout);
        let report = without_directory(&report).to_owned() + &String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{report}");
        report
    }

    /// Runs it until `query` answers `count` or more in the database of a service, and kills it then.
    ///
    /// # Panics
    /// It ends before.
    pub async fn kill_halfway(&self, service: &str, query: &'static str, count: i64) {
        let mut command = self.command();
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        // At first there is no database, and then no table.
        while self.count(service, query).await.unwrap_or(0) < count {
            assert_eq!(child.try_wait().expect("its state"), None, "it was done before it could be killed");
            tokio::task::yield_now().await;
        }
        child.kill().expect("it is killed");
        assert!(!child.wait().expect("its end").success(), "it was done before it could be killed");
    }

    async fn count(&self, service: &str, query: &'static str) -> sqlx::Result<i64> {
        sqlx::query_scalar(query).fetch_one(&mut self.open(service).await?).await
    }

    /// Changes the database of a service.
    ///
    /// # Panics
    /// The statement fails.
    pub async fn change(&self, service: &str, statement: &'static str) {
        let mut database = self.open(service).await.expect("the database opens");
        sqlx::query(statement).execute(&mut database).await.expect("the statement succeeds");
    }

    async fn open(&self, service: &str) -> sqlx::Result<SqliteConnection> {
        SqliteConnectOptions::new()
            .filename(self.directory.path().join(format!("{service}.db")))
            .connect()
            .await
    }
}

/// A report without its first line, if that names the directory.
pub(super) fn without_directory(report: &str) -> &str {
    match report.split_once('\n') {
        Some((first, rest)) if first.starts_with("Data ") => rest,
        _ => report,
    }
}
