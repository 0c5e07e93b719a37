//! `identity-reset`: a member service and a family-account service at work, whose processes are killed meanwhile.

mod balancer;
mod crowd;
mod options;
mod parts;
mod report;
mod run;
mod services;
mod story;

use std::process::ExitCode;

fn main() -> ExitCode {
    processes::program(options::command(), parts::play, run::run)
}
