//! What to do while a database or a transport is away: wait longer and longer, and say so once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use edafw_core::Error;

/// Which loops of a worker cannot go on at the moment. One log line when the first of them stops, one when
/// all of them work again.
#[derive(Debug)]
pub(crate) struct Outage<T> {
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    since: Option<Instant>,
    /// Failures in a row, by loop.
    failing: HashMap<T, u32>,
}

impl<T: Eq + Hash + Copy> Outage<T> {
    const LONGEST: Duration = Duration::from_secs(5);

    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { since: None, failing: HashMap::new() }) }
    }

    /// Notes that a loop failed, and answers how long it should wait.
    pub(crate) fn failed(&self, task: T, error: &Error) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.since.is_none() {
            state.since = Some(Instant::now());
            tracing::error!(error = error.chain(), "cannot go on; trying again until it works");
        } else {
            tracing::debug!(error = error.chain(), "still cannot go on");
        }
        let failures = state.failing.entry(task).or_default();
        *failures += 1;
        (Duration::from_millis(50) * 2_u32.saturating_pow((*failures).min(10))).min(Self::LONGEST)
    }

    /// The loops that cannot go on at the moment.
    pub(crate) fn failing(&self) -> Vec<T> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failing.keys().copied().collect()
    }

    /// Notes that a loop works.
    pub(crate) fn worked(&self, task: T) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failing.remove(&task).is_some()
            && state.failing.is_empty()
            && let Some(since) = state.since.take()
        {
            tracing::info!(seconds = since.elapsed().as_secs(), "works again");
        }
    }
}

#[cfg(test)]
mod tests {
    use edafw_core::{Error, ErrorKind};

    use super::Outage;

    #[test]
    fn waits_longer_and_longer_up_to_a_bound() {
        let outage = Outage::new();
        let error = Error::new(ErrorKind::Unavailable, "away");
        let waits: Vec<u128> = (0..9).map(|_| outage.failed("relay", &error).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        outage.worked("relay");
        assert_eq!(outage.failed("relay", &error).as_millis(), 100);
    }

    #[test]
    fn a_loop_that_never_failed_does_not_end_an_outage() {
        let outage = Outage::new();
        outage.failed("relay", &Error::new(ErrorKind::Unavailable, "away"));
        outage.worked("recorder");
        assert!(outage.state.lock().unwrap().since.is_some());
        outage.worked("relay");
        assert!(outage.state.lock().unwrap().since.is_none());
    }
}
