//! The annotations of edafw.
//!
//! Users meet them as `edafw::domain_event` and so on; generated code names the facade's hidden module and
//! nothing else. Each goes the same way: `ast` reads what is written, `valid` holds every rule, `expand` makes
//! the code. All mistakes of one item are told at once, at the tokens that they are about.

mod ast;
mod expand;
mod pipeline;
mod report;
mod suggest;
mod valid;

#[doc = include_str!("docs/domain_event.md")]
#[proc_macro_attribute]
pub fn domain_event(
    annotation: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    pipeline::domain_event(annotation.into(), item.into()).into()
}

#[doc = include_str!("docs/external_event.md")]
#[proc_macro_attribute]
pub fn external_event(
    annotation: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    pipeline::external_event(annotation.into(), item.into()).into()
}

#[doc = include_str!("docs/subscriber.md")]
#[proc_macro_attribute]
pub fn subscriber(
    annotation: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    pipeline::subscriber(annotation.into(), item.into()).into()
}

#[doc = include_str!("docs/service.md")]
#[proc_macro]
pub fn service(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    pipeline::service(&input.into()).into()
}

#[doc = include_str!("docs/worker.md")]
#[proc_macro]
pub fn worker(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    pipeline::worker(&input.into()).into()
}
