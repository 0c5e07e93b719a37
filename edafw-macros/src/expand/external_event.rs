//! External events.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Item, Member, Path};

use super::event::{Constants, implementation};
use super::{local, location, schema, serde, service};
use crate::valid::{Event, ExternalEvent, Origin, field_name};

/// Expands `#[external_event]`.
pub(crate) fn external_event(external: &ExternalEvent, item: &Item, private: &TokenStream) -> TokenStream {
    let ExternalEvent { event, origin } = external;
    let ident = &event.ident;
    let mut derives = serde::derives(item, private);
    if let Origin::Made { .. } = origin {
        derives.extend(schema::derives(item, private));
    }
    let has_own_key = !event.key.is_empty();
    let constants = match origin {
        Origin::Consumed { service } => Constants {
            channel: quote!(External),
            source: service.into_token_stream(),
            has_key: has_own_key.into_token_stream(),
        },
        // The key travels with the domain event, whether or not the contract names it.
        Origin::Made { of, zero_payload } => {
            let of = declaration(of, zero_payload.is_some(), private);
            Constants {
                channel: quote!(External),
                source: service::name(),
                has_key: quote!(#has_own_key || #of.event_type.has_key),
            }
        }
    };
    let implementation = implementation(event, private, &constants);
    let made = match origin {
        Origin::Consumed { .. } => TokenStream::new(),
        Origin::Made { of, zero_payload } => {
            let conversion = zero_payload.as_ref().map(|fields| conversion(event, of, fields, private));
            let submission = submission(event, of, zero_payload.is_some(), private);
            let schemas = schema::checks(item, private);
            quote! {
                #conversion
                #submission
                #schemas
            }
        }
    };
    quote! {
        #derives
        #item

        const _: () = {
            #implementation

            #[automatically_derived]
            impl #private::ExternalEvent for #ident {}

            #made
        };
    }
}

/// The domain event's declaration, read so that another type in its place is underlined at `of`.
fn declaration(of: &Path, zero_payload: bool, private: &TokenStream) -> TokenStream {
    let place = if zero_payload { quote!(KeyFields) } else { quote!(IsDomainEvent) };
    quote_spanned!(of.span()=> <#of as #private::#place>::DECLARATION)
}

/// `From<&DomainEvent>` of a zero-payload event, and the check that it holds key fields only.
fn conversion(event: &Event, of: &Path, fields: &[Member], private: &TokenStream) -> TokenStream {
    let ident = &event.ident;
    let source = local("event", Span::call_site());
    let clones = fields.iter().map(|field| {
        let value = local("value", field.span());
        // A variable in between keeps the message about another type to the field.
        quote_spanned! {field.span()=>
            #field: { let #value = ::core::clone::Clone::clone(&#source.#field); #value }
        }
    });
    let checks = fields.iter().map(|field| {
        let name = field_name(field);
        let key = quote_spanned!(of.span()=> <#of as #private::KeyFields>);
        // `expect` blames its caller for a constant that cannot be computed. The parentheses give it the field's
        // span from its first token.
        quote_spanned! {field.span()=>
            const _: () = (#private::key_field(#key::KEY_FIELDS, #name)).expect(#key::REFUSAL);
        }
    });
    quote! {
        #[automatically_derived]
        impl ::core::convert::From<&#of> for #ident {
            #[allow(unused_variables)]
            fn from(#source: &#of) -> Self {
                Self { #(#clones),* }
            }
        }

        #(#checks)*
    }
}

fn submission(event: &Event, of: &Path, zero_payload: bool, private: &TokenStream) -> TokenStream {
    let ident = &event.ident;
    let service = service::name();
    let location = location();
    let declaration = declaration(of, zero_payload, private);
    let conversion = quote_spanned!(ident.span()=> <#ident as #private::MadeOf<#of>>::CONVERT);
    let schema = schema::function(ident, private);
    quote! {
        #private::inventory::submit! {
            #private::ExternalEventDeclaration {
                service: #service,
                contract: #private::EventDeclaration::of::<#ident>(),
                of: #declaration,
                convert: #conversion,
                schema: #schema,
                location: #location,
            }
        }
    }
}
