//! The rules for `#[subscriber]`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Item, LitStr, Type};

use super::{Argument, Backoff, EventArgument, arguments, name, number, signature};
use crate::ast::{AfterDeadLetter, Jitter, Layer, OnFailure, Ordering, Phase, SubscriberOptions};
use crate::report::Report;

/// What the annotation and its function declare.
pub(crate) struct Subscriber {
    pub(crate) ident: Ident,
    pub(crate) name: LitStr,
    pub(crate) layer: Layer,
    pub(crate) phase: Phase,
    pub(crate) formerly: Vec<LitStr>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) backoff: Option<Backoff>,
    pub(crate) jitter: Option<Jitter>,
    pub(crate) on_failure: OnFailure,
    pub(crate) after_dead_letter: Option<AfterDeadLetter>,
    pub(crate) queue: Option<LitStr>,
    pub(crate) concurrency: Option<u32>,
    pub(crate) ordering: Option<Ordering>,
    pub(crate) order: i32,
    pub(crate) batch: Option<u32>,
    pub(crate) share_commit: Option<bool>,
    pub(crate) from_beginning: bool,
    pub(crate) event: EventArgument,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Type,
}

/// When a subscriber runs, as far as its arguments depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// In the publisher's transaction.
    Inside,
    /// After it, in the publisher's process.
    After,
    /// In the worker.
    Worker,
}

/// Keys that only a subscriber with a queue of its own can have.
const WORKER_ONLY: [&str; 10] = [
    "formerly",
    "retry",
    "on_failure",
    "after_dead_letter",
    "queue",
    "concurrency",
    "ordering",
    "batch",
    "share_commit",
    "from",
];

/// Checks a subscriber.
pub(crate) fn subscriber(
    mut options: SubscriberOptions,
    item: &Item,
    report: &mut Report,
) -> Option<Subscriber> {
    let layer = layer(&options, report);
    let phase = layer.and_then(|layer| phase(layer, &options, report));
    if let Some(layer) = layer {
        applicable(layer, &options, report);
    }
    let max_attempts = number::count("max_attempts", options.retry.max_attempts.as_ref(), report);
    let backoff = options.retry.backoff.as_ref().and_then(|text| Backoff::read(text, report));
    let concurrency = number::count("concurrency", options.concurrency.as_ref(), report);
    let batch = number::count("batch", options.batch.as_ref(), report);
    if let Some(queue) = &options.queue {
        name::check(queue, report);
    }
    let function = signature::function(item, report)?;
    signature::check(function, report);
    let name = stored_name(&options, &function.sig.ident, report);
    name::check_former(&options.formerly, name.as_ref().map(LitStr::value).as_deref(), report);
    let event = arguments::event(function, options.has("batch"), report);
    let moment = layer.zip(phase).map(|(layer, phase)| Moment::of(layer, phase));
    let arguments = arguments::others(function, event.is_some(), moment, report);
    let syn::ReturnType::Type(_, output) = &function.sig.output else { return None };
    Some(Subscriber {
        ident: function.sig.ident.clone(),
        name: name?,
        layer: layer?,
        phase: phase?,
        formerly: options.formerly,
        max_attempts,
        backoff,
        jitter: options.retry.jitter.map(|at| at.value),
        on_failure: options.on_failure.take().unwrap_or(OnFailure::DeadLetter),
        after_dead_letter: options.after_dead_letter.map(|at| at.value),
        queue: options.queue,
        concurrency,
        ordering: options.ordering.map(|at| at.value),
        order: options.order.unwrap_or(0),
        batch,
        share_commit: options.share_commit,
        from_beginning: options.from_beginning,
        event: event?,
        arguments,
        output: (**output).clone(),
    })
}

impl Moment {
    /// Of a layer and phase that fit each other.
    pub(crate) fn of(layer: Layer, phase: Phase) -> Self {
        match (layer, phase) {
            (Layer::Application, Phase::InTransaction | Phase::BeforeCommit) => Self::Inside,
            (Layer::Application, _) => Self::After,
            (Layer::Internal | Layer::External, _) => Self::Worker,
        }
    }
}

fn layer(options: &SubscriberOptions, report: &mut Report) -> Option<Layer> {
    if !options.has("layer") {
        report.at(
            Span::call_site(),
            "`layer` is missing: write `layer = application` (in the publisher's process), `layer = internal` (in this system's worker) or `layer = external` (on another system's events)",
        );
    }
    options.layer.map(|at| at.value)
}

fn phase(layer: Layer, options: &SubscriberOptions, report: &mut Report) -> Option<Phase> {
    let Some(phase) = options.phase else {
        let default = if layer == Layer::Application { Phase::InTransaction } else { Phase::AfterCommit };
        return (!options.has("phase")).then_some(default);
    };
    if layer != Layer::Application && phase.value != Phase::AfterCommit {
        let layer = if layer == Layer::Internal { "internal" } else { "external" };
        report.at(
            phase.span,
            format!(
                "`layer = {layer}` runs in the worker, so its only phase is `after_commit`: remove `phase`; a subscriber inside or beside the publisher's transaction has `layer = application`"
            ),
        );
        return None;
    }
    Some(phase.value)
}

fn applicable(layer: Layer, options: &SubscriberOptions, report: &mut Report) {
    for key in &options.given {
        let name = key.unraw().to_string();
        if layer == Layer::Application && WORKER_ONLY.contains(&name.as_str()) {
            report.at(
                key.span(),
                format!(
                    "`{name}` is for subscribers with a queue, and `layer = application` runs in the publisher's process without one: remove it, or use `layer = internal`"
                ),
            );
        } else if layer != Layer::Application && name == "order" {
            report.at(
                key.span(),
                "`order` sorts the application subscribers of one event; in the worker every subscriber has a queue of its own, and `ordering` is about the events of one key",
            );
        } else if layer == Layer::External && name == "from" {
            report.at(
                key.span(),
                "`from = beginning` reads this service's own event store, and the past of an external event is in its owner's: remove it, and ask the owner to send the past again",
            );
        }
    }
}

/// The name that is given, or the function's.
fn stored_name(options: &SubscriberOptions, function: &Ident, report: &mut Report) -> Option<LitStr> {
    if let Some(name) = &options.name {
        name::check(name, report);
        return Some(name.clone());
    }
    if options.has("name") {
        return None;
    }
    let name = function.unraw().to_string();
    if let Some(reason) = name::broken_rule(&name) {
        report.at(
            function.span(),
            format!(
                "the function's name is the subscriber's stored name, and `{name}` cannot be one: {reason}; rename the function, or add `name = \"..\"` in lower-case letters, digits, `.`, `-` and `_`"
            ),
        );
    }
    Some(LitStr::new(&name, function.span()))
}
