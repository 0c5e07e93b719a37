//! The fields of an event, and the keys that name them.

use quote::ToTokens;
use syn::{Fields, Index, Item, ItemStruct, Member};

use crate::report::Report;
use crate::suggest::{closest, listed};

/// The struct under an event's annotation.
pub(super) fn structure<'a>(item: &'a Item, annotation: &str, report: &mut Report) -> Option<&'a ItemStruct> {
    let structure = match item {
        Item::Struct(structure) => structure,
        Item::Enum(item) => {
            report.at(
                item.enum_token.span,
                format!(
                    "{annotation} goes on a struct: one event, one fact; make each variant a struct with a name of its own"
                ),
            );
            return None;
        }
        other => {
            report.on(
                other,
                format!("{annotation} goes on a struct, such as `struct OrderPaid {{ order_no: i64 }}`"),
            );
            return None;
        }
    };
    if !structure.generics.params.is_empty() {
        report.on(
            &structure.generics,
            "an event has no type parameters and no lifetimes: its stored form is one shape that owns its data; write the types out, `String` in place of `&str`",
        );
    } else if let Some(clause) = &structure.generics.where_clause {
        report.on(clause, "an event has no `where` clause");
    }
    Some(structure)
}

/// Every field, as one accesses it.
pub(crate) fn members(fields: &Fields) -> Vec<Member> {
    fields
        .iter()
        .enumerate()
        .map(|(index, field)| match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index {
                index: index as u32,
                span: field
                    .ty
                    .to_token_stream()
                    .into_iter()
                    .next()
                    .map_or_else(proc_macro2::Span::call_site, |token| token.span()),
            }),
        })
        .collect()
}

/// A field's name as it is written.
pub(crate) fn text(member: &Member) -> String {
    member.to_token_stream().to_string()
}

/// Reports members that are no field, and fields that are named twice.
pub(super) fn check(key: &str, named: &[Member], structure: &ItemStruct, report: &mut Report) {
    let fields: Vec<String> = members(&structure.fields).iter().map(text).collect();
    let all = || fields.iter().map(String::as_str);
    if fields.is_empty()
        && let Some(first) = named.first()
    {
        let ident = &structure.ident;
        report.on(
            first,
            format!("`{key}` names a field, and `{ident}` has none: remove `{key}`, or add the field"),
        );
        return;
    }
    for (index, member) in named.iter().enumerate() {
        let name = text(member);
        if !fields.contains(&name) {
            let ident = &structure.ident;
            let hint = match closest(&name, all()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("its fields are {}", listed(all())),
            };
            report.on(member, format!("`{key}` names a field of `{ident}`, and `{name}` is none; {hint}"));
        } else if named[..index].iter().any(|earlier| text(earlier) == name) {
            report.on(member, format!("`{name}` is part of `{key}` already; remove it here"));
        }
    }
}
