//! One lint table for all.

use super::tree::Tree;
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "lint-table",
    says: "Every package inherits the workspace's lints: `[lints]` with `workspace = true`.",
    find,
};

fn find(tree: &Tree) -> Vec<Violation> {
    let manifests = tree.packages().iter().map(|package| format!("{}/Cargo.toml", package.directory));
    manifests
        .filter(|path| !tree.file(path).is_some_and(|file| inherits(file.text())))
        .map(|path| Violation::of_file(&path, "no `[lints]` with `workspace = true`"))
        .collect()
}

fn inherits(manifest: &str) -> bool {
    let lines = || manifest.lines().map(|line| line.replace(' ', ""));
    lines().any(|line| line == "lints.workspace=true")
        || lines()
            .skip_while(|line| line != "[lints]")
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .any(|line| line == "workspace=true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    fn found(manifest: &str) -> Vec<Violation> {
        let package = Package { name: "a".to_owned(), directory: "a".to_owned(), ..Package::default() };
        find(&Tree::of([("a/Cargo.toml", manifest)]).with_packages(vec![package]))
    }

    #[test]
    fn a_package_without_the_table_is_found() {
        let violation = Violation::of_file("a/Cargo.toml", "no `[lints]` with `workspace = true`");
        assert_eq!(found("[package]\nname = \"a\"\n"), [violation]);
        assert_eq!(found("[lints]\n[dependencies.b]\nworkspace = true\n").len(), 1);
    }

    #[test]
    fn both_ways_to_write_it_are_known() {
        assert_eq!(found("[lints]\nworkspace = true\n\n[dependencies]\n"), []);
        assert_eq!(found("[package]\nname = \"a\"\n[lints]\nworkspace=true"), []);
        assert_eq!(found("lints.workspace = true\n[package]\n"), []);
    }
}
