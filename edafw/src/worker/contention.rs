//! What to do where workers take messages from each other before anybody is done with them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use uuid::Uuid;

/// How often in a row a consumer has lost a message to another worker. Who loses waits before it takes the next
/// ones, longer and longer: otherwise workers whose leases are too short take the same messages from each other all
/// the time, and none of them gets anything done.
#[derive(Debug, Default)]
pub(crate) struct Contention {
    losses: AtomicU32,
}

impl Contention {
    const FIRST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(1);

    /// Notes that another worker has a message.
    pub(crate) fn lost(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a message was finished.
    pub(crate) fn kept(&self) {
        self.losses.store(0, Ordering::Relaxed);
    }

    /// Waits before the next messages are taken, if any was lost.
    pub(crate) async fn wait(&self) {
        let losses = self.losses.load(Ordering::Relaxed);
        if losses > 0 {
            // Some moment up to there: who waits for equally long meets again.
            let share = f64::from(Uuid::now_v7().as_u128() as u16) / f64::from(u16::MAX);
            tokio::time::sleep(Self::at_most(losses).mul_f64(share)).await;
        }
    }

    fn at_most(losses: u32) -> Duration {
        (Self::FIRST * 2_u32.saturating_pow(losses.min(10))).min(Self::LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::Contention;

    #[test]
    fn waits_longer_and_longer_up_to_a_bound() {
        let waits: Vec<u128> = (1..=8).map(|losses| Contention::at_most(losses).as_millis()).collect();
        assert_eq!(waits, [20, 40, 80, 160, 320, 640, 1_000, 1_000]);
        assert_eq!(Contention::at_most(u32::MAX), Contention::LONGEST);
    }
}
