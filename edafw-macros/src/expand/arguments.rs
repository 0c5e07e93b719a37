//! How a shim takes a subscriber's arguments out of the call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::local;
use crate::ast::{Layer, Phase};
use crate::valid::{Argument, EventForm, Moment, Subscriber};

/// The arguments of one subscriber, as code.
pub(super) struct Arguments {
    /// The pattern that the call is split into.
    pub(super) parts: TokenStream,
    /// Statements that take them.
    pub(super) statements: Vec<TokenStream>,
    /// What the function is called with.
    pub(super) names: Vec<TokenStream>,
    /// What is checked at start: one function per argument by value.
    pub(super) checks: Vec<TokenStream>,
    /// What is fetched before the transaction begins, in the worker: one constant per argument by value.
    pub(super) fetchers: Vec<TokenStream>,
    /// The database of the transaction.
    pub(super) database: TokenStream,
}

/// Reads them off the subscriber.
pub(super) fn arguments(subscriber: &Subscriber, private: &TokenStream) -> Arguments {
    let place = place(subscriber);
    let in_worker = Moment::of(subscriber.layer, subscriber.phase) == Moment::Worker;
    let (event, event_name) = event(subscriber);
    let (parts, tx) = (local("arguments", Span::call_site()), local("tx", Span::call_site()));
    let scope = quote!(#parts.scope());
    let mut arguments = Arguments {
        parts: quote!((#parts, #tx)),
        statements: vec![event],
        names: vec![event_name],
        checks: Vec::new(),
        fetchers: Vec::new(),
        database: quote!(::core::option::Option::None),
    };
    for (index, argument) in subscriber.arguments.iter().enumerate() {
        let name = local(&format!("argument_{index}"), Span::call_site());
        arguments.names.push(quote!(#name));
        match argument {
            Argument::Transaction(ty) => {
                let span = ty.span();
                arguments.statements.push(quote!(let #name = #private::transaction::<#ty>(#tx)?;));
                let database = quote_spanned!(span=> <#ty as #private::TxArgument>::DATABASE);
                arguments.database = quote!(::core::option::Option::Some(#database));
            }
            Argument::Value(ty) => {
                let span = ty.span();
                let take = quote_spanned!(span=> <#ty as #private::#place>::take(#scope));
                arguments.statements.push(quote!(let #name = #take?;));
                arguments.checks.push(quote_spanned!(span=> <#ty as #private::#place>::check));
                if in_worker {
                    arguments.fetchers.push(quote_spanned!(span=> <#ty as #private::#place>::FETCHER));
                }
            }
        }
    }
    arguments
}

fn event(subscriber: &Subscriber) -> (TokenStream, TokenStream) {
    let event = &subscriber.event.event;
    let (name, parts) = (local("event", Span::call_site()), local("arguments", Span::call_site()));
    match subscriber.event.form {
        EventForm::Data => (quote!(let #name = #parts.envelope::<#event>()?;), quote!(&#name.data)),
        EventForm::Envelope => (quote!(let #name = #parts.envelope::<#event>()?;), quote!(#name)),
        EventForm::Batch => (quote!(let #name = #parts.envelopes::<#event>()?;), quote!(#name)),
    }
}

/// The trait whose message fits the phase.
fn place(subscriber: &Subscriber) -> TokenStream {
    match (Moment::of(subscriber.layer, subscriber.phase), subscriber.phase) {
        (Moment::Inside, _) => quote!(TransactionArgument),
        (Moment::After, Phase::AfterCompletion) => quote!(AfterCompletionArgument),
        (Moment::After, _) => quote!(AfterTransactionArgument),
        (Moment::Worker, _) => {
            let event = &subscriber.event.event;
            quote!(WorkerArgument<#event>)
        }
    }
}

/// The trait whose message fits the layer.
pub(super) fn event_place(layer: Layer) -> Ident {
    match layer {
        Layer::Application | Layer::Internal => format_ident!("IsDomainEvent"),
        Layer::External => format_ident!("IsExternalEvent"),
    }
}
