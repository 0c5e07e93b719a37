//! The program of an example.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::part::part;

/// Why a run failed.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What a run has come to, as it is printed.
pub trait Report: Display {
    /// Whether everything is as it must be.
    fn holds(&self) -> bool;
}

/// Plays its part in a process that has one. In the one that a user has started, runs the example as the command line
/// says, and prints the report.
///
/// Exit codes: 0 where the report holds and 3 where it does not, 1 where the run failed, and 2 for wrong usage.
pub fn program<O: From<ArgMatches>, R: Report>(
    command: Command,
    play: impl FnOnce(&str) -> ExitCode,
    run: impl AsyncFnOnce(&O) -> Result<R, Failed>,
) -> ExitCode {
    if let Some(part) = part() {
        return play(&part);
    }
    let name = command.get_name().to_owned();
    match command.try_get_matches() {
        Ok(said) => start(&name, run, &O::from(said)),
        Err(error) => {
            let _ = error.print();
            ExitCode::from(error.exit_code() as u8)
        }
    }
}

#[tokio::main]
async fn start<O, R: Report>(
    name: &str,
    run: impl AsyncFnOnce(&O) -> Result<R, Failed>,
    options: &O,
) -> ExitCode {
    match run(options).await {
        Ok(report) => {
            print!("{report}");
            ExitCode::from(if report.holds() { 0 } else { 3 })
        }
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
