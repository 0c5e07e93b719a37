//! Deriving serde's traits where the user does not.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Path, Token};

/// The attributes that go in front of the user's struct.
pub(super) fn derives(item: &Item, private: &TokenStream) -> TokenStream {
    let attributes = attributes(item);
    if !matches!(item, Item::Struct(_) | Item::Enum(_)) {
        return TokenStream::new();
    }
    let derived = derived(attributes);
    let missing: Vec<_> = ["Serialize", "Deserialize"]
        .into_iter()
        .filter(|name| {
            !derived.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == name))
        })
        .map(|name| {
            let name = quote::format_ident!("{name}");
            quote!(#private::serde::#name)
        })
        .collect();
    if missing.is_empty() {
        return TokenStream::new();
    }
    let krate = (!names_serde(attributes)).then(|| {
        let path = quote!(#private::serde).to_string().replace(' ', "");
        quote!(#[serde(crate = #path)])
    });
    quote! {
        #[derive(#(#missing),*)]
        #krate
    }
}

/// The attributes of a type.
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        _ => &[],
    }
}

/// What is derived by `#[derive(..)]`.
pub(super) fn derived(attributes: &[Attribute]) -> Vec<Path> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .filter_map(|attribute| {
            attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok()
        })
        .flatten()
        .collect()
}

/// Whether the user says `#[serde(crate = "..")]`.
fn names_serde(attributes: &[Attribute]) -> bool {
    says(attributes, "serde", &["crate"])
}

/// Whether one of these options is in `#[attribute(..)]`.
pub(super) fn says(attributes: &[Attribute], attribute: &str, options: &[&str]) -> bool {
    attributes.iter().filter(|one| one.path().is_ident(attribute)).any(|one| {
        let mut said = false;
        // What is written in another way ends the parse early, and is the derive's business.
        let _ = one.parse_nested_meta(|meta| {
            said |= options.iter().any(|option| meta.path.is_ident(option));
            if meta.input.peek(Token![=]) {
                meta.value()?.parse::<proc_macro2::TokenTree>()?;
            } else if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<proc_macro2::TokenTree>()?;
            }
            Ok(())
        });
        said
    })
}
