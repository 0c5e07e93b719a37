//! Subscribers: a shim that calls the function, and a type of the function's name that declares it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemFn, Type};

use super::arguments::{Arguments, arguments, event_place};
use super::{local, location, service};
use crate::ast::{AfterDeadLetter, Jitter, Layer, OnFailure, Ordering, Phase};
use crate::valid::{Argument, Subscriber};

/// Expands `#[subscriber]`.
pub(crate) fn subscriber(subscriber: &Subscriber, function: &ItemFn, private: &TokenStream) -> TokenStream {
    let Subscriber { ident, name, formerly, .. } = subscriber;
    let visibility = &function.vis;
    // In an impl, where no struct can stand, the compiler's advice to move it out is about the function.
    let declared = quote_spanned!(ident.span()=> struct #ident {});
    let arguments = arguments(subscriber, private);
    let shim = shim(subscriber, &arguments, private);
    let Arguments { checks, fetchers, database, .. } = arguments;
    let event = &subscriber.event.event;
    let event_place = event_place(subscriber.layer);
    let event = quote_spanned!(event.span()=> <#event as #private::#event_place>::DECLARATION);
    let layer = layer(subscriber.layer);
    let phase = phase(subscriber.phase);
    let options = options(subscriber, private);
    let service = service::name();
    let location = location();
    quote! {
        #[allow(clippy::unused_async)]
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility #declared

        const _: () = {
            #shim

            #[automatically_derived]
            #[allow(clippy::needless_update)]
            impl #private::Subscriber for #ident {
                const DECLARATION: #private::SubscriberDeclaration = #private::SubscriberDeclaration {
                    service: #service,
                    name: #name,
                    formerly: &[#(#formerly),*],
                    layer: #private::Layer::#layer,
                    phase: #private::Phase::#phase,
                    event: #event,
                    database: #database,
                    arguments: &[#(#checks),*],
                    fetchers: &[#(#fetchers),*],
                    options: #options,
                    handler: __edafw_shim,
                    location: #location,
                };
            }

            #private::inventory::submit! {
                <#ident as #private::Subscriber>::DECLARATION
            }
        };
    }
}

/// The function behind the declaration: one allocation, the future's.
fn shim(subscriber: &Subscriber, arguments: &Arguments, private: &TokenStream) -> TokenStream {
    let Arguments { parts, statements, names, .. } = arguments;
    let ident = &subscriber.ident;
    let call = local("call", Span::call_site());
    let output: &Type = &subscriber.output;
    let outcome = quote_spanned!(output.span()=> <#output as #private::Outcome>::outcome);
    let future = quote! {
        #[allow(unused_variables)]
        let #parts = #call.into_parts();
        #(#statements)*
        #outcome(#ident(#(#names),*).await)
    };
    // A future that is not `Send` is blamed on the function.
    let body = quote_spanned!(ident.span()=> ::std::boxed::Box::pin(async move { #future }));
    quote! {
        fn __edafw_shim<'a>(
            #call: #private::Call<'a>,
        ) -> #private::BoxFuture<'a, ::core::result::Result<(), #private::Failure>> {
            #body
        }
    }
}

/// `SubscriberOptions`, with what is not written left at its default.
fn options(subscriber: &Subscriber, private: &TokenStream) -> TokenStream {
    let event = &subscriber.event.event;
    let mut fields: Vec<TokenStream> = Vec::new();
    fields.extend(retry(subscriber, private));
    match &subscriber.on_failure {
        OnFailure::DeadLetter => {}
        OnFailure::Ignore => fields.push(quote!(on_failure: #private::OnFailure::Ignore)),
        OnFailure::Publish(failed) => {
            let publish =
                quote_spanned!(failed.span()=> <#failed as #private::MadeOfFailed<#event>>::PUBLISH);
            fields.push(quote!(on_failure: #private::OnFailure::Publish));
            fields.push(quote!(publish_failure: ::core::option::Option::Some(#publish)));
        }
    }
    match subscriber.after_dead_letter {
        Some(AfterDeadLetter::Continue) | None => {}
        Some(AfterDeadLetter::Hold) => {
            fields.push(quote!(after_dead_letter: #private::AfterDeadLetter::Hold));
        }
    }
    match subscriber.ordering {
        Some(Ordering::Key) | None => {}
        Some(Ordering::None) => fields.push(quote!(ordering: #private::Ordering::None)),
    }
    let some = |name: &str, value: TokenStream| {
        let name = format_ident!("{name}");
        quote!(#name: ::core::option::Option::Some(#value))
    };
    fields.extend(subscriber.queue.as_ref().map(|queue| some("queue", queue.to_token_stream())));
    fields.extend(subscriber.concurrency.map(|count| some("concurrency", non_zero(count))));
    fields.extend(subscriber.batch.map(|count| some("batch", non_zero(count))));
    fields.extend(subscriber.share_commit.map(|share| some("share_commit", share.to_token_stream())));
    if subscriber.order != 0 {
        let order = subscriber.order;
        fields.push(quote!(order: #order));
    }
    if subscriber.from_beginning {
        fields.push(quote!(from_beginning: true));
    }
    let has_transaction = subscriber.arguments.iter().any(|one| matches!(one, Argument::Transaction(_)));
    if has_transaction && subscriber.arguments.iter().all(Argument::only_writes) {
        fields.push(quote!(writes_only: true));
    }
    quote! {
        #private::SubscriberOptions {
            #(#fields,)*
            ..#private::SubscriberOptions::DEFAULT
        }
    }
}

fn retry(subscriber: &Subscriber, private: &TokenStream) -> Option<TokenStream> {
    let mut fields = Vec::new();
    if let Some(attempts) = subscriber.max_attempts {
        let attempts = non_zero(attempts);
        fields.push(quote!(max_attempts: #attempts));
    }
    if let Some(backoff) = subscriber.backoff {
        let (first, most) = (backoff.first, backoff.most);
        fields.push(quote! {
            backoff: #private::Backoff {
                first: ::core::time::Duration::from_millis(#first),
                most: ::core::time::Duration::from_millis(#most),
            }
        });
    }
    if let Some(jitter) = subscriber.jitter {
        let jitter = match jitter {
            Jitter::None => quote!(None),
            Jitter::Equal => quote!(Equal),
            Jitter::Full => quote!(Full),
        };
        fields.push(quote!(jitter: #private::Jitter::#jitter));
    }
    (!fields.is_empty())
        .then(|| quote!(retry: #private::RetryPolicy { #(#fields,)* ..#private::RetryPolicy::DEFAULT }))
}

fn non_zero(count: u32) -> TokenStream {
    quote!(::core::num::NonZeroU32::new(#count).unwrap())
}

fn layer(layer: Layer) -> TokenStream {
    match layer {
        Layer::Application => quote!(Application),
        Layer::Internal => quote!(Internal),
        Layer::External => quote!(External),
    }
}

fn phase(phase: Phase) -> TokenStream {
    match phase {
        Phase::InTransaction => quote!(InTransaction),
        Phase::BeforeCommit => quote!(BeforeCommit),
        Phase::AfterCommit => quote!(AfterCommit),
        Phase::AfterRollback => quote!(AfterRollback),
        Phase::AfterCompletion => quote!(AfterCompletion),
    }
}
