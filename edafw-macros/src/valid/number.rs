//! Counts: whole numbers from 1.

use syn::LitInt;

use crate::report::Report;

/// Reads a count that the key `name` is set to.
pub(super) fn count(name: &str, literal: Option<&LitInt>, report: &mut Report) -> Option<u32> {
    let literal = literal?;
    match literal.base10_digits().parse::<u32>() {
        _ if !literal.suffix().is_empty() => {
            let digits = literal.base10_digits();
            report.at(
                literal.span(),
                format!("a number without a type is expected: write `{name} = {digits}`"),
            );
            None
        }
        _ if literal.base10_digits().starts_with('-') => {
            report.at(literal.span(), format!("`{name}` counts from 1: write `{name} = 1` or more"));
            None
        }
        Ok(0) => {
            report.at(literal.span(), format!("`{name}` counts from 1: write `{name} = 1` or more"));
            None
        }
        Ok(count) => Some(count),
        Err(_) => {
            report.at(literal.span(), format!("`{name}` is too large: at most {} is accepted", u32::MAX));
            None
        }
    }
}
