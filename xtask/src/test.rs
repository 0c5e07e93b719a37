//! `cargo xtask test`: all tests, on a machine that has Rust and nothing else.

use anyhow::Result;

use crate::command::cargo;
use crate::{services, tool};

/// Installs what the tests need and runs them.
///
/// What stands after `--` goes to nextest, and then only nextest runs.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let own = nextest_args(args)?;
    tool::c_compiler()?;
    tool::NEXTEST.ensure()?;

    let profile = if std::env::var_os("CI").is_some() { "ci" } else { "default" };
    let nextest = cargo(["nextest", "run", "--profile", profile]).variable("NEXTEST_TEST_THREADS", threads());
    // Cargo would let `--workspace` win over a package that was asked for.
    let nextest = if chooses_packages(own) {
        if chooses_features(own) {
            services::ensure()?;
        }
        nextest
    } else {
        services::ensure()?;
        nextest.args(["--workspace", "--features", &services::features()])
    };
    let nextest = nextest.args(own);
    services::watched(|| {
        if own.is_empty() {
            examples_on_servers(profile)?;
        }
        nextest.run()
    })?;

    if own.is_empty() {
        cargo(["test", "--doc", "--workspace", "--features", &services::features()]).run()
    } else {
        println!("\nThe examples in the documentation were not run: arguments were given to nextest.");
        Ok(())
    }
}

/// The tests of the examples once for each kind of server. A feature chooses the kind, so each is a build of its own;
/// all else is built with the features that it has in the run of everything.
fn examples_on_servers(profile: &str) -> Result<()> {
    for (kind, features, packages) in [
        (
            "postgres",
            "permits/postgres,permits/portal-postgres,identity-reset/postgres",
            "package(permits) | package(identity-reset)",
        ),
        ("mysql", "permits/mysql,permits/portal-mysql", "package(permits)"),
    ] {
        println!("\nthe examples on {kind}:");
        let features = format!("{},{features}", services::features());
        cargo(["nextest", "run", "--profile", profile, "--workspace", "--features", &features])
            .variable("NEXTEST_TEST_THREADS", threads())
            .args(["--filterset", packages])
            .run()?;
    }
    Ok(())
}

/// How many places there are for tests: four for each core, for most tests wait more than they work. What a test takes of
/// them stands in nextest's configuration.
fn threads() -> String {
    (std::thread::available_parallelism().map_or(1, usize::from) * 4).to_string()
}

/// What stands after `--`.
fn nextest_args(args: &[String]) -> Result<&[String]> {
    match args.split_first() {
        None => Ok(&[]),
        Some((separator, rest)) if separator == "--" => Ok(rest),
        Some((other, _)) => {
            anyhow::bail!("`{other}` is no option of `test`; nextest's arguments follow `--`")
        }
    }
}

/// Whether `args` say which packages to test.
fn chooses_packages(args: &[String]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| {
        arg == "--package"
            || arg.starts_with("--package=")
            || (arg.starts_with("-p") && !arg.starts_with("--"))
    })
}

/// Whether `args` say which features to test: then these may be tests that need a server.
fn chooses_features(args: &[String]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| {
        arg == "--all-features"
            || arg.starts_with("--features")
            || (arg.starts_with("-F") && !arg.starts_with("--"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        args.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arguments_follow_two_dashes() {
        assert_eq!(nextest_args(&strings(&["--", "-p", "edafw"])).unwrap(), ["-p", "edafw"]);
        assert!(nextest_args(&[]).unwrap().is_empty());
        let error = nextest_args(&strings(&["--release"])).unwrap_err().to_string();
        assert_eq!(error, "`--release` is no option of `test`; nextest's arguments follow `--`");
    }

    #[test]
    fn sees_chosen_features() {
        assert!(chooses_features(&strings(&["-p", "edafw-sqlx", "--features=postgres"])));
        assert!(chooses_features(&strings(&["--all-features"])));
        assert!(!chooses_features(&strings(&["-p", "edafw-core", "--", "--features"])));
    }

    #[test]
    fn sees_a_chosen_package() {
        assert!(chooses_packages(&strings(&["-p", "edafw"])));
        assert!(chooses_packages(&strings(&["-pedafw"])));
        assert!(chooses_packages(&strings(&["--package=edafw"])));
        assert!(!chooses_packages(&strings(&["--profile", "ci", "golden"])));
        assert!(!chooses_packages(&strings(&["--", "-p"])));
    }
}
