//! How often and how soon a failed delivery is tried again.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often a subscriber tries an event before it gives up, and how long it waits in between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. Default 10.
    pub max_attempts: NonZeroU32,
    /// The waits between attempts. Default `1s..5m`.
    pub backoff: Backoff,
    /// How much of a wait is left to chance. Default [`Jitter::Equal`].
    pub jitter: Jitter,
}

impl RetryPolicy {
    /// The policy of a subscriber that names none: 10 attempts, `1s..5m`, equal jitter.
    pub const DEFAULT: Self = Self {
        max_attempts: NonZeroU32::new(10).unwrap(),
        backoff: Backoff { first: Duration::from_secs(1), most: Duration::from_mins(5) },
        jitter: Jitter::Equal,
    };

    /// How long to wait after attempt number `attempt` (counted from 1) failed; `chance` lies in 0..=1.
    ///
    /// The wait doubles from the backoff's first value up to its last; equal jitter takes half of it for
    /// certain and a random part of the other half (AWS Architecture Blog, "Exponential Backoff And
    /// Jitter", 2015).
    pub fn delay(&self, attempt: u32, chance: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(32);
        let wait = self.backoff.first.saturating_mul(1_u32 << doublings.min(31)).min(self.backoff.most);
        match self.jitter {
            Jitter::None => wait,
            Jitter::Equal => wait / 2 + (wait / 2).mul_f64(chance.clamp(0.0, 1.0)),
            Jitter::Full => wait.mul_f64(chance.clamp(0.0, 1.0)),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How much of a wait is left to chance, so that what failed together is not tried again together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jitter {
    /// Exactly the computed wait.
    None,
    /// Between half of the wait and all of it.
    #[default]
    Equal,
    /// Between nothing and all of it.
    Full,
}

/// Waits that double from `first` up to `most`, written `1s..5m`; a single value is a constant wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failed attempt.
    pub first: Duration,
    /// No wait is longer.
    pub most: Duration,
}

/// A backoff that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a backoff: write a range such as `1s..5m` or one wait such as `30s`, in ms, s, m, h or d"
)]
pub struct InvalidBackoff {
    text: String,
}

impl std::str::FromStr for Backoff {
    type Err = InvalidBackoff;

    fn from_str(text: &str) -> Result<Self, InvalidBackoff> {
        let invalid = || InvalidBackoff { text: text.to_owned() };
        let (first, most) = text.split_once("..").unwrap_or((text, text));
        let first = duration(first).ok_or_else(invalid)?;
        let most = duration(most).ok_or_else(invalid)?;
        if most < first { Err(invalid()) } else { Ok(Self { first, most }) }
    }
}

/// Reads `250ms`, `30s`, `5m`, `2h` or `7d`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let amount: u64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(amount.checked_mul(unit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_most() {
        let policy =
            RetryPolicy { backoff: "1s..5m".parse().unwrap(), jitter: Jitter::None, ..RetryPolicy::DEFAULT };
        let waits: Vec<u64> = [1, 2, 3, 9, 10, 4_000_000].map(|n| policy.delay(n, 0.5).as_secs()).into();
        assert_eq!(waits, [1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn jitter_stays_in_its_range() {
        let mut policy = RetryPolicy { backoff: "10s".parse().unwrap(), ..RetryPolicy::DEFAULT };
        assert_eq!(policy.delay(1, 0.0), Duration::from_secs(5));
        assert_eq!(policy.delay(1, 1.0), Duration::from_secs(10));
        policy.jitter = Jitter::Full;
        assert_eq!(policy.delay(1, 0.0), Duration::ZERO);
    }

    #[test]
    fn refuses_what_is_not_a_backoff() {
        for text in ["", "5", "s", "5 minutes", "5m..1s", "1s...5m", "-1s"] {
            assert!(text.parse::<Backoff>().is_err(), "{text}");
        }
    }
}
