//! The code that annotations stand for. Nothing is refused here.
//!
//! Every path starts at the hidden module of the facade, at `core`/`std`, or is the user's own; the user's item
//! comes first, as it was written.

mod arguments;
mod event;
mod external_event;
mod incomplete;
mod serde;
mod service;
mod subscriber;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

pub(crate) use event::domain_event;
pub(crate) use external_event::external_event;
pub(crate) use incomplete::{event as incomplete_event, subscriber as incomplete_subscriber};
pub(crate) use service::{service, worker};
pub(crate) use subscriber::subscriber;

/// The hidden module that generated code names.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::edafw::__private),
    }
}

/// `file:line` of the annotation.
fn location() -> TokenStream {
    quote!(::core::concat!(::core::file!(), ":", ::core::line!()))
}
