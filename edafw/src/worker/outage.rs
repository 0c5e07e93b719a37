//! What to do while a database or a transport is away: wait longer and longer, and say so once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use edafw_core::{Error, Result};

/// Something that was tried and failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: Error,
    /// When the try began.
    began: Instant,
}

/// Tries something that a database or a transport that is away lets fail.
pub(crate) async fn attempt<T>(work: impl Future<Output = Result<T>>) -> Result<T, Failed> {
    let began = Instant::now();
    work.await.map_err(|error| Failed { error, began })
}

/// Which loops of a worker cannot go on at the moment. One log line when the first of them stops, one when
/// all of them work again.
#[derive(Debug)]
pub(crate) struct Outage<T> {
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    since: Option<Instant>,
    /// When the last one was over.
    over: Option<Instant>,
    /// Failures in a row, by loop.
    failing: HashMap<T, u32>,
}

impl<T: Eq + Hash + Copy> Outage<T> {
    const LONGEST: Duration = Duration::from_secs(5);

    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { since: None, over: None, failing: HashMap::new() }) }
    }

    /// Notes that a loop failed, and answers how long it should wait.
    ///
    /// What began before an outage was over, and failed after it, was part of that outage and opens no new one.
    pub(crate) fn failed(&self, task: T, Failed { error, began }: &Failed) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.since.is_none() && state.over.is_none_or(|over| *began >= over) {
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
            state.over = Some(Instant::now());
            tracing::info!(seconds = since.elapsed().as_secs(), "works again");
        }
    }
}

#[cfg(test)]
mod tests {
    use edafw_core::{Error, ErrorKind};

    use super::*;

    fn failed_since(began: Instant) -> Failed {
        Failed { error: Error::new(ErrorKind::Unavailable, "away"), began }
    }

    fn failed_now() -> Failed {
        failed_since(Instant::now())
    }

    fn is_on<T>(outage: &Outage<T>) -> bool {
        outage.state.lock().unwrap().since.is_some()
    }

    #[test]
    fn waits_longer_and_longer_up_to_a_bound() {
        let outage = Outage::new();
        let waits: Vec<u128> = (0..9).map(|_| outage.failed("relay", &failed_now()).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        outage.worked("relay");
        assert_eq!(outage.failed("relay", &failed_now()).as_millis(), 100);
    }

    #[test]
    fn a_loop_that_never_failed_does_not_end_an_outage() {
        let outage = Outage::new();
        outage.failed("relay", &failed_now());
        outage.worked("recorder");
        assert!(is_on(&outage));
        outage.worked("relay");
        assert!(!is_on(&outage));
    }

    #[test]
    fn a_straggler_opens_no_new_outage() {
        let outage = Outage::new();
        let during = Instant::now();
        outage.failed("relay", &failed_now());
        outage.worked("relay");
        outage.failed("recorder", &failed_since(during));
        assert!(!is_on(&outage), "it began while the outage lasted");
        assert_eq!(outage.failing(), ["recorder"], "and cannot go on yet");
        outage.failed("recorder", &failed_now());
        assert!(is_on(&outage), "it has tried once more since then");
        outage.worked("recorder");
        assert!(!is_on(&outage));
    }

    #[tokio::test]
    async fn a_try_begins_before_it_fails() {
        let before = Instant::now();
        let mut tried = before;
        let failed = attempt(async {
            tried = Instant::now();
            Err::<(), _>(Error::new(ErrorKind::Unavailable, "away"))
        })
        .await
        .unwrap_err();
        assert!((before..=tried).contains(&failed.began));
        assert_eq!(attempt(async { Ok(1) }).await.unwrap(), 1);
    }
}
