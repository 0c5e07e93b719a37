//! `cargo xtask check rules`: the house rules, as programs.
//!
//! A rule looks at a [`Tree`] and tells what breaks it. [`exceptions::EXCEPTIONS`] names the files that a rule
//! leaves alone, each with its reason.

mod exceptions;
mod file_length;
mod includes;
mod left_overs;
mod links;
mod lint_table;
mod machine_paths;
mod names;
mod one_table;
mod one_way;
mod registry;
mod roots;
mod sleeping_tests;
mod sql_files;
mod tokens;
mod tree;

use std::fmt;

use anyhow::{Result, bail};

use exceptions::{EXCEPTIONS, Exception};
use tree::Tree;

/// A rule of the house.
struct Rule {
    /// How exceptions call it.
    name: &'static str,
    /// What must be so, in one sentence.
    says: &'static str,
    find: fn(&Tree) -> Vec<Violation>,
}

const RULES: &[Rule] = &[
    links::RULE,
    file_length::RULE,
    includes::RULE,
    left_overs::RULE,
    lint_table::RULE,
    machine_paths::RULE,
    names::RULE,
    one_table::RULE,
    one_way::RULE,
    registry::RULE,
    roots::RULE,
    sleeping_tests::RULE,
    sql_files::RULE,
];

/// A place that breaks a rule.
#[derive(Debug, PartialEq)]
struct Violation {
    /// Relative to the workspace's root.
    path: String,
    /// From 1; none where the whole file is meant.
    line: Option<usize>,
    what: String,
}

impl Violation {
    fn of_file(path: &str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, what: what.into() }
    }

    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Looks at all files that git tracks or would track.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read()?;
    println!("\nhouse rules, over {} files:", tree.files().len());
    let mut count = 0;
    for rule in RULES {
        let violations = judge(rule, &tree, EXCEPTIONS);
        println!("  {:<17}{}", rule.name, if violations.is_empty() { "ok" } else { "BROKEN" });
        if !violations.is_empty() {
            println!("    {}", rule.says);
            for violation in &violations {
                println!("      {violation}");
            }
        }
        for exception in EXCEPTIONS.iter().filter(|exception| exception.rule == rule.name) {
            println!("    but for {}: {}", exception.path, exception.reason);
        }
        count += violations.len();
    }
    if count > 0 {
        bail!("{count} places break the house rules");
    }
    Ok(())
}

/// What breaks `rule` without an exception, and the exceptions of `rule` that nothing needs.
fn judge(rule: &Rule, tree: &Tree, exceptions: &[Exception]) -> Vec<Violation> {
    let (forgiven, mut violations): (Vec<_>, Vec<_>) = (rule.find)(tree).into_iter().partition(|violation| {
        exceptions.iter().any(|exception| exception.rule == rule.name && exception.path == violation.path)
    });
    let idle = exceptions.iter().filter(|exception| {
        exception.rule == rule.name && !forgiven.iter().any(|violation| violation.path == exception.path)
    });
    violations.extend(idle.map(|exception| {
        Violation::of_file(exception.path, "its exception is not needed: remove it from exceptions.rs")
    }));
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        name: "no-b",
        says: "No file is called b.",
        find: |tree| {
            let of_b = tree.files().iter().filter(|file| file.path() == "b");
            of_b.map(|file| Violation::of_file(file.path(), "it is called b")).collect()
        },
    };

    fn exception(rule: &'static str, path: &'static str) -> Exception {
        Exception { rule, path, reason: "for the test" }
    }

    #[test]
    fn an_exception_holds_for_its_rule_and_file() {
        let tree = Tree::of([("a", ""), ("b", "")]);
        assert_eq!(judge(&RULE, &tree, &[]).len(), 1);
        assert_eq!(judge(&RULE, &tree, &[exception("other", "b")]).len(), 1);
        assert_eq!(judge(&RULE, &tree, &[exception("no-b", "b")]), []);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_told() {
        let tree = Tree::of([("a", "")]);
        let violations = judge(&RULE, &tree, &[exception("no-b", "a")]);
        assert_eq!(violations[0].to_string(), "a: its exception is not needed: remove it from exceptions.rs");
    }

    #[test]
    fn every_exception_names_a_rule_and_gives_a_reason() {
        for exception in EXCEPTIONS {
            assert!(RULES.iter().any(|rule| rule.name == exception.rule), "no rule `{}`", exception.rule);
            assert!(!exception.reason.is_empty(), "{} has no reason", exception.path);
        }
    }
}
