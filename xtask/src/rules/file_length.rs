//! No long file.

use super::tree::Tree;
use super::{Rule, Violation};

const MOST: usize = 400;

pub(super) const RULE: Rule = Rule {
    name: "file-length",
    says: "A Rust file has 400 lines at most: look for the second noun, and give it a file.",
    find,
};

fn find(tree: &Tree) -> Vec<Violation> {
    tree.rust_files()
        .filter_map(|file| {
            let lines = file.lines().count();
            (lines > MOST).then(|| Violation::of_file(file.path(), format!("{lines} lines")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_many_is_found() {
        let (long, fine) = ("\n".repeat(401), "\n".repeat(400));
        let tree = Tree::of([("long.rs", &long), ("fine.rs", &fine), ("long.md", &long)]);
        assert_eq!(find(&tree), [Violation::of_file("long.rs", "401 lines")]);
    }
}
