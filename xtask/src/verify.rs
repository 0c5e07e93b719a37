//! `cargo xtask verify`: the soak and scale runs that take too long for every change.

mod examples;

use std::path::PathBuf;

use anyhow::Result;

use crate::command::cargo;
use crate::{services, workspace};

/// Events in the store whose plans are looked at.
const MANY: &str = "5000000";

/// Where the binary `verify` writes its result, where it is not told.
const RESULT: &str = "docs/src/verified.md";

/// Looks at the plans of every statement on a large store, runs the binary `verify` of `edafw-bench` with `args`, and
/// kills the examples' processes. With `--examples` it does the last of the three alone.
pub(crate) fn run(args: &[String]) -> Result<()> {
    services::ensure()?;
    let result = workspace::root()?.join(result(args));
    if args.iter().any(|arg| arg == "--examples") {
        anyhow::ensure!(args.len() == 1, "`--examples` stands alone");
        let runs = examples::run();
        examples::write(&runs, &result)?;
        return examples::judge(&runs);
    }
    if !args.iter().any(|arg| arg == "--quick") {
        cargo(["test", "--package", "edafw-sqlx", "--features", "postgres", "--test", "postgres_plans"])
            .variable("EDAFW_PLAN_EVENTS", MANY)
            .run()?;
    }
    let runs = examples::run();
    let verified =
        cargo(["run", "--release", "--package", "edafw-bench", "--bin", "verify", "--"]).args(args).run();
    // Behind what the binary has written.
    examples::write(&runs, &result)?;
    verified?;
    examples::judge(&runs)
}

/// The file that `args` name for the result.
fn result(args: &[String]) -> PathBuf {
    let named = args.iter().zip(args.iter().skip(1)).find(|(option, _)| *option == "--out");
    let named = named.map(|(_, file)| file.as_str());
    named.or_else(|| args.iter().find_map(|arg| arg.strip_prefix("--out="))).unwrap_or(RESULT).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_goes_where_it_is_told_to() {
        let args = |args: &[&str]| result(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(args(&["--quick"]), PathBuf::from(RESULT));
        assert_eq!(args(&["--out", "a.md", "--quick"]), PathBuf::from("a.md"));
        assert_eq!(args(&["--out=b.md"]), PathBuf::from("b.md"));
    }
}
