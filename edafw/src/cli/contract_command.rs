//! The arguments of `contract`, with and without the feature.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

pub(super) fn command() -> Command {
    let directory = Arg::new("dir")
        .long("dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help("Where the files are, by default `contracts` beside the package");
    let accepted = Arg::new("accepted")
        .long("accepted")
        .action(ArgAction::SetTrue)
        .help("Exit with 3 also for allowed changes that were not accepted yet");
    let breaking = Arg::new("breaking")
        .long("breaking")
        .action(ArgAction::SetTrue)
        .help("Accept what breaks readers, too, and remove the files of contracts that are gone");
    Command::new("contract")
        .about(
            "Compare the contracts with other systems with the files that were accepted; needs no database",
        )
        .subcommand_required(true)
        .subcommand(
            Command::new("check")
                .about("Exit with 3 if a change breaks a contract, and say how to make it without")
                .args([directory.clone(), accepted]),
        )
        .subcommand(
            Command::new("accept")
                .about("Write the files, unless a contract is broken: then exit with 3")
                .args([directory, breaking]),
        )
}
