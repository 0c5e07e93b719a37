//! The command line.

use clap::{Arg, ArgMatches, Command};
use processes::options::{self, Shared};

const AFTER_HELP: &str = "\
Everything may be run again on the same databases, whatever ended the last run: more members sign up.

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
    /// How many acts there are after the story.
    pub(crate) acts: i64,
    /// The database of the family-account service, where it is not a file in the data directory.
    pub(crate) family_database: Option<String>,
}

impl From<ArgMatches> for Options {
    fn from(mut said: ArgMatches) -> Self {
        Self {
            shared: Shared::take(&mut said),
            acts: options::value(&mut said, "acts"),
            family_database: said.remove_one("family-database"),
        }
    }
}

/// What may be said.
pub(crate) fn command() -> Command {
    Command::new("identity-reset")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Has members verified, join families, and their verification reset; kills processes meanwhile, and looks who belongs to a family in the end")
        .after_help(AFTER_HELP)
        .args([
            options::data_dir("the databases and the logs"),
            Arg::new("family-database")
                .long("family-database")
                .value_name("URL")
                .help("The database of the family-account service, of the kind that this program was built for [default: family.db in the data directory]"),
            options::count("acts", 0, "240", "How many acts there are after the story"),
            options::kills(),
            options::seed("Chooses who does what, which processes are killed, and when"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&'static str]) -> Result<Options, clap::Error> {
        command().try_get_matches_from([&["identity-reset"], line].concat()).map(Options::from)
    }

    #[test]
    fn acts_and_the_familys_database_are_optional() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.acts, options.family_database), (240, None));
        let options = parse(&["--acts", "0", "--family-database", "sqlite:family.db"]).unwrap();
        assert_eq!((options.acts, options.family_database.as_deref()), (0, Some("sqlite:family.db")));
        assert_eq!(parse(&["--acts", "many"]).unwrap_err().exit_code(), 2);
    }
}
