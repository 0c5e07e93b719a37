//! The rules for events.

use proc_macro2::{Ident, Span};
use syn::{Item, ItemStruct, LitStr, Member, Path};

use super::{fields, name, number};
use crate::ast::{EventOptions, Upcast};
use crate::report::Report;

/// What both annotations declare.
pub(crate) struct Event {
    pub(crate) ident: Ident,
    pub(crate) name: LitStr,
    pub(crate) version: u32,
    pub(crate) formerly: Vec<LitStr>,
    pub(crate) key: Vec<Member>,
    pub(crate) idempotency_key: Vec<Member>,
    pub(crate) upcast: Vec<(u32, Path)>,
}

/// What `#[external_event]` declares.
pub(crate) struct ExternalEvent {
    pub(crate) event: Event,
    pub(crate) origin: Origin,
}

/// Where an external event comes from.
pub(crate) enum Origin {
    /// This service makes it of a domain event.
    Made {
        /// The domain event.
        of: Path,
        /// With `zero_payload`, the fields to take from it.
        zero_payload: Option<Vec<Member>>,
    },
    /// Another service publishes it.
    Consumed {
        /// That service.
        service: LitStr,
    },
}

/// Checks `#[domain_event]`.
pub(crate) fn domain_event(options: &EventOptions, item: &Item, report: &mut Report) -> Option<Event> {
    let structure = fields::structure(item, "#[domain_event]", report);
    event(options, structure, report)
}

/// Checks `#[external_event]`.
pub(crate) fn external_event(
    options: &EventOptions,
    item: &Item,
    report: &mut Report,
) -> Option<ExternalEvent> {
    let structure = fields::structure(item, "#[external_event]", report);
    if !options.has("version") {
        report.at(
            Span::call_site(),
            "`version` is missing: a contract with other systems states it from the start; write `version = 1`",
        );
    }
    let origin = origin(options, report);
    let mut event = event(options, structure, report);
    let members = structure.map(|structure| fields::members(&structure.fields)).unwrap_or_default();
    if options.zero_payload.is_some() && !options.has("key") {
        if let Some(event) = &mut event {
            event.key.clone_from(&members);
        }
    } else if options.zero_payload.is_some() {
        let key: Vec<String> = options.key.iter().flatten().map(fields::text).collect();
        for member in members.iter().filter(|member| !key.contains(&fields::text(member))) {
            let field = fields::text(member);
            report.on(
                member,
                format!(
                    "`{field}` is not part of `key`, and with `zero_payload` an event holds its key and nothing else; remove the field, name it in `key`, or remove `zero_payload`"
                ),
            );
        }
    }
    let origin = match origin? {
        Origin::Made { of, .. } => {
            Origin::Made { of, zero_payload: options.zero_payload.is_some().then_some(members) }
        }
        consumed @ Origin::Consumed { .. } => consumed,
    };
    Some(ExternalEvent { event: event?, origin })
}

fn origin(options: &EventOptions, report: &mut Report) -> Option<Origin> {
    if let Some(service) = &options.source {
        name::check(service, report);
    }
    match (options.has("of"), options.has("source")) {
        (true, true) => {
            let message = "`of` and `source` exclude each other: keep `of` where this service publishes the contract, `source` where it consumes it";
            match &options.source {
                Some(source) => report.at(source.span(), message),
                None => report.at(Span::call_site(), message),
            }
            None
        }
        (false, false) => {
            report.at(
                Span::call_site(),
                "either `of` or `source` is missing: write `of = OrderPaid` where this service publishes the contract, `source = \"order\"` where it consumes another service's",
            );
            None
        }
        (true, false) => options.of.clone().map(|of| Origin::Made { of, zero_payload: None }),
        (false, true) => options.source.clone().map(|service| Origin::Consumed { service }),
    }
}

fn event(options: &EventOptions, structure: Option<&ItemStruct>, report: &mut Report) -> Option<Event> {
    if !options.has("name") {
        report.at(
            Span::call_site(),
            "`name` is missing: the stored name of the event, a fact in the past tense, such as `name = \"order.paid\"`",
        );
    }
    if let Some(name) = &options.name {
        name::check(name, report);
    }
    let present = options.name.as_ref().map(LitStr::value);
    name::check_former(&options.formerly, present.as_deref(), report);
    let version = match options.version {
        Some(_) => number::count("version", options.version.as_ref(), report),
        None => Some(1),
    };
    let upcast = version.map(|version| upcasts(&options.upcast, version, report)).unwrap_or_default();
    let structure = structure?;
    let key = options.key.clone().unwrap_or_default();
    fields::check("key", &key, structure, report);
    let idempotency_key = options.idempotency_key.clone().unwrap_or_default();
    fields::check("idempotency_key", &idempotency_key, structure, report);
    Some(Event {
        ident: structure.ident.clone(),
        name: options.name.clone()?,
        version: version?,
        formerly: options.formerly.clone(),
        key,
        idempotency_key,
        upcast,
    })
}

fn upcasts(upcasts: &[Upcast], version: u32, report: &mut Report) -> Vec<(u32, Path)> {
    let mut valid: Vec<(u32, Path)> = Vec::new();
    for upcast in upcasts {
        let from = upcast.version.base10_parse::<u32>().unwrap_or(0);
        if valid.iter().any(|(earlier, _)| *earlier == from) {
            report.at(
                upcast.version.span(),
                format!("version {from} has an upcaster already; remove one of them"),
            );
        } else if version == 1 {
            report.at(
                upcast.version.span(),
                "there is no version before 1 to bring up; write `version = 2`, or remove `upcast`",
            );
        } else if from == 0 || from >= version {
            let from = match version - 1 {
                1 => "only from version 1".to_owned(),
                last => format!("from the versions 1 to {last}, each to the next"),
            };
            report.at(
                upcast.version.span(),
                format!("the event is at `version = {version}`, so it is brought up {from}"),
            );
        } else {
            valid.push((from, upcast.function.clone()));
        }
    }
    valid
}
