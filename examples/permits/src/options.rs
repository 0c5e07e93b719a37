//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};
use portal::Failures;

const AFTER_HELP: &str = "\
The input has the columns case, activity, resource and timestamp (RFC 3339); further columns become
attributes of the step, and the resource may be empty. Each row is taken in a transaction of its own. A row
that was taken before changes nothing, so an input can be taken again, whatever ended the last run.

Exit codes:
  0  every row is taken, and unless --no-worker is given everything is delivered
  1  failed; the message says why
  2  wrong usage
  3  finished, but rows were refused or events became dead letters; the report lists them";

/// What the command line says.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The log; the bundled sample where none is named.
    pub input: Option<PathBuf>,
    /// Where the databases are; a fresh temporary directory where none is named.
    pub data_dir: Option<PathBuf>,
    /// The office's database, where it is not a file in `data_dir`.
    pub database: Option<String>,
    /// The portal's, likewise.
    pub portal_database: Option<String>,
    /// Whether the report is JSON.
    pub json: bool,
    /// Whether the workers run.
    pub worker: bool,
    /// Which attempts of handlers fail.
    pub failures: Failures,
}

impl Options {
    /// Reads a command line, whose first word is the program's name.
    ///
    /// # Errors
    /// Wrong usage, or a request for help: what to print, and the exit code.
    pub fn parse(line: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let mut matches = command().try_get_matches_from(line)?;
        let invalid =
            |error: portal::InvalidFailures| command().error(clap::error::ErrorKind::ValueValidation, error);
        let from_env = Failures::from_env().map_err(invalid)?;
        let rate = matches.remove_one("fail-rate").unwrap_or(from_env.rate());
        let seed = matches.remove_one("seed").unwrap_or(from_env.seed());
        Ok(Self {
            input: matches.remove_one("input"),
            data_dir: matches.remove_one("data-dir"),
            database: matches.remove_one("database"),
            portal_database: matches.remove_one("portal-database"),
            json: matches.get_flag("json"),
            worker: !matches.get_flag("no-worker"),
            failures: Failures::new(rate, seed).map_err(invalid)?,
        })
    }
}

fn command() -> Command {
    Command::new("permits")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Takes a log of permit steps, and delivers what happened to the permit office and the citizens' portal")
        .after_help(AFTER_HELP)
        .arg(
            Arg::new("input")
                .long("input")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The log to take, a CSV file [default: the bundled sample]"),
        )
        .arg(
            Arg::new("data-dir")
                .long("data-dir")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Where permits.db and portal.db are; created where missing [default: a fresh temporary directory, which the report names]"),
        )
        .arg(
            Arg::new("database")
                .long("database")
                .value_name("URL")
                .help("The office's database, of the kind that this program was built for [default: permits.db in the data directory]"),
        )
        .arg(
            Arg::new("portal-database")
                .long("portal-database")
                .value_name("URL")
                .help("The portal's database [default: portal.db in the data directory]"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the report as JSON"))
        .arg(
            Arg::new("no-worker")
                .long("no-worker")
                .action(ArgAction::SetTrue)
                .help("Only take the input; `permits-worker` and `portal-worker` deliver it"),
        )
        .arg(
            Arg::new("fail-rate")
                .long("fail-rate")
                .value_name("P")
                .value_parser(value_parser!(f64))
                .allow_negative_numbers(true)
                .help("The share of attempts in which a handler fails on purpose, 0 to 1 [default: PERMITS_FAIL_RATE, or 0]"),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .help("Chooses the attempts that fail [default: PERMITS_SEED, or 0]"),
        )
}

#[cfg(test)]
mod tests {
    use super::{Options, command};
    use portal::Failures;

    fn parse(line: &[&str]) -> Result<Options, clap::Error> {
        Options::parse([&["permits"], line].concat())
    }

    #[test]
    fn the_command_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn everything_has_a_default() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.input, options.data_dir), (None, None));
        assert!(options.worker && !options.json);
        assert_eq!(options.failures, Failures::default());
    }

    #[test]
    fn wrong_usage_is_told_from_help() {
        for line in [
            &["--fail-rate", "1.5"][..],
            &["--fail-rate", "-0.1"],
            &["--fail-rate", "often"],
            &["--seed", "-1"],
            &["--input"],
            &["--unknown"],
            &["stray"],
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line:?}");
        }
        let help = parse(&["--help"]).unwrap_err();
        assert_eq!(help.exit_code(), 0);
        assert!(help.to_string().contains("Exit codes:"));
    }
}
