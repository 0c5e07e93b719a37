//! Nothing that stands in for work, and no test that does not run.

use proc_macro2::TokenTree;

use super::tokens::{self, is_ident, is_punct};
use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "left-overs",
    says: "No ignored test, no ignored example, no todo!, unimplemented! or dbg!.",
    find,
};

const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

fn find(tree: &Tree) -> Vec<Violation> {
    tree.files().iter().flat_map(|file| in_code(file).into_iter().chain(ignored_examples(file))).collect()
}

fn in_code(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !file.is_rust() {
        return violations;
    }
    tokens::visit(&tokens::list(file.tokens()), &mut |rest| {
        let what = match rest {
            [TokenTree::Ident(name), mark, TokenTree::Group(_), ..]
                if is_punct(mark, '!') && MACROS.iter().any(|known| name == known) =>
            {
                format!("{name}!")
            }
            _ if tokens::attribute(rest).is_some_and(|content| ignores(&content)) => {
                "an ignored test".to_owned()
            }
            _ => return,
        };
        violations.push(Violation::at(file.path(), tokens::line(&rest[0]), what));
    });
    violations
}

/// Whether an attribute is `ignore`, with or without a reason or a condition.
fn ignores(content: &[TokenTree]) -> bool {
    match content {
        [name, TokenTree::Group(group)] if is_ident(name, "cfg_attr") => {
            tokens::list(group.stream()).iter().any(|token| is_ident(token, "ignore"))
        }
        [name, ..] => is_ident(name, "ignore"),
        [] => false,
    }
}

/// In documentation comments, and in the texts that are included as documentation or end up in the book.
fn ignored_examples(file: &File) -> Vec<Violation> {
    let documentation = |line: &'_ str| -> Option<String> {
        let line = line.trim_start();
        if file.is_rust() {
            let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
            Some(text.trim_start().to_owned())
        } else {
            file.has_extension("md").then(|| line.to_owned())
        }
    };
    file.lines()
        .filter(|(_, line)| documentation(line).is_some_and(|text| opens_ignored(&text)))
        .map(|(number, _)| Violation::at(file.path(), number, "an ignored example"))
        .collect()
}

/// Whether the line opens a block of code with the word `ignore` among its marks.
fn opens_ignored(text: &str) -> bool {
    let marks = text.trim_start_matches(['`', '~']);
    let fence = text.len() - marks.len();
    fence >= 3 && marks.split(|c: char| !c.is_alphanumeric() && c != '_').any(|mark| mark == "ignore")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        find(&Tree::of([(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_macros_that_stand_in_for_work() {
        assert_eq!(found("a.rs", "fn a() {\n    todo!()\n}"), ["a.rs:2: todo!"]);
        assert_eq!(found("a.rs", "fn a() { let x = unimplemented!(\"x\"); }"), ["a.rs:1: unimplemented!"]);
        assert_eq!(found("a.rs", "fn a() { vec![dbg!(1)]; }"), ["a.rs:1: dbg!"]);
    }

    #[test]
    fn finds_ignored_tests() {
        assert_eq!(found("a.rs", "#[test]\n#[ignore]\nfn a() {}"), ["a.rs:2: an ignored test"]);
        assert_eq!(found("a.rs", "mod t { #[ignore = \"slow\"] fn a() {} }"), ["a.rs:1: an ignored test"]);
        assert_eq!(found("a.rs", "#[cfg_attr(miri, ignore)] fn a() {}"), ["a.rs:1: an ignored test"]);
    }

    #[test]
    fn finds_ignored_examples() {
        assert_eq!(found("a.rs", "/// ```ignore\nfn a() {}"), ["a.rs:1: an ignored example"]);
        assert_eq!(found("a.rs", "//! ```rust,ignore\n"), ["a.rs:1: an ignored example"]);
        assert_eq!(found("a.md", "text\n\n```rust, ignore\n"), ["a.md:3: an ignored example"]);
    }

    #[test]
    fn leaves_strings_comments_and_other_words_alone() {
        let text =
            "// todo!() and #[ignore]\n/// todo!() ```ignore\n/// ```no_run\nfn todo() { \"dbg!(1)\"; }";
        assert_eq!(found("a.rs", text), [""; 0]);
        assert_eq!(found("a.sh", "```ignore"), [""; 0]);
    }
}
