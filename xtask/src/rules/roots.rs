//! A `lib.rs` is a table of contents.

use proc_macro2::{Delimiter, TokenTree};

use super::tokens::{self, is_ident, is_punct};
use super::tree::Tree;
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "roots",
    says: "The lib.rs of a published crate holds documentation, `mod`, `pub use`, hidden modules of these, and \
           what the language wants at the root: macros.",
    find,
};

fn find(tree: &Tree) -> Vec<Violation> {
    let published = tree.packages().iter().filter(|package| package.published);
    published
        .filter_map(|package| tree.file(&format!("{}/src/lib.rs", package.directory)))
        .flat_map(|file| {
            let lines = misplaced(&tokens::list(file.tokens()));
            lines.into_iter().map(|line| Violation::at(file.path(), line, "move this item into a module"))
        })
        .collect()
}

/// The lines of the items that do not belong at a root.
fn misplaced(items: &[TokenTree]) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut rest = items;
    while !rest.is_empty() {
        // `//!` and `#![..]`.
        if let [hash, mark, TokenTree::Group(_), ..] = rest
            && is_punct(hash, '#')
            && is_punct(mark, '!')
        {
            rest = &rest[3..];
            continue;
        }
        let mut attributes = Vec::new();
        while let Some(content) = tokens::attribute(rest) {
            attributes.push(content);
            rest = &rest[2..];
        }
        let length = item_length(rest);
        let (item, after) = rest.split_at(length);
        if let Some(first) = item.first()
            && !belongs(item, &attributes)
        {
            lines.push(tokens::line(first));
        }
        rest = after;
    }
    lines
}

/// Like any item's, but that the braces of `pub use a::{b, c};` do not end it.
fn item_length(item: &[TokenTree]) -> usize {
    if item.iter().find(|token| !is_visibility(token)).is_some_and(|token| is_ident(token, "use")) {
        return item.iter().position(|token| is_punct(token, ';')).map_or(item.len(), |index| index + 1);
    }
    tokens::item_length(item)
}

fn is_visibility(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        _ => is_ident(token, "pub"),
    }
}

fn belongs(item: &[TokenTree], attributes: &[Vec<TokenTree>]) -> bool {
    let has = |name: &str, word: &str| {
        attributes.iter().any(|content| match &content[..] {
            [first, TokenTree::Group(group)] => {
                is_ident(first, name)
                    && tokens::list(group.stream()).iter().any(|token| is_ident(token, word))
            }
            _ => false,
        })
    };
    // An entry of a procedural macro, and the carrier of a text whose examples are tested.
    let is_entry = attributes.iter().any(|content| {
        content.first().is_some_and(|name| {
            ["proc_macro", "proc_macro_attribute", "proc_macro_derive"]
                .iter()
                .any(|known| is_ident(name, known))
        })
    });
    if is_entry || has("cfg", "doctest") {
        return true;
    }
    let public = item.first().is_some_and(|token| is_ident(token, "pub"));
    let bare: Vec<_> = item.iter().skip_while(|token| is_visibility(token)).collect();
    match bare[..] {
        [keyword, ..] if is_ident(keyword, "use") => public,
        [keyword, TokenTree::Ident(_), TokenTree::Group(block)] if is_ident(keyword, "mod") => {
            has("doc", "hidden") && misplaced(&tokens::list(block.stream())).is_empty()
        }
        [keyword, ..] if is_ident(keyword, "mod") => true,
        [extern_, crate_, ..] if is_ident(extern_, "extern") => is_ident(crate_, "crate"),
        [name, mark, ..] => is_ident(name, "macro_rules") && is_punct(mark, '!'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    fn lines(text: &str) -> Vec<usize> {
        misplaced(&tokens::list(text.parse().unwrap()))
    }

    #[test]
    fn finds_items_that_belong_into_a_module() {
        assert_eq!(lines("mod a;\npub struct B;\npub use a::C;"), [2]);
        assert_eq!(lines("pub fn a() -> u8 {\n 1 }\nimpl A {}"), [1, 3]);
        assert_eq!(lines("use std::fmt;\nconst A: u8 = 1;"), [1, 2]);
        assert_eq!(lines("pub mod shown { pub use crate::a; }"), [1]);
        assert_eq!(lines("#[doc(hidden)]\npub mod hidden {\n pub fn a() {} }"), [2]);
        assert_eq!(lines("inventory::collect!(A);"), [1]);
    }

    #[test]
    fn accepts_a_table_of_contents() {
        let text = "//! Docs.\n#![doc = include_str!(\"a.md\")]\n\
            mod a; pub mod b; #[cfg(feature = \"c\")] pub(crate) mod c;\n\
            pub use a::{B, C}; pub(crate) use b::d; extern crate self as edafw;\n\
            /// Hidden.\n#[doc(hidden)] pub mod __private { pub use inventory; }\n\
            #[macro_export] macro_rules! service { ($name:literal) => { struct S; }; }\n\
            #[proc_macro_attribute] pub fn event(a: T, b: T) -> T { b }\n\
            #[cfg(doctest)] struct ReadMe;\n#[cfg(test)] mod tests;";
        assert_eq!(lines(text), [0; 0]);
    }

    #[test]
    fn looks_at_published_crates_alone() {
        let package = |published| Package { directory: "a".to_owned(), published, ..Package::default() };
        let found = |published| {
            find(&Tree::of([("a/src/lib.rs", "fn b() {}")]).with_packages(vec![package(published)]))
        };
        assert_eq!(found(true), [Violation::at("a/src/lib.rs", 1, "move this item into a module")]);
        assert_eq!(found(false), []);
    }
}
