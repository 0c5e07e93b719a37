//! Where the time comes from: an argument, so that tests decide it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time of day.
///
/// Leases, retries and retention compare against this clock, or against the database server's where it
/// does not [replace](Self::replaces_database_clock) that, and against nothing else; so a test which holds a
/// [`ManualClock`] decides when a lease ends without waiting for it.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// The present moment.
    fn now(&self) -> SystemTime;

    /// Whether this clock stands in for the database's own.
    ///
    /// Leases that several machines share are measured by the one clock that they have in common: that of the
    /// database server. A test's clock replaces it; the machine's does not. A database in a file is on this
    /// machine and has no other clock than this one.
    fn replaces_database_clock(&self) -> bool;

    /// The present moment in milliseconds since the Unix epoch, the resolution of everything stored.
    fn now_millis(&self) -> i64 {
        to_millis(self.now())
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn replaces_database_clock(&self) -> bool {
        false
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock {
    millis: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`, cut to whole milliseconds.
    pub fn new(start: SystemTime) -> Self {
        Self { millis: AtomicI64::new(to_millis(start)) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }

    /// Sets the clock to `to` unless it is past that already: this clock never goes back.
    pub fn advance_to(&self, to: SystemTime) {
        self.millis.fetch_max(to_millis(to), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// Starts at 2030-01-01T00:00:00Z: a moment that no machine clock shows by accident.
    fn default() -> Self {
        Self { millis: AtomicI64::new(1_893_456_000_000) }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn replaces_database_clock(&self) -> bool {
        true
    }
}

/// Milliseconds since the Unix epoch; negative before it.
pub fn to_millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}

/// The moment that lies `millis` milliseconds after the Unix epoch, or before it if negative.
pub fn from_millis(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis >= 0 { UNIX_EPOCH + distance } else { UNIX_EPOCH - distance }
}
