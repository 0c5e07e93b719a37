//! Failing on purpose, so that one can watch retries leave no trace in the data.

use edafw::Delivery;

/// Makes handlers fail at a given rate, the same ones in every run with the same seed.
///
/// An attempt fails where `fraction < rate`. The fraction lies in 0 to 1 and is made of the seed, the
/// subscriber's name, the event's idempotency key and the number of the attempt, and of nothing else:
///
/// 1. The 64-bit FNV-1a hash of the bytes `SEED/SUBSCRIBER/KEY/ATTEMPT`, numbers in decimal.
/// 2. Its bits mixed by the finaliser of splitmix64, because FNV-1a spreads the last bytes badly.
/// 3. The upper 53 bits, divided by 2^53.
///
/// A handler asks at its end, when it has written everything: a failed attempt has something to undo.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Failures {
    rate: f64,
    seed: u64,
}

/// The failure that a handler was told to answer with.
#[derive(Debug)]
pub struct OnPurpose;

/// A rate or a seed that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFailures(String);

impl Failures {
    /// Failures at `rate`, from 0 (never) to 1 (always).
    ///
    /// # Errors
    /// The rate is outside of 0 to 1.
    pub fn new(rate: f64, seed: u64) -> Result<Self, InvalidFailures> {
        if (0.0..=1.0).contains(&rate) {
            Ok(Self { rate, seed })
        } else {
            Err(InvalidFailures(format!("the fail rate is {rate}; it lies between 0 (never) and 1 (always)")))
        }
    }

    /// What `PERMITS_FAIL_RATE` and `PERMITS_SEED` say; never, where they say nothing.
    ///
    /// # Errors
    /// One of them is not a number, or the rate is outside of 0 to 1.
    pub fn from_env() -> Result<Self, InvalidFailures> {
        let rate = number("PERMITS_FAIL_RATE", "a number between 0 and 1, such as 0.2")?;
        let seed = number("PERMITS_SEED", "a whole number from 0")?;
        Self::new(rate.unwrap_or(0.0), seed.unwrap_or(0))
    }

    /// The share of attempts that fail.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// What chooses them.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Fails if this attempt is one that should.
    ///
    /// # Errors
    /// [`OnPurpose`], where it should.
    pub fn check(&self, delivery: &Delivery, idempotency_key: &str) -> Result<(), OnPurpose> {
        if self.strikes(&delivery.subscriber, idempotency_key, delivery.attempt) {
            Err(OnPurpose)
        } else {
            Ok(())
        }
    }

    fn strikes(&self, subscriber: &str, idempotency_key: &str, attempt: u32) -> bool {
        let seed = self.seed;
        fraction(&format!("{seed}/{subscriber}/{idempotency_key}/{attempt}")) < self.rate
    }
}

/// A number in 0 to 1, 1 excluded, made of a text.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds exactly")]
fn fraction(text: &str) -> f64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let mixed = mixed ^ (mixed >> 31);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

fn number<T: std::str::FromStr>(variable: &str, expected: &str) -> Result<Option<T>, InvalidFailures> {
    match std::env::var(variable) {
        Err(std::env::VarError::NotPresent) => Ok(None),
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => text
            .parse()
            .map(Some)
            .map_err(|_| InvalidFailures(format!("{variable} is `{text}`, not {expected}"))),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(InvalidFailures(format!("{variable} is not {expected}")))
        }
    }
}

impl std::fmt::Display for OnPurpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed on purpose")
    }
}

impl std::error::Error for OnPurpose {}

impl std::fmt::Display for InvalidFailures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidFailures {}

#[cfg(test)]
mod tests {
    use super::{Failures, fraction};

    #[test]
    fn the_rule_is_stable() {
        let known = ["", "7/workload/key/1", "7/workload/key/2"].map(|text| (fraction(text) * 1e6) as u64);
        assert_eq!(known, [957_673, 140_098, 451_268]);
    }

    #[test]
    fn attempts_fail_at_the_given_rate_and_independently() {
        let failures = Failures::new(0.2, 7).unwrap();
        let strikes = |attempt| {
            (0..10_000).filter(|key| failures.strikes("workload", &key.to_string(), attempt)).count()
        };
        for attempt in 1..=5 {
            let failed = strikes(attempt);
            assert!((1_850..2_150).contains(&failed), "{failed} of 10,000 in attempt {attempt}");
        }
        let twice = (0..10_000)
            .map(|key| key.to_string())
            .filter(|key| failures.strikes("workload", key, 1) && failures.strikes("workload", key, 2))
            .count();
        assert!((300..500).contains(&twice), "{twice} of 10,000 failed twice");
    }

    #[test]
    fn never_and_always_mean_that() {
        let strikes = |rate| {
            (0..1_000).filter(|key| Failures::new(rate, 1).unwrap().strikes("s", &key.to_string(), 1)).count()
        };
        assert_eq!((strikes(0.0), strikes(1.0)), (0, 1_000));
    }

    #[test]
    fn a_rate_lies_between_never_and_always() {
        for rate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = Failures::new(rate, 0).unwrap_err().to_string();
            assert!(error.contains("between 0 (never) and 1 (always)"), "{error}");
        }
    }
}
