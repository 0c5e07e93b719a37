//! One process of many.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a process may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A part of the example, which runs. Dropped, it is killed.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it, and waits until it is ready if it is a service; travellers are ready at once.
    pub(crate) async fn start(mut command: Command, is_service: bool) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        if is_service {
            let mut line = String::new();
            let mut said = BufReader::new(child.stdout.take().unwrap());
            timeout(PATIENCE, said.read_line(&mut line)).await.expect("it gets ready").unwrap();
            // A service that was told to die early may say nothing at all.
            assert!(line.is_empty() || line.starts_with("ready"), "{line}");
        }
        Self(child)
    }

    /// Kills it, unless it has ended by itself.
    pub(crate) async fn kill(&mut self) {
        self.0.kill().await.unwrap();
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended by SIGKILL; `why` it should.
    pub(crate) async fn dies(&mut self, why: &str) {
        let status = self.end(why).await;
        assert_eq!(status.signal(), Some(9), "{why}: {status}");
    }

    /// Waits until it has done its part.
    pub(crate) async fn succeeds(&mut self) {
        let status = self.end("it does its part").await;
        assert!(status.success(), "{status}");
    }

    async fn end(&mut self, why: &str) -> ExitStatus {
        let ended = timeout(PATIENCE, self.0.wait()).await;
        ended.unwrap_or_else(|_| panic!("it never ended: {why}")).unwrap()
    }
}
