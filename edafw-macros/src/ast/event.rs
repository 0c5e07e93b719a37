//! `#[domain_event(..)]` and `#[external_event(..)]`.

use proc_macro2::{Span, TokenStream};
use syn::{LitInt, LitStr, Member, Path};

use super::entry::{Keys, entries};
use crate::report::Report;

/// The keys of a domain event.
pub(crate) const DOMAIN_EVENT: Keys = Keys {
    annotation: "#[domain_event(..)]",
    known: &[
        ("name", "name = \"order.paid\""),
        ("key", "key = order_no` or `key = (tenant, order_no)"),
        ("version", "version = 2"),
        ("formerly", "formerly = \"order.settled\"` or `formerly = [\"order.settled\", \"order.done\"]"),
        ("idempotency_key", "idempotency_key = order_no` or `idempotency_key = (tenant, order_no)"),
        ("upcast", "upcast(1 = from_v1)"),
        ("crate", "crate = some::path::edafw"),
    ],
    elsewhere: &[
        ("source", "the source of a domain event is the service that `edafw::service!` names"),
        ("of", "a contract made of a domain event is an `#[external_event(.., of = OrderPaid)]`"),
        ("zero_payload", "only an `#[external_event(..)]` limits its payload"),
    ],
};

/// The keys of an external event.
pub(crate) const EXTERNAL_EVENT: Keys = Keys {
    annotation: "#[external_event(..)]",
    known: &[
        ("name", "name = \"order.paid\""),
        ("version", "version = 1"),
        ("of", "of = OrderPaid"),
        ("source", "source = \"order\""),
        ("key", "key = order_no` or `key = (tenant, order_no)"),
        ("zero_payload", "zero_payload"),
        ("formerly", "formerly = \"order.settled\"` or `formerly = [\"order.settled\", \"order.done\"]"),
        ("upcast", "upcast(1 = from_v1)"),
        ("crate", "crate = some::path::edafw"),
    ],
    elsewhere: &[(
        "idempotency_key",
        "an external event is derived from its domain event, once for each; put the key there",
    )],
};

/// An event's annotation as it is written.
#[derive(Default)]
pub(crate) struct EventOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) formerly: Vec<LitStr>,
    pub(crate) key: Option<Vec<Member>>,
    pub(crate) idempotency_key: Option<Vec<Member>>,
    pub(crate) upcast: Vec<Upcast>,
    pub(crate) of: Option<Path>,
    pub(crate) source: Option<LitStr>,
    pub(crate) zero_payload: Option<Span>,
    pub(crate) krate: Option<Path>,
    /// Keys that were written, also with a value that could not be read.
    given: Vec<String>,
}

/// `1 = from_v1`
pub(crate) struct Upcast {
    pub(crate) version: LitInt,
    pub(crate) function: Path,
}

impl EventOptions {
    /// Reads the annotation.
    pub(crate) fn read(tokens: TokenStream, keys: &Keys, report: &mut Report) -> Self {
        let mut options = Self::default();
        for entry in entries(tokens, keys, report) {
            match entry.name.as_str() {
                "name" => options.name = entry.text(report),
                "version" => options.version = entry.integer(report),
                "formerly" => options.formerly = entry.texts(report),
                "key" => options.key = entry.members(report),
                "idempotency_key" => options.idempotency_key = entry.members(report),
                "upcast" => {
                    options.upcast = entry
                        .numbered_paths(report)
                        .into_iter()
                        .map(|(version, function)| Upcast { version, function })
                        .collect();
                }
                "of" => options.of = entry.path(report),
                "source" => options.source = entry.text(report),
                "zero_payload" => options.zero_payload = entry.flag(report),
                _ => options.krate = entry.path(report),
            }
            options.given.push(entry.name);
        }
        options
    }

    /// Whether the key was written, if only with a value that could not be read.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }
}
