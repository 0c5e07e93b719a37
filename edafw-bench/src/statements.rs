//! Counting what is sent to the driver, and how long it takes there.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span, subscriber};

static SENT: AtomicU64 = AtomicU64::new(0);
static BY_TEXT: Mutex<Option<HashMap<String, Spent>>> = Mutex::new(None);

/// What one statement took, over all its runs.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    runs: u64,
    seconds: f64,
}

/// Statements that the driver ran since [`count`] was first called. One `execute` or `fetch` is one round trip,
/// whatever the number of statements in its text.
pub fn sent() -> u64 {
    SENT.load(Ordering::Relaxed)
}

/// Begins to count, for as long as the process lives.
#[expect(clippy::missing_panics_doc, reason = "nobody else subscribes in this program")]
pub fn count() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        subscriber::set_global_default(Counter).expect("nobody else subscribes in this program");
    });
}

/// Begins to count, and to add up the time of each statement.
pub fn profile() {
    count();
    *BY_TEXT.lock().unwrap_or_else(PoisonError::into_inner) = Some(HashMap::new());
}

/// The statements by the time they took, the longest first: seconds, runs, and how each begins.
pub fn profiled() -> Vec<String> {
    let by_text = BY_TEXT.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    let mut spent: Vec<(String, Spent)> = by_text.into_iter().collect();
    spent.sort_by(|(_, one), (_, other)| other.seconds.total_cmp(&one.seconds));
    spent
        .into_iter()
        .map(|(text, Spent { runs, seconds })| format!("{seconds:8.3} s {runs:8}  {text}"))
        .collect()
}

/// Sees the driver's query log, and nothing else.
struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query" && *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        SENT.fetch_add(1, Ordering::Relaxed);
        if let Some(by_text) = &mut *BY_TEXT.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut seen = Seen::default();
            event.record(&mut seen);
            let spent = by_text.entry(seen.beginning()).or_default();
            spent.runs += 1;
            spent.seconds += seen.seconds;
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The fields of the log that matter here.
#[derive(Default)]
struct Seen {
    summary: String,
    statement: String,
    seconds: f64,
}

impl Seen {
    fn beginning(&self) -> String {
        let text = if self.statement.is_empty() { &self.summary } else { &self.statement };
        let words: Vec<&str> = text.split_whitespace().take(14).collect();
        words.join(" ")
    }
}

impl Visit for Seen {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.seconds = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
