//! No path of somebody's machine.

use super::tree::Tree;
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "machine-paths",
    says: "A file of the project names no directory that only one machine has.",
    find,
};

/// Written in two halves, or this file would name them.
const DIRECTORIES: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];

fn find(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files() {
        for (number, line) in file.lines() {
            let named = DIRECTORIES.iter().filter(|directory| names(line, directory));
            violations.extend(named.map(|directory| Violation::at(file.path(), number, *directory)));
        }
    }
    violations
}

/// Whether `line` has `directory` at the start of a path: `a/home/b` is another path.
fn names(line: &str, directory: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*');
    line.match_indices(directory).any(|(index, _)| !line[..index].ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_start_of_a_path() {
        for directory in DIRECTORIES {
            let text = format!("a\nb = \"{directory}me/x\"\n");
            assert_eq!(find(&Tree::of([("a.toml", &text)])), [Violation::at("a.toml", 2, directory)]);
        }
    }

    #[test]
    fn leaves_other_paths_alone() {
        let text =
            DIRECTORIES.map(|directory| format!("src{directory}x https://a.org{directory}")).join("\n");
        assert_eq!(find(&Tree::of([("a.md", &text)])), []);
    }
}
