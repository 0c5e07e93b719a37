//! The command line.

use clap::{ArgMatches, Command};
use processes::options::{self, Shared};

const AFTER_HELP: &str = "\
Everything may be run again in the same directory, whatever ended the last run: more members sign up and log in.

Exit codes:
  0  what must hold does, and everything was delivered
  1  failed; the message says why
  2  wrong usage
  3  finished, and something is as it must not be; the report says what";

/// What the command line says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    /// What every example is told.
    pub(crate) shared: Shared,
    /// How many log-ins there are after the story.
    pub(crate) log_ins: i64,
}

impl From<ArgMatches> for Options {
    fn from(mut said: ArgMatches) -> Self {
        Self { shared: Shared::take(&mut said), log_ins: options::value(&mut said, "log-ins") }
    }
}

/// What may be said.
pub(crate) fn command() -> Command {
    Command::new("member-login")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Lets members log in, kills processes meanwhile, and looks whether what must hold does")
        .after_help(AFTER_HELP)
        .args([
            options::data_dir("the database and the logs"),
            options::count("log-ins", 0, "240", "How many log-ins there are after the story"),
            options::kills(),
            options::seed("Chooses who logs in where, which processes are killed, and when"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&'static str]) -> Result<Options, clap::Error> {
        command().try_get_matches_from([&["member-login"], line].concat()).map(Options::from)
    }

    #[test]
    fn there_need_be_no_log_ins_and_by_default_there_are() {
        assert_eq!(parse(&[]).unwrap().log_ins, 240);
        assert_eq!(parse(&["--log-ins", "0"]).unwrap().log_ins, 0);
        assert_eq!(parse(&["--log-ins", "many"]).unwrap_err().exit_code(), 2);
    }
}
