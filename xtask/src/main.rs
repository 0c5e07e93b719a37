//! The workspace's own commands: `cargo xtask help` lists them.
//!
//! One file per command. What they share: [`command`] runs a program and says so, [`tool`] installs one that
//! is missing, [`services`] starts the servers that tests talk to, [`workspace`] is what cargo knows about the members. The house rules of `check` are programs
//! too, one file each under [`rules`].
#![forbid(unsafe_code)]

mod bench;
mod check;
mod command;
mod rules;
mod services;
mod test;
mod test_aws;
mod tool;
mod verify;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Usage: cargo xtask <command>

  test [-- ARGS]    install and start what the tests need, servers included, then run all of them: nextest,
                    then the examples in the documentation. ARGS go to `cargo nextest run`, and then only that runs:
                    `cargo xtask test -- -p edafw-core golden`
  test-aws [ARGS]   the conformance suite of SNS and SQS in a real account, which the environment names
  emulators         compile the programs that tests start in the place of services, as `test` does by itself
  check [STEP...]   everything else that must hold before a change lands. Steps, all by default:
                    fmt rules deps clippy docs template features
  bench [ARGS]      build in release and measure throughput and latency; ARGS go to the benchmark
  verify [ARGS]     build in release and run the long soak and scale runs; ARGS go to them. With --examples alone, only
                    kill the processes of the examples
  help              this text
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let Some((name, rest)) = args.split_first() else {
        bail!("which command?\n\n{HELP}");
    };
    match name.as_str() {
        "test" => test::run(rest),
        "test-aws" => test_aws::run(rest),
        "emulators" => services::emulators(),
        "check" => check::run(rest),
        "bench" => bench::run(rest),
        "verify" => verify::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command `{other}`\n\n{HELP}"),
    }
}
