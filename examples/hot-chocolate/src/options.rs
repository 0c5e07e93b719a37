//! The command line.

use clap::{Arg, ArgMatches, Command, value_parser};
use processes::options::{self, Shared};

const AFTER_HELP: &str = "\
Everything may be run again in the same directory, whatever ended the last run: orders that were placed before stay
as they are.

Exit codes:
  0  every order was served or refunded, and stock and money add up
  1  failed; the message says why
  2  wrong usage
  3  finished, and an order was not, or something does not add up";

/// What the command line says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    /// What every example is told.
    pub(crate) shared: Shared,
    /// How many orders are placed.
    pub(crate) orders: i64,
    /// How many grams of chocolate a new kitchen has.
    pub(crate) chocolate: u32,
}

impl From<ArgMatches> for Options {
    fn from(mut said: ArgMatches) -> Self {
        Self {
            shared: Shared::take(&mut said),
            orders: options::value(&mut said, "orders"),
            chocolate: options::value(&mut said, "chocolate"),
        }
    }
}

/// What may be said.
pub(crate) fn command() -> Command {
    Command::new("hot-chocolate")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Lets customers order more hot chocolate than there is, kills processes meanwhile, and looks what became of every order")
        .after_help(AFTER_HELP)
        .args([
            options::data_dir("the databases and logs"),
            options::count("orders", 1, "60", "How many orders are placed"),
            Arg::new("chocolate")
                .long("chocolate")
                .value_name("GRAMS")
                .value_parser(value_parser!(u32))
                .default_value("1000")
                .help("How much chocolate a new kitchen has; one hot chocolate takes 25 g"),
            options::kills(),
            options::seed("Chooses which ones, and when"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&'static str]) -> Result<Options, clap::Error> {
        command().try_get_matches_from([&["hot-chocolate"], line].concat()).map(Options::from)
    }

    #[test]
    fn orders_and_chocolate_have_defaults_and_a_range() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.orders, options.chocolate), (60, 1_000));
        for line in [["--orders", "0"], ["--chocolate", "some"]] {
            assert_eq!(parse(&line).unwrap_err().exit_code(), 2, "{line:?}");
        }
    }
}
