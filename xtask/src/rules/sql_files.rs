//! SQL stands in files of its own.

use proc_macro2::TokenTree;

use super::tokens;
use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "sql-files",
    says: "A statement of edafw-sqlx on its tables stands in a .sql file of its dialect, next to the module that \
           runs it.",
    find,
};

/// How a statement on a table begins, and a word that follows.
const STATEMENTS: [(&str, &str); 6] = [
    ("select", "from"),
    ("insert", "into"),
    ("update", "set"),
    ("delete", "from"),
    ("create", "table"),
    ("with", "select"),
];

fn find(tree: &Tree) -> Vec<Violation> {
    let files =
        tree.rust_files().filter(|file| file.path().starts_with("edafw-sqlx/src/") && !file.is_test());
    files.flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let (product, _) = tokens::split_tests(&tokens::list(file.tokens()));
    let mut violations = Vec::new();
    tokens::visit(&product, &mut |rest| {
        if let [token @ TokenTree::Literal(literal), ..] = rest
            && is_statement(&literal.to_string())
        {
            violations.push(Violation::at(file.path(), tokens::line(token), "SQL in a string"));
        }
    });
    violations
}

fn is_statement(literal: &str) -> bool {
    let text = literal.to_lowercase();
    // A raw string begins with its mark, `r`.
    let text = text.trim_start_matches('r');
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next();
    STATEMENTS
        .iter()
        .any(|(verb, follower)| first == Some(verb) && words.clone().any(|word| word == *follower))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Option<usize>> {
        find(&Tree::of([("edafw-sqlx/src/a.rs", text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn finds_statements_in_strings() {
        assert_eq!(lines("fn a() {\n query(\"select id from event\") }"), [Some(2)]);
        assert_eq!(lines("const A: &str = r#\"\n  INSERT INTO event values (1)\"#;"), [Some(1)]);
        assert_eq!(lines("fn a() { b(format!(\"update {t} set c = 1\")) }"), [Some(1)]);
    }

    #[test]
    fn leaves_other_words_tests_and_crates_alone() {
        assert_eq!(
            lines("/// select a from b\nfn a() { \"select one of these\"; \"commit\"; \"pragma x\"; }"),
            []
        );
        assert_eq!(lines("#[cfg(test)] mod tests { const A: &str = \"delete from event\"; }"), []);
        assert_eq!(find(&Tree::of([("edafw/src/a.rs", "const A: &str = \"delete from event\";")])), []);
    }
}
