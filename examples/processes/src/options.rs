//! The options that the examples share.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, value_parser};

/// What every example is told: [`data_dir`], [`kills`] and [`seed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Where the databases are; a fresh temporary directory where none is named.
    pub data_dir: Option<PathBuf>,
    /// How many processes are killed meanwhile.
    pub kills: u32,
    /// What stands for everything that looks like chance, such as the order and the moments of the kills.
    pub seed: u64,
}

impl Shared {
    /// Takes it from what the command line says.
    ///
    /// # Panics
    /// The command has other options.
    pub fn take(said: &mut ArgMatches) -> Self {
        Self { data_dir: said.remove_one("data-dir"), kills: value(said, "kills"), seed: value(said, "seed") }
    }
}

/// Takes what the command line says of an option that has a default.
///
/// # Panics
/// The command has no such option, or it has no default, or is of another type.
pub fn value<T: Clone + Send + Sync + 'static>(said: &mut ArgMatches, name: &str) -> T {
    said.remove_one(name).expect("it has a default")
}

/// `--data-dir`: where `what` are.
pub fn data_dir(what: &str) -> Arg {
    let default = "[default: a fresh temporary directory, which the report names]";
    Arg::new("data-dir")
        .long("data-dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help(format!("Where {what} are; created where missing {default}"))
}

/// How much is done: an `i64` of `least` or more.
pub fn count(name: &'static str, least: i64, default: &'static str, help: &'static str) -> Arg {
    number(name, default, help).value_parser(value_parser!(i64).range(least..=1_000_000))
}

/// `--kills`.
pub fn kills() -> Arg {
    number("kills", "5", "How many processes are killed meanwhile").value_parser(value_parser!(u32))
}

/// `--seed`.
pub fn seed(help: &'static str) -> Arg {
    number("seed", "1", help).value_parser(value_parser!(u64))
}

fn number(name: &'static str, default: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("N").default_value(default).help(help)
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    fn parse(line: &[&'static str]) -> Result<ArgMatches, clap::Error> {
        let args = [data_dir("the databases"), count("acts", 1, "7", "How many"), kills(), seed("Chooses")];
        Command::new("example").args(args).try_get_matches_from([&["example"], line].concat())
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let mut said = parse(&["--seed", "3"]).unwrap();
        assert_eq!(Shared::take(&mut said), Shared { data_dir: None, kills: 5, seed: 3 });
        assert_eq!(value::<i64>(&mut said, "acts"), 7);
    }

    #[test]
    fn wrong_usage_is_told_from_help() {
        for line in [&["--acts", "0"][..], &["--kills", "-1"], &["--seed", "x"], &["--data-dir"], &["stray"]]
        {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line:?}");
        }
        assert_eq!(parse(&["--help"]).unwrap_err().exit_code(), 0);
    }
}
