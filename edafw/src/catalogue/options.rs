//! A subscriber's options as they are printed.

use std::time::Duration;

use edafw_core::{AfterDeadLetter, Jitter, Layer, OnFailure, Ordering, RetryPolicy};
use serde::Serialize;

use crate::registry::SubscriberOptions;

/// The options of a subscriber, under the names that its annotation has for them. What does not apply to its
/// layer is left out.
#[derive(Debug, Serialize)]
pub(crate) struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<Retry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_failure: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_dead_letter: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordering: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_commit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Retry {
    max_attempts: u32,
    backoff: String,
    jitter: &'static str,
}

impl Options {
    pub(crate) fn of(options: &SubscriberOptions, layer: Layer) -> Self {
        if layer == Layer::Application {
            return Self {
                order: Some(options.order),
                retry: None,
                on_failure: None,
                after_dead_letter: None,
                ordering: None,
                concurrency: None,
                batch: None,
                share_commit: None,
                from: None,
            };
        }
        Self {
            order: None,
            retry: Some(Retry::of(&options.retry)),
            on_failure: Some(match options.on_failure {
                OnFailure::DeadLetter => "dead_letter",
                OnFailure::Ignore => "ignore",
                OnFailure::Publish => "publish",
            }),
            after_dead_letter: (options.on_failure == OnFailure::DeadLetter).then_some(
                match options.after_dead_letter {
                    AfterDeadLetter::Continue => "continue",
                    AfterDeadLetter::Hold => "hold",
                },
            ),
            ordering: Some(match options.ordering {
                Ordering::Key => "key",
                Ordering::None => "none",
            }),
            concurrency: options.concurrency.map(std::num::NonZeroU32::get),
            batch: options.batch.map(std::num::NonZeroU32::get),
            share_commit: Some(shares(options)),
            from: Some(if options.from_beginning { "beginning" } else { "registration" }),
        }
    }

    /// What differs from the defaults, in the annotation's spelling; empty where nothing does.
    pub(crate) fn deviations(&self) -> String {
        let mut words = Vec::new();
        if let Some(order) = self.order.filter(|&order| order != 0) {
            words.push(format!("order = {order}"));
        }
        if let Some(retry) = &self.retry {
            words.extend(retry.deviation());
        }
        let texts = [
            ("on_failure", self.on_failure, "dead_letter"),
            ("after_dead_letter", self.after_dead_letter, "continue"),
            ("ordering", self.ordering, "key"),
            ("from", self.from, "registration"),
        ];
        words.extend(texts.into_iter().filter_map(|(name, value, default)| {
            value.filter(|&value| value != default).map(|value| format!("{name} = {value}"))
        }));
        let numbers = [("concurrency", self.concurrency), ("batch", self.batch)];
        words.extend(
            numbers.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name} = {value}"))),
        );
        words.join(", ")
    }

    /// Whether its deliveries keep the order of their keys.
    pub(crate) fn ordering(&self) -> Ordering {
        if self.ordering == Some("none") { Ordering::None } else { Ordering::Key }
    }

    /// How often and how soon a failed attempt is made again; `None` for a subscriber without retries.
    pub(crate) fn retries(&self) -> Option<String> {
        let Retry { max_attempts, backoff, .. } = self.retry.as_ref()?;
        Some(match max_attempts {
            1 => "one attempt".to_owned(),
            attempts => format!("{attempts} attempts, {backoff} apart"),
        })
    }

    /// What happens when the attempts are over.
    pub(crate) fn failure(&self) -> Option<&'static str> {
        Some(match (self.on_failure?, self.after_dead_letter) {
            ("ignore", _) => "given up, with a trace and a metric",
            ("publish", _) => "a failure event is published",
            (_, Some("hold")) => {
                "kept as a dead letter; later events of its key wait until it is retried or discarded"
            }
            _ => "kept as a dead letter; later events of its key flow on",
        })
    }
}

impl Retry {
    fn of(policy: &RetryPolicy) -> Self {
        let (first, most) = (duration(policy.backoff.first), duration(policy.backoff.most));
        Self {
            max_attempts: policy.max_attempts.get(),
            backoff: if first == most { first } else { format!("{first}..{most}") },
            jitter: match policy.jitter {
                Jitter::None => "none",
                Jitter::Equal => "equal",
                Jitter::Full => "full",
            },
        }
    }

    fn deviation(&self) -> Option<String> {
        let default = Self::of(&RetryPolicy::DEFAULT);
        let mut words = Vec::new();
        if self.max_attempts != default.max_attempts {
            words.push(format!("max_attempts = {}", self.max_attempts));
        }
        if self.backoff != default.backoff {
            words.push(format!("backoff = \"{}\"", self.backoff));
        }
        if self.jitter != default.jitter {
            words.push(format!("jitter = {}", self.jitter));
        }
        (!words.is_empty()).then(|| format!("retry({})", words.join(", ")))
    }
}

/// Whether deliveries share commits: what is said, or the default for subscribers that only write.
fn shares(options: &SubscriberOptions) -> bool {
    options.share_commit.unwrap_or(options.writes_only || options.batch.is_some())
}

/// A duration in the annotation's spelling: the largest unit that needs no fraction.
pub(crate) fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    match units.into_iter().find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}
