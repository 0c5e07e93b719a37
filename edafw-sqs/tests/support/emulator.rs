//! A process that answers like SNS and SQS.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// An emulator of one's own, gone when it is dropped; or one that runs already.
pub struct Emulator {
    endpoint: String,
    process: Option<Child>,
}

impl Emulator {
    /// Starts one on a free port, unless `EDAFW_TEST_AWS_URL` names one that runs.
    ///
    /// # Panics
    /// It was not built, or does not start.
    pub fn start() -> Self {
        match std::env::var("EDAFW_TEST_AWS_URL") {
            Ok(endpoint) if !endpoint.is_empty() => Self { endpoint, process: None },
            _ => Self::start_at("127.0.0.1:0"),
        }
    }

    /// Starts one at an address.
    ///
    /// # Panics
    /// It was not built, or does not start.
    pub fn start_at(address: &str) -> Self {
        let program = program();
        let mut process = Command::new(&program)
            .arg(address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{} cannot be started ({error}): build it with `cargo xtask emulators`, as `cargo xtask test` does",
                    program.display()
                )
            });
        let output = process.stdout.take().expect("its output is read");
        let mut endpoint = String::new();
        BufReader::new(output).read_line(&mut endpoint).expect("it says where it listens");
        Self { endpoint: endpoint.trim().to_owned(), process: Some(process) }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Emulator {
    /// Ends it, with all that it holds.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it is ours");
            process.wait().expect("it ends");
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Beside the tests' own programs.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let target = test.ancestors().nth(3).expect("it lies in a profile of the target directory");
    target.join("emulators/debug/edafw-emulator-aws")
}
