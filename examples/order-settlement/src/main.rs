//! `order-settlement`: the shop and the settlement at work, each as processes of its own.

mod customers;
mod options;
mod parts;
mod report;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    processes::program(options::command(), parts::play, run::run)
}
