//! The kinds of values that keys take.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{LitBool, LitInt, LitStr, Member, Path, Token};

use super::entry::{Entry, Value, parts};
use crate::report::Report;
use crate::suggest::{closest, listed};

/// A word out of a fixed set, as in `ordering = none`.
pub(crate) trait Choice: Copy + Sized + 'static {
    /// Every word with its meaning, in the order of the documentation.
    const ALL: &'static [(&'static str, Self)];
}

/// A value with the place where it is written.
#[derive(Clone, Copy)]
pub(crate) struct At<T> {
    /// What is written.
    pub(crate) value: T,
    /// Where.
    pub(crate) span: Span,
}

impl Entry {
    fn mistake<T>(&self, report: &mut Report) -> Option<T> {
        let message = format!("expected `{}`", self.example);
        match &self.value {
            Value::Assigned(tokens) | Value::List(tokens) if !tokens.is_empty() => report.on(tokens, message),
            _ => report.at(self.key.span(), message),
        }
        None
    }

    /// `key = ..`, read by `parser`.
    pub(crate) fn assigned<T>(
        &self,
        parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
        report: &mut Report,
    ) -> Option<T> {
        match &self.value {
            Value::Assigned(tokens) => parser.parse2(tokens.clone()).ok().or_else(|| self.mistake(report)),
            _ => self.mistake(report),
        }
    }

    /// `key = "text"`
    pub(crate) fn text(&self, report: &mut Report) -> Option<LitStr> {
        self.assigned(<LitStr as Parse>::parse, report)
    }

    /// `key = "text"` or `key = ["text", "text"]`
    pub(crate) fn texts(&self, report: &mut Report) -> Vec<LitStr> {
        let texts = |input: ParseStream<'_>| {
            if input.peek(LitStr) {
                return Ok(vec![input.parse()?]);
            }
            let inner;
            syn::bracketed!(inner in input);
            Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&inner)?.into_iter().collect())
        };
        self.assigned(texts, report).unwrap_or_default()
    }

    /// `key = 3`
    pub(crate) fn integer(&self, report: &mut Report) -> Option<LitInt> {
        self.assigned(LitInt::parse, report)
    }

    /// `key = -3`
    pub(crate) fn signed(&self, report: &mut Report) -> Option<i32> {
        let signed = |input: ParseStream<'_>| {
            let minus: Option<Token![-]> = input.parse()?;
            let digits: LitInt = input.parse()?;
            let sign = if minus.is_some() { "-" } else { "" };
            format!("{sign}{}", digits.base10_digits()).parse::<i32>().map_err(|error| input.error(error))
        };
        self.assigned(signed, report)
    }

    /// `key = true`
    pub(crate) fn boolean(&self, report: &mut Report) -> Option<bool> {
        self.assigned(LitBool::parse, report).map(|literal| literal.value)
    }

    /// `key = some::path`
    pub(crate) fn path(&self, report: &mut Report) -> Option<Path> {
        self.assigned(Path::parse_mod_style, report)
    }

    /// `key`, without a value.
    pub(crate) fn flag(&self, report: &mut Report) -> Option<Span> {
        match &self.value {
            Value::Flag => Some(self.key.span()),
            _ => self.mistake(report),
        }
    }

    /// `key = word`
    pub(crate) fn choice<C: Choice>(&self, report: &mut Report) -> Option<At<C>> {
        let word = self.assigned(Ident::parse_any, report)?;
        let text = word.unraw().to_string();
        if let Some((_, value)) = C::ALL.iter().find(|(name, _)| *name == text) {
            return Some(At { value: *value, span: word.span() });
        }
        let names = || C::ALL.iter().map(|(name, _)| *name);
        let hint =
            closest(&text, names()).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        report.at(word.span(), format!("`{}` is one of {}{hint}", self.name, listed(names())));
        None
    }

    /// `key = field`, `key = 0` or `key = (field, field)`
    pub(crate) fn members(&self, report: &mut Report) -> Option<Vec<Member>> {
        let members = |input: ParseStream<'_>| {
            if !input.peek(syn::token::Paren) {
                return Ok(vec![input.parse::<Member>()?]);
            }
            let inner;
            syn::parenthesized!(inner in input);
            let members = Punctuated::<Member, Token![,]>::parse_terminated(&inner)?;
            if members.is_empty() {
                return Err(inner.error("no field"));
            }
            Ok(members.into_iter().collect())
        };
        self.assigned(members, report)
    }

    /// `key(1 = path, 2 = path)`
    pub(crate) fn numbered_paths(&self, report: &mut Report) -> Vec<(LitInt, Path)> {
        let Value::List(tokens) = &self.value else {
            return self.mistake(report).unwrap_or_default();
        };
        let pair = |input: ParseStream<'_>| {
            let number: LitInt = input.parse()?;
            input.parse::<Token![=]>()?;
            Ok((number, input.call(Path::parse_mod_style)?))
        };
        let mut pairs = Vec::new();
        for part in parts(tokens.clone()) {
            match pair.parse2(part.clone()) {
                Ok(found) => pairs.push(found),
                Err(_) => report.on(part, format!("expected `{}`", self.example)),
            }
        }
        pairs
    }
}
