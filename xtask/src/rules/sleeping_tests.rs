//! Tests wait on a signal or a manual clock.

use proc_macro2::{Delimiter, TokenTree};

use super::tokens;
use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "sleeping-tests",
    says: "A test waits on a signal or sets a manual clock; one that sleeps is slow, and fails on a busy machine.",
    find,
};

fn find(tree: &Tree) -> Vec<Violation> {
    tree.rust_files().flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let all = tokens::list(file.tokens());
    let tests = if file.is_test() { all } else { tokens::split_tests(&all).1 };
    let mut violations = Vec::new();
    tokens::visit(&tests, &mut |rest| {
        if let [TokenTree::Ident(name), TokenTree::Group(arguments), ..] = rest
            && (name == "sleep" || name == "sleep_until")
            && arguments.delimiter() == Delimiter::Parenthesis
        {
            violations.push(Violation::at(file.path(), tokens::line(&rest[0]), format!("{name}(..)")));
        }
    });
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_sleep_in_tests_alone() {
        let text = "fn wait() { clock.sleep(a); }\n#[cfg(test)]\nmod t { fn b() {\n tokio::time::sleep(c).await; } }";
        let tree = Tree::of([("a/src/b.rs", text), ("a/tests/c.rs", "fn a() { sleep(b) }\n// sleep(c)")]);
        assert_eq!(
            find(&tree),
            [Violation::at("a/src/b.rs", 4, "sleep(..)"), Violation::at("a/tests/c.rs", 1, "sleep(..)")]
        );
    }
}
