//! What to do while a database or a transport is away: wait longer and longer, and say so once.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use edafw_core::Error;

/// Shared by everything in a process that talks to the same places.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    state: Mutex<Option<Since>>,
}

#[derive(Debug)]
struct Since {
    started: Instant,
    failures: u32,
}

impl Outage {
    const LONGEST: Duration = Duration::from_secs(5);

    /// Notes a failure, and answers how long to wait before trying again. Logs the first failure only.
    pub(crate) fn failed(&self, error: &Error) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.get_or_insert_with(|| {
            tracing::error!(error = error.chain(), "cannot go on; trying again until it works");
            Since { started: Instant::now(), failures: 0 }
        });
        since.failures += 1;
        (Duration::from_millis(50) * 2_u32.saturating_pow(since.failures.min(10))).min(Self::LONGEST)
    }

    /// Notes that something worked. Logs the end of an outage.
    pub(crate) fn worked(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = state.take() {
            let seconds = since.started.elapsed().as_secs();
            tracing::info!(seconds, failures = since.failures, "works again");
        }
    }
}
