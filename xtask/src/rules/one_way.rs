//! Dependencies point one way: backends -> core <- facade.

use super::tree::Tree;
use super::{Rule, Violation};
use crate::workspace::{Dependency, Package};

pub(super) const RULE: Rule = Rule {
    name: "one-way",
    says: "Core depends on no other member, a backend on core alone, and only the facade, the test kit, examples \
           and tests name a backend.",
    find,
};

/// What a member is, for this rule.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Core,
    /// A database or a transport.
    Backend,
    /// The annotations: they generate code that names the facade, and need nothing of it.
    Macros,
    /// The conformance suites: they may meet any backend.
    TestKit,
    /// What users depend on.
    Facade,
    /// Programs about the framework that go through the facade.
    Program,
    /// Examples and end-to-end tests.
    Example,
}

/// Every member that is neither an example nor a test. A new one is a violation until it stands here.
const PARTS: &[(&str, Part)] = &[
    ("edafw-core", Part::Core),
    ("edafw-sqlx", Part::Backend),
    ("edafw-sqs", Part::Backend),
    ("edafw-macros", Part::Macros),
    ("edafw-testkit", Part::TestKit),
    ("edafw", Part::Facade),
    ("edafw-bench", Part::Program),
    ("xtask", Part::Program),
];

fn part(package: &Package) -> Option<Part> {
    let place = package.directory.split('/').next().unwrap_or_default();
    if place == "examples" || place == "tests" {
        return Some(Part::Example);
    }
    PARTS.iter().find(|(name, _)| *name == package.name).map(|(_, part)| *part)
}

/// Whether a member that is `from` may depend on one that is `to`.
fn may(from: Part, to: Part, dev: bool) -> bool {
    match from {
        Part::Core => false,
        // The suites run against it in its tests.
        Part::Backend => to == Part::Core || (dev && to == Part::TestKit),
        // Its tests compile what it generates, and that names the facade.
        Part::Macros => dev && matches!(to, Part::Core | Part::Facade),
        Part::Facade => dev || to != Part::TestKit,
        Part::Program => to != Part::Backend,
        Part::TestKit | Part::Example => true,
    }
}

fn find(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in tree.packages() {
        let manifest = format!("{}/Cargo.toml", package.directory);
        let Some(from) = part(package) else {
            violations.push(Violation::of_file(&manifest, "say in one_way.rs what this package is"));
            continue;
        };
        for Dependency { name, dev } in &package.dependencies {
            let to = tree.packages().iter().find(|other| other.name == *name).and_then(part);
            if to.is_some_and(|to| !may(from, to, *dev)) {
                let kind = if *dev { "in its tests " } else { "" };
                let what = format!("`{}` depends {kind}on `{name}`", package.name);
                violations.push(Violation::of_file(&manifest, what));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(directory: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependencies = dependencies
            .iter()
            .map(|(name, dev)| Dependency { name: (*name).to_owned(), dev: *dev })
            .collect();
        let name = directory.rsplit('/').next().unwrap().to_owned();
        Package { name, directory: directory.to_owned(), dependencies, ..Package::default() }
    }

    /// The violations of one package among the members that matter here.
    fn found(directory: &str, dependencies: &[(&str, bool)]) -> Vec<String> {
        let mut packages: Vec<_> =
            PARTS.iter().filter(|(name, _)| *name != directory).map(|(name, _)| package(name, &[])).collect();
        packages.push(package(directory, dependencies));
        let tree = Tree::of([]).with_packages(packages);
        find(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_what_points_the_other_way() {
        assert_eq!(
            found("edafw-core", &[("serde", false), ("edafw-testkit", true)]),
            ["edafw-core/Cargo.toml: `edafw-core` depends in its tests on `edafw-testkit`"]
        );
        assert_eq!(
            found("edafw-sqs", &[("edafw-core", false), ("edafw-sqlx", false)]),
            ["edafw-sqs/Cargo.toml: `edafw-sqs` depends on `edafw-sqlx`"]
        );
        assert_eq!(found("edafw-sqlx", &[("edafw-testkit", false)]).len(), 1);
        assert_eq!(found("edafw-macros", &[("edafw-core", false)]).len(), 1);
        assert_eq!(found("edafw-bench", &[("edafw-sqlx", false)]).len(), 1);
    }

    #[test]
    fn accepts_what_points_to_core() {
        assert_eq!(found("edafw-sqlx", &[("edafw-core", false), ("edafw-testkit", true)]), [""; 0]);
        assert_eq!(found("edafw", &[("edafw-core", false), ("edafw-sqlx", false)]), [""; 0]);
        assert_eq!(found("edafw-testkit", &[("edafw-sqlx", true), ("edafw-core", false)]), [""; 0]);
        assert_eq!(found("examples/member", &[("edafw", false), ("edafw-sqlx", false)]), [""; 0]);
    }

    #[test]
    fn a_package_that_nobody_placed_is_found() {
        assert_eq!(
            found("edafw-nats", &[]),
            ["edafw-nats/Cargo.toml: say in one_way.rs what this package is"]
        );
    }
}
