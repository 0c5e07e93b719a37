//! Moments that nobody chose.

use std::time::Duration;

use crate::Process;

/// Numbers that differ, the same ones in every run.
#[derive(Debug)]
pub struct Moments(u64);

impl Moments {
    /// The moments of a seed.
    pub fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ seed)
    }

    fn next(&mut self, most: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(20 + self.0 % most)
    }

    /// Kills a process at some moment, and starts the one that takes its place.
    pub fn replace(&mut self, process: &mut Process, start: impl Fn() -> Process) {
        let next =
            |old: Process| if old.ends_within(Duration::ZERO) { drop(old.succeeds()) } else { old.kill() };
        process.ends_within(self.next(250));
        next(std::mem::replace(process, start()));
    }
}
