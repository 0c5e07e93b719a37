//! Each member compiles with each of its features alone, and with none.
//!
//! A loop of our own, for it needs nothing installed: since resolver 2, `cargo check` of one package leaves the
//! features of its dev-dependencies out by itself, which was the hard part.

use anyhow::Result;

use crate::command::{Command, cargo};
use crate::workspace::{self, Package};

/// Checks every member that has features, and those that others depend on. What is neither, such as an example, is
/// compiled by everything else as it is.
pub(crate) fn run() -> Result<()> {
    let packages = workspace::packages()?;
    let matters = |package: &&Package| package.published || !package.features.is_empty();
    packages.iter().filter(matters).flat_map(commands).try_for_each(|command| command.run())
}

/// One command without features, and one for each feature of the package.
fn commands(package: &Package) -> Vec<Command> {
    let check = || cargo(["check", "--quiet", "--no-default-features", "--package", &package.name]);
    let mut commands = vec![check()];
    commands.extend(package.features.iter().map(|feature| check().args(["--features", feature])));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_alone_and_none() {
        let package = Package {
            name: "edafw".to_owned(),
            features: vec!["default".to_owned(), "sqlite".to_owned()],
            ..Package::default()
        };
        let lines: Vec<_> = commands(&package).iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "cargo check --quiet --no-default-features --package edafw",
                "cargo check --quiet --no-default-features --package edafw --features default",
                "cargo check --quiet --no-default-features --package edafw --features sqlite",
            ]
        );
    }
}
