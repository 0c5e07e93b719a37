//! `member-login`: members log in, and the service's processes are killed meanwhile.

mod crowd;
mod options;
mod parts;
mod report;
mod run;
mod story;

use std::process::ExitCode;

fn main() -> ExitCode {
    processes::program(options::command(), parts::play, run::run)
}
