//! The command line.

use clap::{ArgMatches, Command};
use processes::options::{self, Shared};

const AFTER_HELP: &str = "\
Everything may be run again in the same directory, whatever ended the last run: orders that were placed, paid or
refunded before stay as they are.

Exit codes:
  0  the settlement equals the orders
  1  failed; the message says why
  2  wrong usage
  3  finished, and the settlement does not equal the orders, or something was not delivered";

/// What the command line says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    /// What every example is told.
    pub(crate) shared: Shared,
    /// How many orders are placed.
    pub(crate) orders: i64,
}

impl From<ArgMatches> for Options {
    fn from(mut said: ArgMatches) -> Self {
        Self { shared: Shared::take(&mut said), orders: options::value(&mut said, "orders") }
    }
}

/// What may be said.
pub(crate) fn command() -> Command {
    Command::new("order-settlement")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Lets customers order, pay and have refunded, kills processes meanwhile, and compares the settlement with the orders")
        .after_help(AFTER_HELP)
        .args([
            options::data_dir("the databases and logs"),
            options::count("orders", 1, "120", "How many orders are placed"),
            options::kills(),
            options::seed("Chooses which ones, and when"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&'static str]) -> Result<Options, clap::Error> {
        command().try_get_matches_from([&["order-settlement"], line].concat()).map(Options::from)
    }

    #[test]
    fn there_is_an_order_and_by_default_there_are_more() {
        assert_eq!(parse(&[]).unwrap().orders, 120);
        assert_eq!(parse(&["--orders", "0"]).unwrap_err().exit_code(), 2);
    }
}
