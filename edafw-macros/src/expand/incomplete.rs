//! What stands in for an annotation with mistakes: just enough that the rest of the crate, which uses the
//! item, is not blamed as well.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Item};

use super::serde;
use crate::valid::{field_name, members};

/// An event of whatever the item is.
pub(crate) fn event(item: &Item, external: bool, private: &TokenStream) -> TokenStream {
    let (ident, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        other => return quote!(#other),
    };
    if is_generic(generics) {
        return quote!(#item);
    }
    let derives = serde::derives(item, private);
    let marker = if external {
        quote!(impl #private::ExternalEvent for #ident {})
    } else {
        let fields = fields(item);
        quote! {
            impl #private::DomainEvent for #ident {}
            impl #private::KeyFields for #ident {
                const DECLARATION: #private::EventDeclaration = #private::EventDeclaration::of::<#ident>();
                const KEY_FIELDS: &'static [&'static str] = &[#(#fields),*];
                const REFUSAL: &'static str = "";
            }
        }
    };
    let channel = if external { quote!(External) } else { quote!(Internal) };
    quote! {
        #derives
        #item

        const _: () = {
            impl #private::Event for #ident {
                const TYPE: #private::EventType = #private::EventType {
                    name: "",
                    version: 1,
                    formerly: &[],
                    channel: #private::Channel::#channel,
                    source: "",
                    rust_name: "",
                    has_key: false,
                };
                fn key(&self) -> ::core::option::Option<::std::string::String> {
                    ::core::option::Option::None
                }
                fn idempotency_key(&self) -> ::core::option::Option<::std::string::String> {
                    ::core::option::Option::None
                }
                fn upcast(
                    _: u32,
                    data: #private::serde_json::Value,
                ) -> ::core::result::Result<#private::serde_json::Value, #private::Failure> {
                    ::core::result::Result::Ok(data)
                }
            }
            #marker
        };
    }
}

/// A subscriber of whatever the item is.
pub(crate) fn subscriber(item: &Item, private: &TokenStream) -> TokenStream {
    let Item::Fn(function) = item else { return quote!(#item) };
    if is_generic(&function.sig.generics) || function.sig.receiver().is_some() {
        return quote!(#item);
    }
    let ident = &function.sig.ident;
    let visibility = &function.vis;
    quote! {
        #item

        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility struct #ident {}

        const _: () = {
            impl #private::Subscriber for #ident {
                const DECLARATION: #private::SubscriberDeclaration = loop {};
            }
        };
    }
}

/// Every field, so that no contract made of the event is refused one.
fn fields(item: &Item) -> Vec<String> {
    match item {
        Item::Struct(item) => members(&item.fields).iter().map(field_name).collect(),
        _ => Vec::new(),
    }
}

fn is_generic(generics: &Generics) -> bool {
    !generics.params.is_empty() || generics.where_clause.is_some()
}
