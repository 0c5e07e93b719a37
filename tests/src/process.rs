//! One running binary.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(4);

/// A running binary. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    lines: Receiver<String>,
    errors: PathBuf,
}

impl Process {
    /// Starts a command; what it says on standard error goes to `errors`.
    pub(crate) fn start(name: String, mut command: Command, errors: PathBuf) -> Self {
        let file = std::fs::File::create(&errors).expect("the directory exists");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let output = child.stdout.take().expect("is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { name, child, lines, errors }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Its process id.
    pub fn id(&self) -> i64 {
        self.child.id().into()
    }

    /// What it has said on standard error.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(&self.errors).expect("was created at start")
    }

    /// Waits for a line that begins with `start`, and answers it; `None` if it has ended.
    pub fn next_line(&self, start: &str) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.starts_with(start) => return Some(line),
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{} never said `{start}`; it said: {}", self.name, self.errors())
                }
            }
        }
    }

    /// Waits for a line that begins with `start`.
    pub fn line(&self, start: &str) {
        let line = self.next_line(start);
        assert!(line.is_some(), "{} ended without saying `{start}`: {}", self.name, self.errors());
    }

    /// Lets it run for `time`, unless it ends before: `true` if it did.
    pub fn ends_within(&self, time: Duration) -> bool {
        self.says_within(time).1
    }

    /// Lets it run for `time`, unless it ends before; answers its lines, and whether it did.
    pub fn says_within(&self, time: Duration) -> (Vec<String>, bool) {
        let deadline = Instant::now() + time;
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Timeout) => return (said, false),
                Err(RecvTimeoutError::Disconnected) => return (said, true),
            }
        }
    }

    /// Writes an empty line to its standard input; who has died needs none.
    pub fn let_go(&mut self) {
        let _ = self.child.stdin.as_mut().expect("is piped").write_all(b"\n");
    }

    /// Waits until it has said `text` on standard error.
    pub fn says(&self, text: &str) {
        self.until(text, || self.errors().contains(text));
    }

    /// Looks again and again whether something has come about, while it runs.
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        self.until_within(PATIENCE, what, holds);
    }

    /// As [`until`](Self::until), with a patience of one's own; answers how long it took.
    pub fn until_within(&self, patience: Duration, what: &str, holds: impl Fn() -> bool) -> Duration {
        let begun = Instant::now();
        let deadline = begun + patience;
        while !holds() {
            assert!(Instant::now() < deadline, "{}: never `{what}`: {}", self.name, self.errors());
            assert!(!self.ends_within(Duration::from_millis(20)), "{} ended: {}", self.name, self.errors());
        }
        begun.elapsed()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    /// Ends it on the spot.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started");
    }

    /// Waits until it has stopped itself.
    pub fn has_stopped(&self) {
        let (_, status) = waitpid(Some(self.pid()), WaitOptions::UNTRACED)
            .expect("it runs")
            .expect("waits until there is an answer");
        assert!(status.stopped(), "{} ended: {status:?}: {}", self.name, self.errors());
    }

    /// Waits until it has ended, and answers how, and what it said.
    pub fn end(mut self) -> (ExitStatus, Vec<String>) {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{} does not end; it said: {lines:?}: {}", self.name, self.errors())
                }
            }
        }
        (self.child.wait().expect("it was started"), lines)
    }

    /// Waits until it has ended well.
    pub fn succeeds(self) -> Vec<String> {
        let (name, errors) = (self.name.clone(), self.errors.clone());
        let (status, lines) = self.end();
        let said = || std::fs::read_to_string(&errors).unwrap_or_default();
        assert!(status.success(), "{name}: {status}: {}", said());
        lines
    }

    /// Waits until it has ended, by this signal.
    pub fn dies_of(self, signal: Signal) {
        use std::os::unix::process::ExitStatusExt;

        let (name, errors) = (self.name.clone(), self.errors.clone());
        let (status, _) = self.end();
        let said = || std::fs::read_to_string(&errors).unwrap_or_default();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{name}: {status}: {}", said());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
