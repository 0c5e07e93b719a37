//! The JSON Schema of a contract, with the feature `contracts`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Item};

use super::serde::{attributes, derived, says};

/// The attributes that go in front of the user's struct; none where the user derives it, or nobody wants it.
pub(super) fn derives(item: &Item, private: &TokenStream) -> TokenStream {
    let is_derived = derived(attributes(item))
        .iter()
        .any(|path| path.segments.last().is_some_and(|last| last.ident == "JsonSchema"));
    if is_derived || !cfg!(feature = "contracts") {
        return TokenStream::new();
    }
    let krate = quote!(#private::schemars).to_string().replace(' ', "");
    quote! {
        #[derive(#private::schemars::JsonSchema)]
        #[schemars(crate = #krate)]
    }
}

/// The declaration's `schema`.
pub(super) fn function(ident: &Ident, private: &TokenStream) -> TokenStream {
    if cfg!(feature = "contracts") {
        quote!(::core::option::Option::Some(#private::schema_of::<#ident>))
    } else {
        quote!(::core::option::Option::None)
    }
}

/// Says of each field whose type has no schema what to do about it; the derive's own message does not.
pub(super) fn checks(item: &Item, private: &TokenStream) -> TokenStream {
    let Item::Struct(structure) = item else { return TokenStream::new() };
    if !cfg!(feature = "contracts") || is_described_otherwise(&structure.attrs) {
        return TokenStream::new();
    }
    let fields = structure.fields.iter().filter(|field| !is_described_otherwise(&field.attrs));
    let checks = fields.map(|field| {
        let of = &field.ty;
        quote_spanned!(of.span()=> const _: () = <#of as #private::ContractField>::DESCRIBED;)
    });
    quote!(#(#checks)*)
}

/// Whether the schema is not that of the type or the fields as they stand, or may not be.
fn is_described_otherwise(attributes: &[Attribute]) -> bool {
    let options = ["skip", "skip_serializing", "skip_deserializing", "with", "from", "try_from", "into"];
    let decides =
        |one: &Attribute| ["cfg", "cfg_attr", "schemars"].iter().any(|name| one.path().is_ident(name));
    attributes.iter().any(decides) || says(attributes, "serde", &options)
}
