//! No name that names nothing.

use proc_macro2::TokenTree;

use super::tokens::{self, is_ident};
use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "names",
    says: "A file or module is a noun that someone would search for, not a drawer for what is left.",
    find,
};

const DRAWERS: [&str; 8] = ["util", "utils", "utility", "utilities", "common", "helper", "helpers", "misc"];

fn find(tree: &Tree) -> Vec<Violation> {
    tree.rust_files().flat_map(|file| of_path(file).into_iter().chain(of_modules(file))).collect()
}

fn of_path(file: &File) -> Option<Violation> {
    let drawer = file.path().trim_end_matches(".rs").split('/').find(|part| DRAWERS.contains(part))?;
    Some(Violation::of_file(file.path(), format!("a file or directory named `{drawer}`")))
}

/// Modules with a block: one with a file is found by its path.
fn of_modules(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    tokens::visit(&tokens::list(file.tokens()), &mut |rest| {
        if let [keyword, TokenTree::Ident(name), TokenTree::Group(_), ..] = rest
            && is_ident(keyword, "mod")
            && DRAWERS.iter().any(|drawer| name == drawer)
        {
            violations.push(Violation::at(
                file.path(),
                tokens::line(keyword),
                format!("a module named `{name}`"),
            ));
        }
    });
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        find(&Tree::of([(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_files_directories_and_modules() {
        assert_eq!(found("a/src/util.rs", ""), ["a/src/util.rs: a file or directory named `util`"]);
        assert_eq!(
            found("tests/common/mod.rs", ""),
            ["tests/common/mod.rs: a file or directory named `common`"]
        );
        assert_eq!(found("a.rs", "fn a() {}\npub mod helpers { }"), ["a.rs:2: a module named `helpers`"]);
    }

    #[test]
    fn leaves_names_alone_that_only_contain_one() {
        assert_eq!(found("a/src/utility_bill.rs", "mod miscarriage {}\nuse common;"), [""; 0]);
    }
}
