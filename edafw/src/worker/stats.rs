//! What became of deliveries, counted per subscriber.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts of one subscriber since the worker was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct DeliveryStats {
    /// Deliveries whose effect took place.
    pub handled: u64,
    /// Deliveries that were recognised as handled before.
    pub duplicates: u64,
    /// Attempts that failed and will be made again.
    pub retries: u64,
    /// Deliveries that became dead letters.
    pub dead_letters: u64,
    /// Deliveries given up by `on_failure = ignore` or `publish(..)`.
    pub given_up: u64,
    /// Commits, each shared by one or more deliveries.
    pub commits: u64,
}

/// The counters behind [`DeliveryStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) handled: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) retries: AtomicU64,
    pub(crate) dead_letters: AtomicU64,
    pub(crate) given_up: AtomicU64,
    pub(crate) commits: AtomicU64,
}

impl Counters {
    fn read(&self) -> DeliveryStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DeliveryStats {
            handled: read(&self.handled),
            duplicates: read(&self.duplicates),
            retries: read(&self.retries),
            dead_letters: read(&self.dead_letters),
            given_up: read(&self.given_up),
            commits: read(&self.commits),
        }
    }
}

/// The counters of all subscribers of a worker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stats {
    by_subscriber: Arc<Mutex<BTreeMap<Arc<str>, Arc<Counters>>>>,
}

impl Stats {
    pub(crate) fn counters(&self, subscriber: &Arc<str>) -> Arc<Counters> {
        let mut all = self.by_subscriber.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(Arc::clone(subscriber)).or_default())
    }

    pub(crate) fn read(&self) -> BTreeMap<String, DeliveryStats> {
        let all = self.by_subscriber.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(name, counters)| (name.to_string(), counters.read())).collect()
    }
}

/// Adds to a counter, and to the metric of that outcome.
pub(crate) fn count(counter: &AtomicU64, subscriber: &str, outcome: &'static str, by: usize) {
    if by > 0 {
        counter.fetch_add(by as u64, Ordering::Relaxed);
        let subscriber = subscriber.to_owned();
        metrics::counter!("edafw_deliveries_total", "subscriber" => subscriber, "outcome" => outcome)
            .increment(by as u64);
    }
}
