//! An update changes one table by itself.

use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "one-table",
    says: "On MySQL and MariaDB an update names one table, and no other that it is joined with: for several, the server \
           makes a temporary table, in which MariaDB was seen to crash.",
    find,
};

fn find(tree: &Tree) -> Vec<Violation> {
    let files = tree
        .files()
        .iter()
        .filter(|file| file.path().starts_with("edafw-sqlx/src/mysql/") && file.has_extension("sql"));
    files.flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut statement = String::new();
    let mut begins = 0;
    for (number, line) in file.lines() {
        let code = line.split("--").next().unwrap_or_default();
        // What stands behind the last semicolon begins the next statement.
        for (n, part) in code.split(';').enumerate() {
            if n > 0 {
                if has_several(&statement) {
                    violations.push(Violation::at(file.path(), begins, "an update of more than one table"));
                }
                statement.clear();
            }
            if statement.trim().is_empty() {
                begins = number;
            }
            statement.push_str(part);
            statement.push(' ');
        }
    }
    violations
}

/// Whether a statement is an update with a comma or a join before SET.
fn has_several(statement: &str) -> bool {
    let text = statement.to_lowercase();
    let mut words = text.split_whitespace();
    words.next() == Some("update")
        && words.take_while(|word| *word != "set").any(|word| word.contains(',') || word.ends_with("join"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Option<usize>> {
        let tree =
            Tree::of([("edafw-sqlx/src/mysql/sql/a.sql", text), ("edafw-sqlx/src/postgres/sql/a.sql", text)]);
        find(&tree).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn finds_updates_of_several_tables() {
        assert_eq!(lines("-- Why?\nupdate a\njoin b on b.c = a.c\nset a.d = 1;"), [Some(2)]);
        assert_eq!(lines("select 1;\nUPDATE a, b SET a.d = 1;"), [Some(2)]);
        assert_eq!(
            lines("update json_table(?1, '$[*]' columns (c bigint path '$')) b\nstraight_join a set d = 1;"),
            [Some(1)]
        );
        assert_eq!(lines("update (select 1) b straight_join a set a.d = 1;"), [Some(1)]);
    }

    #[test]
    fn leaves_updates_of_one_table_and_other_statements_alone() {
        assert_eq!(lines("update a b force index (primary)\nset c = (select d from e join f), g = 1;"), []);
        assert_eq!(
            lines("delete a from b straight_join a; -- update a, b set\nselect a from b join c for update;"),
            []
        );
        assert_eq!(lines("insert into a values (1)\non duplicate key update b = 1;"), []);
    }
}
