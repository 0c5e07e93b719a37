//! The code that annotations stand for. Nothing is refused here.
//!
//! Every path starts at the hidden module of the facade, at `core`/`std`, or is the user's own; the user's item
//! comes first, as it was written.

mod arguments;
mod event;
mod external_event;
mod incomplete;
mod schema;
mod serde;
mod service;
mod subscriber;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

pub(crate) use event::domain_event;
pub(crate) use external_event::external_event;
pub(crate) use incomplete::{event as incomplete_event, subscriber as incomplete_subscriber};
pub(crate) use service::{service, worker};
pub(crate) use subscriber::subscriber;

/// The hidden module that generated code names.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    krate.map_or_else(|| quote!(::edafw::__private), |path| quote!(#path::__private))
}

/// `file:line` of the annotation.
fn location() -> TokenStream {
    quote!(::core::concat!(::core::file!(), ":", ::core::line!()))
}

/// A variable. Variables are not hygienic against the user's constants, so their names are nobody else's.
fn local(name: &str, span: Span) -> Ident {
    format_ident!("__edafw_{name}", span = span)
}
