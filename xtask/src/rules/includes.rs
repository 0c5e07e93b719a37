//! What the book includes is there.

use super::links::resolve;
use super::tree::Tree;
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "includes",
    says: "A file that the book includes exists, and has the anchor: mdbook would include nothing, and not complain.",
    find,
};

fn find(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files().iter().filter(|file| file.has_extension("md")) {
        for (number, line) in file.lines() {
            for (path, anchor) in includes(line) {
                let included = resolve(file.path(), path).and_then(|path| tree.file(&path));
                let what = match (included, anchor) {
                    (None, _) => format!("`{path}` does not exist"),
                    (Some(included), Some(anchor)) if !has_anchor(included.text(), anchor) => {
                        format!("`{path}` has no anchor `{anchor}`")
                    }
                    _ => continue,
                };
                violations.push(Violation::at(file.path(), number, what));
            }
        }
    }
    violations
}

/// Path and anchor of each `{{#include path:anchor}}`.
fn includes(line: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let ends = line.split("{{#include ").skip(1).filter_map(|rest| rest.split_once("}}"));
    ends.map(|(target, _)| match target.trim().split_once(':') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target.trim(), None),
    })
}

fn has_anchor(text: &str, anchor: &str) -> bool {
    let marked =
        |mark: &str| text.lines().any(|line| line.trim_end().ends_with(&format!("{mark}: {anchor}")));
    marked("ANCHOR") && marked("ANCHOR_END")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_not_there() {
        let page = "{{#include ../../a.rs:act}}\n{{#include ../../a.rs:end}}\n{{#include ../../b.rs}} {{#include ../../a.rs}}";
        let code = "// ANCHOR: act\nfn a() {}\n// ANCHOR_END: act\n// ANCHOR: end\n";
        let tree = Tree::of([("docs/src/page.md", page), ("a.rs", code)]);
        assert_eq!(
            find(&tree),
            [
                Violation::at("docs/src/page.md", 2, "`../../a.rs` has no anchor `end`"),
                Violation::at("docs/src/page.md", 3, "`../../b.rs` does not exist"),
            ]
        );
    }
}
