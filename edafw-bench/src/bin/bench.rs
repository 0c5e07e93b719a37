//! Measures the figures that the framework promises.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, Command, value_parser};
use edafw_bench::Result;
use edafw_bench::figures::{self, NAMES};
use edafw_bench::postgres;
use edafw_bench::rounds::Effort;

fn command() -> Command {
    Command::new("bench")
        .about("Measures the figures that the framework promises, beside plain sqlx in the same run")
        .arg(
            Arg::new("rounds")
                .long("rounds")
                .help("Rounds of framework and twin, interleaved")
                .value_name("N")
                .value_parser(value_parser!(u16).range(1..))
                .default_value("5"),
        )
        .arg(
            Arg::new("only")
                .long("only")
                .help("Measures this figure and no other; may be given more than once")
                .value_name("NAME")
                .value_parser(NAMES.to_vec())
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .help("Where the figures are written for programs")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .default_value("target/edafw-bench.json"),
        )
        .arg(
            Arg::new("quick")
                .long("quick")
                .help("Small sizes: shows that it runs, not how fast")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .help("Ends with exit code 1 when a figure is missed")
                .action(ArgAction::SetTrue),
        )
        .arg(Arg::new("child").long("child").num_args(2).hide(true))
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = command().get_matches();
    if let Some(child) = arguments.get_many::<String>("child") {
        match child.map(String::as_str).collect::<Vec<_>>()[..] {
            ["drain", directory] => figures::drain_backlog(Path::new(directory)).await?,
            ["listen", url] => postgres::listen(url).await?,
            _ => return Err("`--child drain DIRECTORY`, or `--child listen URL`".into()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let effort = Effort {
        rounds: arguments.get_one::<u16>("rounds").copied().unwrap_or(5).into(),
        quick: arguments.get_flag("quick"),
    };
    let only: Vec<&String> = arguments.get_many("only").unwrap_or_default().collect();
    let mut measured = Vec::new();
    for name in NAMES.iter().filter(|name| only.is_empty() || only.iter().any(|only| only == *name)) {
        for figure in figures::measure(name, effort).await? {
            println!("{figure}");
            measured.push(figure);
        }
    }
    if let Some(path) = arguments.get_one::<PathBuf>("json") {
        write_json(
            path,
            &serde_json::json!({
                "rounds": effort.rounds,
                "quick": effort.quick,
                "figures": measured.iter().map(edafw_bench::figure::Figure::to_json).collect::<Vec<_>>(),
            }),
        )?;
    }
    let missed: Vec<&str> =
        measured.iter().filter(|one| one.is_met() == Some(false)).map(|one| one.name).collect();
    if !missed.is_empty() {
        println!("missed: {}", missed.join(", "));
    }
    let fails = arguments.get_flag("check") && !missed.is_empty();
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write_json(path: &Path, figures: &serde_json::Value) -> Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    Ok(std::fs::write(path, serde_json::to_string_pretty(figures)? + "\n")?)
}
