//! The annotations of edafw.
//!
//! Users meet them as `edafw::domain_event` and so on; generated code names the facade's hidden module and
//! nothing else. Each goes the same way: `ast` reads what is written, `valid` holds every rule, `expand` makes
//! the code. All mistakes of one item are told at once, at the tokens that they are about.

mod ast;
mod expand;
mod report;
mod suggest;
mod valid;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Expr, Item, LitStr};

use ast::{DOMAIN_EVENT, EXTERNAL_EVENT, EventOptions, SubscriberOptions};
use report::Report;

#[doc = include_str!("docs/domain_event.md")]
#[proc_macro_attribute]
pub fn domain_event(annotation: TokenStream, item: TokenStream) -> TokenStream {
    on_item(item, |item| {
        let mut report = Report::default();
        let options = EventOptions::read(annotation.into(), &DOMAIN_EVENT, &mut report);
        let private = expand::private(options.krate.as_ref());
        let event = valid::domain_event(&options, item, &mut report);
        match (report.into_compile_error(), event) {
            (None, Some(event)) => expand::domain_event(&event, item, &private),
            (errors, _) => with_errors(expand::incomplete_event(item, false, &private), errors),
        }
    })
}

#[doc = include_str!("docs/external_event.md")]
#[proc_macro_attribute]
pub fn external_event(annotation: TokenStream, item: TokenStream) -> TokenStream {
    on_item(item, |item| {
        let mut report = Report::default();
        let options = EventOptions::read(annotation.into(), &EXTERNAL_EVENT, &mut report);
        let private = expand::private(options.krate.as_ref());
        let event = valid::external_event(&options, item, &mut report);
        match (report.into_compile_error(), event) {
            (None, Some(event)) => expand::external_event(&event, item, &private),
            (errors, _) => with_errors(expand::incomplete_event(item, true, &private), errors),
        }
    })
}

#[doc = include_str!("docs/subscriber.md")]
#[proc_macro_attribute]
pub fn subscriber(annotation: TokenStream, item: TokenStream) -> TokenStream {
    on_item(item, |item| {
        let mut report = Report::default();
        let options = SubscriberOptions::read(annotation.into(), &mut report);
        let private = expand::private(options.krate.as_ref());
        let subscriber = valid::subscriber(options, item, &mut report);
        match (report.into_compile_error(), subscriber, item) {
            (None, Some(subscriber), Item::Fn(function)) => {
                expand::subscriber(&subscriber, function, &private)
            }
            (errors, ..) => with_errors(expand::incomplete_subscriber(item, &private), errors),
        }
    })
}

#[doc = include_str!("docs/service.md")]
#[proc_macro]
pub fn service(input: TokenStream) -> TokenStream {
    let input = Tokens::from(input);
    let mut report = Report::default();
    let name = syn::parse2::<LitStr>(input.clone()).ok();
    match &name {
        None => report
            .on(&input, "expected the name of the service, in quotes: write `edafw::service!(\"member\");`"),
        Some(name) => {
            if let Some(mistake) = valid::service_name(name) {
                report.at(name.span(), mistake);
            }
        }
    }
    // The annotations of the crate are not blamed for a name that is wrong.
    let name = name.unwrap_or_else(|| LitStr::new("", proc_macro2::Span::call_site()));
    with_errors(expand::service(&name), report.into_compile_error()).into()
}

#[doc = include_str!("docs/worker.md")]
#[proc_macro]
pub fn worker(input: TokenStream) -> TokenStream {
    let input = Tokens::from(input);
    let form = match syn::parse2::<Expr>(input.clone()) {
        Ok(Expr::Path(path)) if path.qself.is_none() => {
            return expand::worker(&path.path, &expand::private(None)).into();
        }
        Ok(Expr::Call(_)) => ", without `()`",
        Ok(Expr::Lit(_)) => ", without quotes",
        _ => "",
    };
    let message = format!(
        "expected the path of the function that makes the application{form}: write `edafw::worker!(member_service::app);`"
    );
    let mut report = Report::default();
    report.on(&input, message);
    with_errors(
        quote!(
            fn main() {}
        ),
        report.into_compile_error(),
    )
    .into()
}

/// Expands an attribute on an item; what is no item is left to the compiler's own message.
fn on_item(item: TokenStream, expand: impl FnOnce(&Item) -> Tokens) -> TokenStream {
    match syn::parse::<Item>(item.clone()) {
        Ok(parsed) => expand(&parsed).into(),
        Err(error) => with_errors(item.into(), Some(error.into_compile_error())).into(),
    }
}

fn with_errors(mut code: Tokens, errors: Option<Tokens>) -> Tokens {
    code.extend(errors);
    code
}
