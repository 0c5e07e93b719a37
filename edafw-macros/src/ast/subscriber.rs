//! `#[subscriber(..)]`

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{LitInt, LitStr, Path};

use super::choice::{AfterDeadLetter, From, Jitter, Layer, OnFailure, Ordering, Phase};
use super::entry::{Entry, Keys, Value, entries};
use super::value::At;
use crate::report::Report;

const KEYS: Keys = Keys {
    annotation: "#[subscriber(..)]",
    known: &[
        ("layer", "layer = internal"),
        ("phase", "phase = before_commit"),
        ("name", "name = \"record-device\""),
        ("formerly", "formerly = \"save-device\"` or `formerly = [\"save-device\", \"keep-device\"]"),
        ("retry", "retry(max_attempts = 8, backoff = \"1s..5m\", jitter = equal)"),
        (
            "on_failure",
            "on_failure = dead_letter`, `on_failure = ignore` or `on_failure = publish(OrderFailed)",
        ),
        ("after_dead_letter", "after_dead_letter = hold"),
        ("queue", "queue = \"mail\""),
        ("concurrency", "concurrency = 4"),
        ("ordering", "ordering = none"),
        ("order", "order = 10"),
        ("batch", "batch = 100"),
        ("share_commit", "share_commit = false"),
        ("from", "from = beginning"),
        ("crate", "crate = some::path::edafw"),
    ],
    elsewhere: &[
        ("event", "the event is the function's first argument, `event: &OrderPaid`"),
        ("max_attempts", "it belongs into `retry(max_attempts = 8)`"),
        ("backoff", "it belongs into `retry(backoff = \"1s..5m\")`"),
        ("jitter", "it belongs into `retry(jitter = full)`"),
        ("version", "the version is the event's; put it on the struct"),
    ],
};

const RETRY: Keys = Keys {
    annotation: "`retry(..)`",
    known: &[
        ("max_attempts", "max_attempts = 8"),
        ("backoff", "backoff = \"1s..5m\""),
        ("jitter", "jitter = full"),
    ],
    elsewhere: &[],
};

/// A subscriber's annotation as it is written.
#[derive(Default)]
pub(crate) struct SubscriberOptions {
    pub(crate) layer: Option<At<Layer>>,
    pub(crate) phase: Option<At<Phase>>,
    pub(crate) name: Option<LitStr>,
    pub(crate) formerly: Vec<LitStr>,
    pub(crate) retry: Retry,
    pub(crate) on_failure: Option<OnFailure>,
    pub(crate) after_dead_letter: Option<At<AfterDeadLetter>>,
    pub(crate) queue: Option<LitStr>,
    pub(crate) concurrency: Option<LitInt>,
    pub(crate) ordering: Option<At<Ordering>>,
    pub(crate) order: Option<i32>,
    pub(crate) batch: Option<LitInt>,
    pub(crate) share_commit: Option<bool>,
    pub(crate) from_beginning: bool,
    pub(crate) krate: Option<Path>,
    /// Every key that was written.
    pub(crate) given: Vec<Ident>,
}

/// `retry(..)`
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) max_attempts: Option<LitInt>,
    pub(crate) backoff: Option<LitStr>,
    pub(crate) jitter: Option<At<Jitter>>,
}

impl SubscriberOptions {
    /// Reads the annotation.
    pub(crate) fn read(tokens: TokenStream, report: &mut Report) -> Self {
        let mut options = Self::default();
        for entry in entries(tokens, &KEYS, report) {
            match entry.name.as_str() {
                "layer" => options.layer = entry.choice(report),
                "phase" => options.phase = entry.choice(report),
                "name" => options.name = entry.text(report),
                "formerly" => options.formerly = entry.texts(report),
                "retry" => options.retry = Retry::read(&entry, report),
                "on_failure" => options.on_failure = on_failure(&entry, report),
                "after_dead_letter" => options.after_dead_letter = entry.choice(report),
                "queue" => options.queue = entry.text(report),
                "concurrency" => options.concurrency = entry.integer(report),
                "ordering" => options.ordering = entry.choice(report),
                "order" => options.order = entry.signed(report),
                "batch" => options.batch = entry.integer(report),
                "share_commit" => options.share_commit = entry.boolean(report),
                "from" => options.from_beginning = entry.choice::<From>(report).is_some(),
                _ => options.krate = entry.path(report),
            }
            options.given.push(entry.key);
        }
        options
    }

    /// Whether the key was written, if only with a value that could not be read.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given.unraw() == key)
    }
}

impl Retry {
    fn read(entry: &Entry, report: &mut Report) -> Self {
        let mut retry = Self::default();
        let Value::List(tokens) = &entry.value else {
            report.at(entry.key.span(), format!("expected `{}`", entry.example));
            return retry;
        };
        for entry in entries(tokens.clone(), &RETRY, report) {
            match entry.name.as_str() {
                "max_attempts" => retry.max_attempts = entry.integer(report),
                "backoff" => retry.backoff = entry.text(report),
                _ => retry.jitter = entry.choice(report),
            }
        }
        retry
    }
}

fn on_failure(entry: &Entry, report: &mut Report) -> Option<OnFailure> {
    let read = |input: ParseStream<'_>| {
        let word = input.call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "dead_letter" => Ok(OnFailure::DeadLetter),
            "ignore" => Ok(OnFailure::Ignore),
            "publish" => {
                let inner;
                syn::parenthesized!(inner in input);
                Ok(OnFailure::Publish(inner.call(Path::parse_mod_style)?))
            }
            _ => Err(syn::Error::new(word.span(), "unknown")),
        }
    };
    entry.assigned(read, report)
}
