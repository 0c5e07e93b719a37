//! The rules for a subscriber's arguments: the event first, by reference; at most one transaction, as `&mut`;
//! the rest by value.

use syn::{FnArg, GenericArgument, ItemFn, PatType, PathArguments, PathSegment, Type, TypeReference};

use super::subscriber::Moment;
use crate::report::Report;

const EVENT: &str = "the event comes first and by reference, such as `event: &OrderPaid`, or `event: &Envelope<OrderPaid>` with its metadata";

/// A subscriber's first argument.
pub(crate) struct EventArgument {
    /// The event's type.
    pub(crate) event: Type,
    /// How the function takes it.
    pub(crate) form: EventForm,
}

/// How a function takes its event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventForm {
    /// `&E`
    Data,
    /// `&Envelope<E>`
    Envelope,
    /// `&[Envelope<E>]`
    Batch,
}

/// Any other argument.
pub(crate) enum Argument {
    /// `&mut T`: the transaction.
    Transaction(Type),
    /// By value.
    Value(Type),
}

/// Checks the event.
pub(super) fn event(function: &ItemFn, batch: bool, report: &mut Report) -> Option<EventArgument> {
    let Some(first) = typed(function).next() else {
        report.at(
            function.sig.paren_token.span.join(),
            format!("a subscriber takes the event that it handles; {EVENT}"),
        );
        return None;
    };
    let Type::Reference(TypeReference { mutability, elem, .. }) = ungrouped(&first.ty) else {
        match ungrouped(&first.ty) {
            Type::ImplTrait(_) => report.on(
                &first.ty,
                format!("a subscriber handles one event, not every type with a trait; {EVENT}"),
            ),
            _ => report.on(&first.ty, EVENT),
        }
        return None;
    };
    if mutability.is_some() {
        report.on(
            &first.ty,
            match segment(elem) {
                Some(last) if last.ident == "Tx" => format!("{EVENT}; the transaction stands behind it"),
                _ => format!("an event has happened and cannot be changed: remove `mut`; {EVENT}"),
            },
        );
        return None;
    }
    let argument = match ungrouped(elem) {
        Type::Slice(slice) => {
            let Some(event) = envelope(&slice.elem) else {
                report
                    .on(&first.ty, "a batch is a slice of envelopes: write `events: &[Envelope<OrderPaid>]`");
                return None;
            };
            EventArgument { event, form: EventForm::Batch }
        }
        Type::ImplTrait(_) | Type::TraitObject(_) => {
            report.on(
                &first.ty,
                format!("a subscriber handles one event, not every type with a trait; {EVENT}"),
            );
            return None;
        }
        elem => match envelope(elem) {
            Some(event) => EventArgument { event, form: EventForm::Envelope },
            None => EventArgument { event: elem.clone(), form: EventForm::Data },
        },
    };
    match (argument.form == EventForm::Batch, batch) {
        (true, false) => report.on(
            &first.ty,
            "a subscriber that takes a slice says how many events it wants at most: add `batch = 100` to the annotation, or take one event, `event: &OrderPaid`",
        ),
        (false, true) => report.on(
            &first.ty,
            "with `batch` a subscriber takes a slice: write `events: &[Envelope<OrderPaid>]`, or remove `batch`",
        ),
        _ => {}
    }
    Some(argument)
}

/// Checks the others.
pub(super) fn others(
    function: &ItemFn,
    event_found: bool,
    moment: Option<Moment>,
    report: &mut Report,
) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut transactions = 0;
    for argument in typed(function).skip(1) {
        match ungrouped(&argument.ty) {
            Type::Reference(TypeReference { mutability: Some(_), elem, .. }) => {
                transactions += 1;
                if transactions == 2 {
                    report.on(&argument.ty, "a subscriber takes one transaction; remove this one");
                } else if moment == Some(Moment::After) {
                    report.on(
                        &argument.ty,
                        "the publisher's transaction has ended in this phase: take `app: App<Sqlite>` and begin one, or handle the event in `phase = before_commit`",
                    );
                }
                arguments.push(Argument::Transaction((**elem).clone()));
            }
            Type::Reference(reference) => {
                if let Some(message) = by_reference(reference, event_found) {
                    report.on(&argument.ty, message);
                }
            }
            Type::ImplTrait(_) => {
                report.on(&argument.ty, "a subscriber's arguments are types that the framework knows; write the type out, such as `State<Client>`");
            }
            value => {
                if segment(value).is_some_and(|last| last.ident == "Tx") {
                    report.on(&argument.ty, "the transaction is lent: write `tx: &mut Tx<Sqlite>`");
                }
                arguments.push(Argument::Value(value.clone()));
            }
        }
    }
    two_transactions(&arguments, report);
    arguments
}

/// What to write in place of a shared reference. Nothing where it is the event in the wrong place, which has been
/// told.
fn by_reference(reference: &TypeReference, event_found: bool) -> Option<String> {
    match segment(&reference.elem) {
        Some(last) if last.ident == "Tx" => Some("the transaction is taken as `tx: &mut Tx<Sqlite>`".to_owned()),
        Some(last) if ["State", "Fetched", "App", "Delivery", "Completion"].iter().any(|known| last.ident == known) => {
            let known = &last.ident;
            Some(format!("`{known}` is taken by value: remove the `&`; cloning it is cheap"))
        }
        _ => event_found.then(|| {
            "a subscriber takes one event, its first argument: handle a second event in a function of its own; take shared things by value, as `State<T>`"
                .to_owned()
        }),
    }
}

/// The arguments apart from `self`.
fn typed(function: &ItemFn) -> impl Iterator<Item = &PatType> {
    function.sig.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })
}

fn two_transactions(arguments: &[Argument], report: &mut Report) {
    if !arguments.iter().any(|argument| matches!(argument, Argument::Transaction(_))) {
        return;
    }
    for argument in arguments {
        if let Argument::Value(value) = argument
            && segment(value).is_some_and(|last| last.ident == "App")
        {
            report.on(
                value,
                "`App` and `&mut Tx` exclude each other: a transaction begun from `App` would wait for the one that the subscriber holds, forever on SQLite; take one of them",
            );
        }
    }
}

impl Argument {
    /// Whether its effects are undone with the transaction: the transaction itself, or mere information.
    pub(crate) fn only_writes(&self) -> bool {
        match self {
            Self::Transaction(_) => true,
            Self::Value(value) => segment(value).is_some_and(|last| last.ident == "Delivery"),
        }
    }
}

/// `E` of `Envelope<E>`.
fn envelope(ty: &Type) -> Option<Type> {
    let last = segment(ty)?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == "Envelope" && arguments.args.len() == 1 => {
            match arguments.args.first() {
                Some(GenericArgument::Type(event)) => Some(event.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn segment(ty: &Type) -> Option<&PathSegment> {
    match ungrouped(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The type without parentheses around it.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}
