//! What all events have, and domain events.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Item, Member};

use super::{local, location, serde, service};
use crate::suggest::listed;
use crate::valid::{Event, field_name};

/// Expands `#[domain_event]`.
pub(crate) fn domain_event(event: &Event, item: &Item, private: &TokenStream) -> TokenStream {
    let derives = serde::derives(item, private);
    let ident = &event.ident;
    let implementation = implementation(
        event,
        private,
        &Constants {
            channel: quote!(Internal),
            source: service::name(),
            has_key: (!event.key.is_empty()).into_token_stream(),
        },
    );
    let key: Vec<String> = event.key.iter().map(field_name).collect();
    let refusal = refusal(&ident.to_string(), &key);
    let location = location();
    quote! {
        #derives
        #item

        const _: () = {
            #implementation

            #[automatically_derived]
            impl #private::DomainEvent for #ident {}

            #[automatically_derived]
            impl #private::KeyFields for #ident {
                const DECLARATION: #private::EventDeclaration = #private::EventDeclaration::of::<#ident>();
                const KEY_FIELDS: &'static [&'static str] = &[#(#key),*];
                const REFUSAL: &'static str = #refusal;
            }

            #private::inventory::submit! {
                #private::DomainEventDeclaration::of::<#ident>(#location)
            }
        };
    }
}

/// What a zero-payload contract is told about a field that is not part of the key.
fn refusal(event: &str, key: &[String]) -> String {
    let holds = match key {
        [] => format!("`{event}` has no `key`, so a zero-payload event made of it holds nothing"),
        _ => format!(
            "a zero-payload event holds the key of `{event}` and nothing else, and that is {}",
            listed(key.iter().map(String::as_str))
        ),
    };
    format!("{holds}; remove this field, or remove `zero_payload` and write `impl From<&{event}>`")
}

/// What differs between domain and external events.
pub(super) struct Constants {
    pub(super) channel: TokenStream,
    pub(super) source: TokenStream,
    pub(super) has_key: TokenStream,
}

/// `impl Event`.
pub(super) fn implementation(event: &Event, private: &TokenStream, constants: &Constants) -> TokenStream {
    let Event { ident, name, version, formerly, .. } = event;
    let Constants { channel, source, has_key } = constants;
    let rust_name = ident.to_string();
    let key = joined(&event.key, private);
    let idempotency_key = joined(&event.idempotency_key, private);
    let upcast = upcast(event, private);
    quote! {
        #[automatically_derived]
        impl #private::Event for #ident {
            const TYPE: #private::EventType = #private::EventType {
                name: #name,
                version: #version,
                formerly: &[#(#formerly),*],
                channel: #private::Channel::#channel,
                source: #source,
                rust_name: #rust_name,
                has_key: #has_key,
            };

            fn key(&self) -> ::core::option::Option<::std::string::String> {
                #key
            }

            fn idempotency_key(&self) -> ::core::option::Option<::std::string::String> {
                #idempotency_key
            }

            #upcast
        }
    }
}

/// The stored forms of `members`, joined by `/`.
fn joined(members: &[Member], private: &TokenStream) -> TokenStream {
    // The self type is inferred at the user's token, so that a type that cannot be a key is underlined there.
    let parts = members.iter().map(|member| {
        let span = member.span();
        let inferred = quote_spanned!(span=> _);
        quote_spanned!(span=> <#inferred as #private::EventKey>::to_key(&self.#member))
    });
    match members.len() {
        0 => quote!(::core::option::Option::None),
        1 => quote!(::core::option::Option::Some(#(#parts)*)),
        _ => quote!(::core::option::Option::Some(#private::join_keys(&[#(#parts),*]))),
    }
}

fn upcast(event: &Event, private: &TokenStream) -> TokenStream {
    let (from, data) = (local("version", Span::call_site()), local("data", Span::call_site()));
    let arms = event.upcast.iter().map(|(version, function)| {
        let span = function.span();
        let inferred = quote_spanned!(span=> _);
        quote_spanned!(span=> #version => <#inferred as #private::Upcaster>::upcast(#function, #data))
    });
    let refusal = format!("`{}` has no upcaster from version ", event.name.value());
    quote! {
        #[allow(unused_variables, clippy::match_single_binding)]
        fn upcast(
            #from: u32,
            #data: #private::serde_json::Value,
        ) -> ::core::result::Result<#private::serde_json::Value, #private::Failure> {
            match #from {
                #(#arms,)*
                _ => ::core::result::Result::Err(#private::Failure::permanent(
                    ::std::format!("{}{}", #refusal, #from),
                )),
            }
        }
    }
}
