//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::part::{Name, Part};
use crate::way::Way;

const AFTER_HELP: &str = "\
Saga and try-confirm/cancel run on SQLite, in a fresh temporary directory that is removed. Two-phase commit needs a
PostgreSQL server that lets transactions be prepared: the one that --postgres names, or one that is started for it.

Exit codes:
  0  every trip ended as it must, in each way that was run
  1  failed; the message says why
  2  wrong usage
  3  the books are wrong; the report says where";

/// What the command line asks for.
#[derive(Debug, Clone)]
pub enum Options {
    /// All of it, in this process.
    Run {
        /// Which ways.
        ways: Vec<Way>,
        /// The server for two-phase commit.
        postgres: Option<String>,
        /// How many trips the crowd wants.
        trips: i64,
    },
    /// One process of many.
    Part(Part),
}

impl Options {
    /// Reads a command line, whose first word is the program's name.
    ///
    /// # Errors
    /// Wrong usage, or a request for help: what to print, and the exit code.
    pub fn parse(line: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let mut matches = command().try_get_matches_from(line)?;
        if let Some((_, mut matches)) = matches.remove_subcommand() {
            return Ok(Self::Part(part(&mut matches)));
        }
        let ways: Vec<Way> = matches.remove_many("way").map_or(Way::ALL.into(), Iterator::collect);
        Ok(Self::Run {
            ways: Way::ALL.into_iter().filter(|way| ways.contains(way)).collect(),
            postgres: matches.remove_one("postgres"),
            trips: matches.remove_one("trips").unwrap_or(60),
        })
    }
}

fn part(matches: &mut ArgMatches) -> Part {
    let mut text = |name: &str| matches.remove_one::<String>(name);
    let (hotel, airline, postgres) = (text("hotel"), text("airline"), text("postgres"));
    let millis = |matches: &mut ArgMatches, name: &str, default| {
        Duration::from_millis(matches.remove_one(name).unwrap_or(default))
    };
    Part {
        name: matches.remove_one("name").unwrap_or(Name::Booking),
        data_dir: matches.remove_one("data-dir").unwrap_or_else(|| PathBuf::from(".")),
        trips: matches.remove_one("trips").unwrap_or(60),
        asks: matches.remove_one("from").unwrap_or(1)..=matches.remove_one("to").unwrap_or(i64::MAX),
        port: matches.remove_one("port").unwrap_or(0),
        hotel: hotel.unwrap_or_else(|| "http://127.0.0.1:4001".to_owned()),
        airline: airline.unwrap_or_else(|| "http://127.0.0.1:4002".to_owned()),
        postgres,
        patience: millis(matches, "patience", 10_000),
        holds_for: millis(matches, "hold", 30_000),
    }
}

fn command() -> Command {
    let text = |name: &'static str| Arg::new(name).long(name);
    let number =
        |name: &'static str| text(name).value_name("N").value_parser(value_parser!(i64).range(0..=1_000_000));
    let postgres = text("postgres").value_name("URL").help("The PostgreSQL server, without a database");
    let trips = number("trips").help("How many trips are asked for at once [default: 60]");
    let millis = |name: &'static str| text(name).value_name("MS").value_parser(value_parser!(u64));
    Command::new("consistency")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Books the same trips by a saga, by try-confirm/cancel and by two-phase commit")
        .after_help(AFTER_HELP)
        .args_conflicts_with_subcommands(true)
        .arg(
            text("way")
                .value_name("WAY")
                .value_delimiter(',')
                .value_parser(|name: &str| name.parse::<Way>())
                .help("saga, tcc or 2pc; several with commas [default: all]"),
        )
        .arg(postgres.clone())
        .arg(trips.clone())
        .subcommand(
            Command::new("part")
                .about("Runs one process of many, until SIGTERM; travellers end by themselves")
                .arg(
                    Arg::new("name")
                        .required(true)
                        .value_name("PART")
                        .value_parser(|name: &str| name.parse::<Name>())
                        .help("booking, hotel, airline, saga-travellers, tcc-travellers, 2pc-travellers or resolver"),
                )
                .arg(
                    text("data-dir")
                        .value_name("DIR")
                        .value_parser(value_parser!(PathBuf))
                        .help("Where the databases are that are files [default: .]"),
                )
                .arg(trips)
                .arg(number("from").help("Travellers: the first trip that they ask for [default: 1]"))
                .arg(number("to").help("Travellers: the last one [default: the last of all]"))
                .arg(
                    text("port")
                        .value_name("PORT")
                        .value_parser(value_parser!(u16))
                        .help("Hotel and airline: where the desk answers [default: any]"),
                )
                .arg(text("hotel").value_name("URL").help("The hotel's desk [default: http://127.0.0.1:4001]"))
                .arg(text("airline").value_name("URL").help("The airline's desk [default: http://127.0.0.1:4002]"))
                .arg(postgres)
                .arg(millis("patience").help("How long a trip may be undecided [default: 10000]"))
                .arg(millis("hold").help("How long a place is held [default: 30000]")),
        )
}

#[cfg(test)]
mod tests {
    use super::{Options, command};
    use crate::way::Way;

    fn parse(line: &[&str]) -> Result<Options, clap::Error> {
        Options::parse([&["consistency"], line].concat())
    }

    #[test]
    fn the_command_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn all_ways_unless_some_are_named() {
        let Options::Run { ways, .. } = parse(&[]).unwrap() else { panic!("it is a run") };
        assert_eq!(ways, Way::ALL);
        let Options::Run { ways, .. } = parse(&["--way", "2pc,saga"]).unwrap() else { panic!("it is a run") };
        assert_eq!(ways, [Way::Saga, Way::TwoPhase]);
    }

    #[test]
    fn wrong_usage_says_what_is_accepted() {
        let error = parse(&["--way", "3pc"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("`3pc` is none of saga, tcc and 2pc"), "{error}");
        assert_eq!(parse(&["part", "casino"]).unwrap_err().exit_code(), 2);
        assert_eq!(parse(&["part"]).unwrap_err().exit_code(), 2);
    }
}
