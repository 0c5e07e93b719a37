//! Each annotation's way through `ast`, `valid` and `expand`.

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Expr, Item, LitStr};

use crate::ast::{DOMAIN_EVENT, EXTERNAL_EVENT, EventOptions, SubscriberOptions};
use crate::report::Report;
use crate::{expand, valid};

pub(crate) fn domain_event(annotation: Tokens, item: Tokens) -> Tokens {
    on_item(item, |item| {
        let mut report = Report::default();
        let options = EventOptions::read(annotation, &DOMAIN_EVENT, &mut report);
        let private = expand::private(options.krate.as_ref());
        let event = valid::domain_event(&options, item, &mut report);
        match (report.into_compile_error(), event) {
            (None, Some(event)) => expand::domain_event(&event, item, &private),
            (errors, _) => with_errors(expand::incomplete_event(item, false, &private), errors),
        }
    })
}

pub(crate) fn external_event(annotation: Tokens, item: Tokens) -> Tokens {
    on_item(item, |item| {
        let mut report = Report::default();
        let options = EventOptions::read(annotation, &EXTERNAL_EVENT, &mut report);
        let private = expand::private(options.krate.as_ref());
        let event = valid::external_event(&options, item, &mut report);
        match (report.into_compile_error(), event) {
            (None, Some(event)) => expand::external_event(&event, item, &private),
            (errors, _) => with_errors(expand::incomplete_event(item, true, &private), errors),
        }
    })
}

pub(crate) fn subscriber(annotation: Tokens, item: Tokens) -> Tokens {
    on_item(item, |item| {
        let mut report = Report::default();
        let options = SubscriberOptions::read(annotation, &mut report);
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

pub(crate) fn service(input: &Tokens) -> Tokens {
    let mut report = Report::default();
    let name = syn::parse2::<LitStr>(input.clone()).ok();
    match &name {
        None => report
            .on(input, "expected the name of the service, in quotes: write `edafw::service!(\"member\");`"),
        Some(name) => {
            if let Some(mistake) = valid::service_name(name) {
                report.at(name.span(), mistake);
            }
        }
    }
    // The annotations of the crate are not blamed for a name that is wrong.
    let name = name.unwrap_or_else(|| LitStr::new("", proc_macro2::Span::call_site()));
    with_errors(expand::service(&name), report.into_compile_error())
}

pub(crate) fn worker(input: &Tokens) -> Tokens {
    let form = match syn::parse2::<Expr>(input.clone()) {
        Ok(Expr::Path(path)) if path.qself.is_none() => {
            return expand::worker(&path.path, &expand::private(None));
        }
        Ok(Expr::Call(_)) => ", without `()`",
        Ok(Expr::Lit(_)) => ", without quotes",
        _ => "",
    };
    let message = format!(
        "expected the path of the function that makes the application{form}: write `edafw::worker!(member_service::app);`"
    );
    let mut report = Report::default();
    report.on(input, message);
    with_errors(
        quote!(
            fn main() {}
        ),
        report.into_compile_error(),
    )
}

/// Expands an attribute on an item; what is no item is left to the compiler's own message.
fn on_item(item: Tokens, expand: impl FnOnce(&Item) -> Tokens) -> Tokens {
    match syn::parse2::<Item>(item.clone()) {
        Ok(parsed) => expand(&parsed),
        Err(error) => with_errors(item, Some(error.into_compile_error())),
    }
}

fn with_errors(mut code: Tokens, errors: Option<Tokens>) -> Tokens {
    code.extend(errors);
    code
}
