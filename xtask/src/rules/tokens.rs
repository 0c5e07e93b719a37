//! Looking for patterns in Rust's tokens.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Calls `look` at every token, at every depth, with the token and all that follow it in its group.
///
/// What stands inside an attribute is not visited, and a documentation comment is one.
pub(super) fn visit(tokens: &[TokenTree], look: &mut impl FnMut(&[TokenTree])) {
    for (index, token) in tokens.iter().enumerate() {
        look(&tokens[index..]);
        if let TokenTree::Group(group) = token
            && !ends_attribute(&tokens[..=index])
        {
            visit(&list(group.stream()), look);
        }
    }
}

/// Whether the last of `tokens` is the group of `#[..]` or `#![..]`.
fn ends_attribute(tokens: &[TokenTree]) -> bool {
    match tokens {
        [.., hash, mark, TokenTree::Group(group)] if is_punct(hash, '#') && is_punct(mark, '!') => {
            is_bracketed(group)
        }
        [.., hash, TokenTree::Group(group)] => is_punct(hash, '#') && is_bracketed(group),
        _ => false,
    }
}

/// The tokens of a stream, side by side.
pub(super) fn list(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

/// The line a token begins at, from 1.
pub(super) fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

pub(super) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

pub(super) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// The content of `#[...]`, if `tokens` begin with an attribute.
pub(super) fn attribute(tokens: &[TokenTree]) -> Option<Vec<TokenTree>> {
    match tokens {
        [hash, TokenTree::Group(group), ..] if is_punct(hash, '#') && is_bracketed(group) => {
            Some(list(group.stream()))
        }
        _ => None,
    }
}

fn is_bracketed(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket
}

/// The tokens of a file in two: what is compiled for users, and the items under `#[cfg(test)]`.
pub(super) fn split_tests(tokens: &[TokenTree]) -> (Vec<TokenTree>, Vec<TokenTree>) {
    let (mut product, mut tests) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        let is_test = attribute(rest).is_some_and(|content| {
            matches!(&content[..], [cfg, TokenTree::Group(group)]
                if is_ident(cfg, "cfg") && list(group.stream()).iter().any(|token| is_ident(token, "test")))
        });
        if is_test {
            let (item, after) = rest.split_at(item_length(rest));
            tests.extend_from_slice(item);
            rest = after;
        } else {
            product.push(first.clone());
            rest = &rest[1..];
        }
    }
    (product, tests)
}

/// How many tokens the item at the start has: it ends with a `;` or a block.
pub(super) fn item_length(tokens: &[TokenTree]) -> usize {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => is_punct(token, ';'),
    });
    end.map_or(tokens.len(), |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<TokenTree> {
        list(text.parse().unwrap())
    }

    #[test]
    fn sees_every_depth_and_its_line() {
        let mut lines = Vec::new();
        visit(&parse("//! c\n#[c(c)] fn a() {\n b(\"c\", // c\n  [c]);\n}"), &mut |tokens| {
            if is_ident(&tokens[0], "c") {
                lines.push(line(&tokens[0]));
            }
        });
        assert_eq!(lines, [4]);
    }

    #[test]
    fn parts_tests_from_the_product() {
        let (product, tests) = split_tests(&parse(
            "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn b() {} }\n#[cfg(test)] use c;\nfn d() {}",
        ));
        let text = |tokens: Vec<TokenTree>| tokens.into_iter().collect::<TokenStream>().to_string();
        assert_eq!(text(product), text(parse("fn a() {} fn d() {}")));
        assert!(text(tests).contains("fn b"));
    }
}
