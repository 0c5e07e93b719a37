//! What the worker and its database count, as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edafw_core::{Backend, DeadLetterFilter, DeliveryStore, EventStore, Result};
use tokio::sync::Mutex;

use crate::Worker;

/// How old may be what needs a look at every row.
const COUNTED_EVERY: Duration = Duration::from_mins(1);

/// Dead letters counted, at most.
const MOST_DEAD_LETTERS: usize = 10_000;

/// Renders the metrics of one worker.
pub(super) struct Metrics<B: Backend> {
    worker: Arc<Worker<B>>,
    counted: Mutex<Option<(Instant, String)>>,
}

impl<B: Backend> Metrics<B> {
    pub(super) fn new(worker: Arc<Worker<B>>) -> Self {
        Self { worker, counted: Mutex::default() }
    }

    pub(super) fn worker(&self) -> &Worker<B> {
        &self.worker
    }

    pub(super) async fn render(&self) -> Result<String> {
        let mut page = Page::default();
        page.metric(
            "edafw_deliveries_total",
            "counter",
            "Deliveries of this worker, by what became of them.",
        );
        for (subscriber, stats) in self.worker.stats() {
            let outcomes = [
                ("handled", stats.handled),
                ("duplicate", stats.duplicates),
                ("retry", stats.retries),
                ("dead_letter", stats.dead_letters),
                ("given_up", stats.given_up),
                ("commit", stats.commits),
            ];
            for (outcome, count) in outcomes {
                page.value(&[("subscriber", &subscriber), ("outcome", outcome)], count);
            }
        }
        page.metric("edafw_failing_loops", "gauge", "Loops of this worker that cannot go on at the moment.");
        page.value(&[], self.worker.failing().len() as u64);
        self.queues(&mut page).await?;
        page.text.push_str(&self.counted().await?);
        Ok(page.text)
    }

    async fn queues(&self, page: &mut Page) -> Result<()> {
        let app = self.worker.app();
        page.metric(
            "edafw_queue_messages",
            "gauge",
            "Messages in a queue, leased and delayed ones included.",
        );
        for (transport, channels) in app.transports() {
            let Some(depth) = transport.queue_depth() else { continue };
            for queue in app.registry().topology(&channels).queues {
                page.value(&[("queue", &queue.name)], depth.depth(&queue.name).await?);
            }
        }
        Ok(())
    }

    /// What needs a look at every row, not looked at for every scrape.
    async fn counted(&self) -> Result<String> {
        let mut counted = self.counted.lock().await;
        if let Some((at, text)) = &*counted
            && at.elapsed() < COUNTED_EVERY
        {
            return Ok(text.clone());
        }
        let text = self.count().await?;
        *counted = Some((Instant::now(), text.clone()));
        Ok(text)
    }

    async fn count(&self) -> Result<String> {
        let app = self.worker.app();
        let counts = app.store().counts().await?;
        let mut page = Page::default();
        page.metric("edafw_events", "gauge", "Events of the database that have come at least this far.");
        for (state, count) in
            [("stored", counts.stored), ("sent", counts.sent), ("published", counts.published)]
        {
            page.value(&[("state", state)], count);
        }
        page.metric("edafw_exhausted_events", "gauge", "Events that the republisher has given up.");
        page.value(&[], counts.exhausted);
        page.metric(
            "edafw_oldest_unpublished_seconds",
            "gauge",
            "Age of the oldest event that is not published.",
        );
        let age = counts.oldest_unpublished.and_then(|at| app.clock().now().duration_since(at).ok());
        page.value(&[], age.unwrap_or_default().as_secs());
        let filter = DeadLetterFilter { limit: Some(MOST_DEAD_LETTERS), ..DeadLetterFilter::default() };
        let mut dead: BTreeMap<String, u64> =
            app.registry().workers().iter().map(|one| (one.name.to_string(), 0)).collect();
        for letter in app.store().dead_letters(&filter).await? {
            *dead.entry(letter.letter.entry.subscriber.to_string()).or_default() += 1;
        }
        page.metric(
            "edafw_dead_letters",
            "gauge",
            "Dead letters of a subscriber; 10000 are counted at most.",
        );
        for (subscriber, count) in dead {
            page.value(&[("subscriber", &subscriber)], count);
        }
        Ok(page.text)
    }
}

/// Prometheus' text format, version 0.0.4.
#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn metric(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, labels: &[(&str, &str)], value: u64) {
        // Names hold neither quotes nor backslashes: what is stored is checked where it is declared.
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{}{labels} {value}", self.name);
    }
}
