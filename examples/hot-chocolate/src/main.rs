//! `hot-chocolate`: five services that sell drinks, each as processes of its own.

mod customers;
mod options;
mod parts;
mod report;
mod run;
mod services;

use std::process::ExitCode;

fn main() -> ExitCode {
    processes::program(options::command(), parts::play, run::run)
}
