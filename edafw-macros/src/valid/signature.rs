//! The rules for the function under `#[subscriber]`, apart from its arguments.

use syn::{GenericArgument, Item, ItemFn, PathArguments, ReturnType, Safety, Type};

use crate::report::Report;

const RETURN: &str = "write `-> Result<(), edafw::Failure>`, or an error of your own in place of `Failure`";

/// The function under the annotation.
pub(super) fn function<'a>(item: &'a Item, report: &mut Report) -> Option<&'a ItemFn> {
    let Item::Fn(function) = item else {
        let message = "#[subscriber] goes on an async function, such as `async fn record_device(event: &MemberLoggedIn) -> Result<(), Failure>`";
        match item {
            Item::Impl(item) => {
                report.at(
                    item.impl_token.span,
                    format!("{message}; a subscriber has no `self`, take what it shares as `State<T>`"),
                );
            }
            Item::Struct(item) => report.at(item.struct_token.span, message),
            other => report.on(other, message),
        }
        return None;
    };
    Some(function)
}

/// Checks everything but the arguments.
pub(super) fn check(function: &ItemFn, report: &mut Report) {
    let signature = &function.sig;
    if let Some(receiver) = signature.receiver() {
        report.on(
            receiver,
            "a subscriber is a free function and has no `self`; move it out of the impl and take what it shares as `State<T>`",
        );
    }
    if let Some(token) = &signature.constness {
        report.at(token.span, "a subscriber is an `async fn`; remove `const`");
    }
    if signature.asyncness.is_none() {
        report.at(signature.fn_token.span, "a subscriber is async; write `async fn`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        report.at(token.span, "the framework calls a subscriber from safe code; remove `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        report.on(abi, "a subscriber is an ordinary Rust function; remove `extern`");
    }
    if !signature.generics.params.is_empty() {
        report.on(
            &signature.generics,
            "a subscriber has no type parameters and no lifetimes: it is stored and called as one function; write the types out",
        );
    } else if let Some(clause) = &signature.generics.where_clause {
        report.on(clause, "a subscriber has no `where` clause");
    }
    if let Some(variadic) = &signature.variadic {
        report.on(variadic, "a subscriber has a fixed number of arguments; remove `...`");
    }
    output(function, report);
}

fn output(function: &ItemFn, report: &mut Report) {
    let ReturnType::Type(_, output) = &function.sig.output else {
        report.at(
            function.sig.ident.span(),
            format!("a subscriber says whether it succeeded, and this one returns nothing; {RETURN}"),
        );
        return;
    };
    match &**output {
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return };
            if let PathArguments::AngleBracketed(arguments) = &last.arguments
                && last.ident == "Result"
                && let Some(GenericArgument::Type(success)) = arguments.args.first()
                && !matches!(success, Type::Tuple(tuple) if tuple.elems.is_empty())
            {
                report.on(success, format!("nobody takes what a subscriber returns; {RETURN}"));
            }
        }
        Type::Group(_) | Type::Macro(_) | Type::Paren(_) => {}
        other => report.on(other, format!("a subscriber returns a `Result`; {RETURN}")),
    }
}
