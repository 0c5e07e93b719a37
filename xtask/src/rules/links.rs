//! Links in the project's texts lead to files that exist.

use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule =
    Rule { name: "links", says: "A link in a text of the project leads to a file that exists.", find };

fn find(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files().iter().filter(|file| is_prose(file)) {
        for (number, target) in links(file) {
            let exists = resolve(file.path(), &target).is_some_and(|path| tree.has(&path));
            if !exists {
                violations.push(Violation::at(file.path(), number, format!("`{target}` does not exist")));
            }
        }
    }
    violations
}

/// Texts that are read as files. Those below `src` are compiled into the documentation, where a link may name
/// an item, and rustdoc checks it.
fn is_prose(file: &File) -> bool {
    file.has_extension("md") && !file.path().split('/').any(|part| part == "src")
}

/// The targets of `[text](target)` that are paths, with their lines; blocks of code are left out.
fn links(file: &File) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (start, _) in line.match_indices("](") {
            let Some((target, _)) = line[start + 2..].split_once(')') else { continue };
            // A title may follow the target, and a place within the file.
            let path = target.split([' ', '#']).next().unwrap_or_default();
            if !path.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                links.push((number, path.to_owned()));
            }
        }
    }
    links
}

/// `target` as seen from the directory of the file `from`; none if it leaves the workspace.
pub(super) fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_link_to_nothing() {
        let text = "# Map\n[core](edafw-core/src) and [gone](edafw/src/gone.rs#a \"title\")\n[out](../a)";
        let tree = Tree::of([("ARCHITECTURE.md", text), ("edafw-core/src/lib.rs", "")]);
        assert_eq!(
            find(&tree),
            [
                Violation::at("ARCHITECTURE.md", 2, "`edafw/src/gone.rs` does not exist"),
                Violation::at("ARCHITECTURE.md", 3, "`../a` does not exist"),
            ]
        );
    }

    #[test]
    fn follows_paths_from_the_file() {
        let text =
            "[a](../ARCHITECTURE.md) [b](./start.md) [c](https://a.org/b) [d](#here)\n```\n[e](f)\n```\n";
        let tree = Tree::of([("docs/book.md", text), ("docs/start.md", ""), ("ARCHITECTURE.md", "")]);
        assert_eq!(find(&tree), []);
    }

    #[test]
    fn leaves_what_rustdoc_checks_alone() {
        assert_eq!(find(&Tree::of([("edafw/src/docs/a.md", "[`Tx`](crate::Tx)")])), []);
    }
}
