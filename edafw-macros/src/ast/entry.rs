//! The parts of an annotation: `key`, `key = value` and `key(..)`, separated by commas.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

use crate::report::Report;
use crate::suggest::{closest, listed};

/// The keys that an annotation knows.
pub(crate) struct Keys {
    /// The annotation, such as `#[domain_event(..)]`.
    pub(crate) annotation: &'static str,
    /// Each key with an example of its use.
    pub(crate) known: &'static [(&'static str, &'static str)],
    /// Keys that belong elsewhere, with what to do instead.
    pub(crate) elsewhere: &'static [(&'static str, &'static str)],
}

/// One part of an annotation.
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: Ident,
    /// The key as text.
    pub(crate) name: String,
    /// What follows it.
    pub(crate) value: Value,
    /// An example of what is accepted.
    pub(crate) example: &'static str,
}

/// What follows a key.
pub(crate) enum Value {
    /// Nothing.
    Flag,
    /// `= ..`
    Assigned(TokenStream),
    /// `(..)`
    List(TokenStream),
}

/// Reads the entries of an annotation. Unknown keys, repeated keys and what is no entry at all are reported and
/// left out, each on its own, so that one slip hides no other.
pub(crate) fn entries(tokens: TokenStream, keys: &Keys, report: &mut Report) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for part in parts(tokens) {
        let Ok((key, value)) = read.parse2(part.clone()) else {
            let example = keys.known.first().map_or("", |(_, example)| example);
            report.on(part, format!("expected a key with its value, such as `{example}`"));
            continue;
        };
        let name = key.unraw().to_string();
        let Some((_, example)) = keys.known.iter().find(|(known, _)| *known == name) else {
            report.at(key.span(), unknown(&name, keys));
            continue;
        };
        if entries.iter().any(|entry| entry.name == name) {
            report.at(key.span(), format!("`{name}` is given twice; remove one of them"));
            continue;
        }
        entries.push(Entry { key, name, value, example });
    }
    entries
}

fn unknown(name: &str, keys: &Keys) -> String {
    if let Some((_, instead)) = keys.elsewhere.iter().find(|(key, _)| *key == name) {
        return format!("`{name}` is no key of {}: {instead}", keys.annotation);
    }
    let known = || keys.known.iter().map(|(key, _)| *key);
    match closest(name, known()) {
        Some(meant) => {
            let example = keys.known.iter().find(|(key, _)| *key == meant).map_or("", |(_, example)| example);
            format!("`{name}` is no key of {}; did you mean `{meant}`, as in `{example}`?", keys.annotation)
        }
        None => format!("`{name}` is no key of {}; it knows {}", keys.annotation, listed(known())),
    }
}

/// Splits at the commas.
pub(crate) fn parts(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            (_, Some(part)) => part.extend([token]),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn read(input: ParseStream<'_>) -> syn::Result<(Ident, Value)> {
    let key = input.call(Ident::parse_any)?;
    if input.is_empty() {
        return Ok((key, Value::Flag));
    }
    if let Some((TokenTree::Group(group), rest)) = input.cursor().token_tree()
        && group.delimiter() == Delimiter::Parenthesis
        && rest.eof()
    {
        input.parse::<TokenTree>()?;
        return Ok((key, Value::List(group.stream())));
    }
    input.parse::<syn::Token![=]>()?;
    let value: TokenStream = input.parse()?;
    if value.is_empty() { Ok((key, Value::Flag)) } else { Ok((key, Value::Assigned(value))) }
}
