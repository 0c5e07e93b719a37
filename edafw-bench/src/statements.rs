//! Counting what is sent to the driver.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{Event, Level, Metadata, Subscriber, span, subscriber};

static SENT: AtomicU64 = AtomicU64::new(0);

/// Statements that the driver ran since [`count`] was first called. One `execute` or `fetch` is one round trip,
/// whatever the number of statements in its text.
pub fn sent() -> u64 {
    SENT.load(Ordering::Relaxed)
}

/// Begins to count, for as long as the process lives.
pub fn count() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        subscriber::set_global_default(Counter).expect("nobody else subscribes in this program");
    });
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

    fn event(&self, _: &Event<'_>) {
        SENT.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
