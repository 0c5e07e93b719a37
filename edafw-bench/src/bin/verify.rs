//! Checks the guarantees on a scale that takes too long for every change.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, Command, value_parser};
use edafw_bench::Result;
use edafw_bench::verify::{self, Scale};

fn command() -> Command {
    Command::new("verify")
        .about("Drains and kills on a large scale, and counts what came of it")
        .arg(
            Arg::new("kills")
                .long("kills")
                .help("Processes that are killed, in each of the checks that kill")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..)),
        )
        .arg(
            Arg::new("events")
                .long("events")
                .help("Events that flow while workers are killed")
                .value_name("N")
                .value_parser(value_parser!(i64).range(1..)),
        )
        .arg(
            Arg::new("quick")
                .long("quick")
                .help("Small numbers: shows that it runs, and little more")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .help("Where the result is written, as Markdown")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .default_value("docs/src/verified.md"),
        )
        .arg(Arg::new("child").long("child").num_args(2).hide(true))
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = command().get_matches();
    if let Some(child) = arguments.get_many::<String>("child") {
        let [part, directory] = &child.collect::<Vec<_>>()[..] else {
            return Err("`--child worker DIRECTORY` or `--child publisher DIRECTORY`".into());
        };
        verify::run_child(part, Path::new(directory)).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let quick = arguments.get_flag("quick");
    let size = |full, small| if quick { small } else { full };
    let report = verify::run(Scale {
        events: arguments.get_one("events").copied().unwrap_or(size(20_000, 500)),
        kills: arguments.get_one("kills").copied().unwrap_or(if quick { 5 } else { 200 }),
        backlog: size(1_000_000, 5_000),
        published: size(5_000_000, 20_000),
        measured: size(5_000, 200),
    })
    .await?;
    if let Some(path) = arguments.get_one::<PathBuf>("out") {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(path, report.to_string())?;
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
