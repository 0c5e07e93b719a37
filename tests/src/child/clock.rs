//! A machine whose clock is wrong.

use std::time::{Duration, SystemTime};

use edafw_core::{Clock, SystemClock};

/// The machine's clock, wrong by some time.
#[derive(Debug)]
pub(super) struct Skewed {
    pub(super) millis: i64,
}

impl Clock for Skewed {
    fn now(&self) -> SystemTime {
        let by = Duration::from_millis(self.millis.unsigned_abs());
        if self.millis < 0 { SystemClock.now() - by } else { SystemClock.now() + by }
    }

    fn replaces_database_clock(&self) -> bool {
        false
    }
}
