//! Who is killed, and when.

use std::time::Duration;

use fastrand::Rng;

/// A sequence of kills that a seed stands for: how long to wait, and whom to kill then.
///
/// Everybody's turn comes once before anybody's comes again.
#[derive(Debug, Clone)]
pub struct Fate {
    rng: Rng,
    longest: Duration,
    parts: Vec<&'static str>,
    /// Whose turn comes yet in this round.
    round: Vec<&'static str>,
    left: u32,
}

impl Fate {
    /// So many kills among `parts`, each after a wait of up to `longest`.
    pub fn new(seed: u64, kills: u32, parts: Vec<&'static str>, longest: Duration) -> Self {
        Self { rng: Rng::with_seed(seed), longest, parts, round: Vec::new(), left: kills }
    }

    /// How many kills are left.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }
}

impl Iterator for Fate {
    type Item = (Duration, &'static str);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        if self.round.is_empty() {
            self.round.clone_from(&self.parts);
            self.rng.shuffle(&mut self.round);
        }
        let part = self.round.pop()?;
        Some((self.longest.mul_f64(self.rng.f64()), part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kills(seed: u64, kills: u32) -> Vec<(Duration, &'static str)> {
        Fate::new(seed, kills, vec!["a", "b", "c"], Duration::from_millis(100)).collect()
    }

    #[test]
    fn a_seed_stands_for_one_sequence() {
        assert_eq!(kills(7, 9), kills(7, 9));
        assert_ne!(kills(7, 9), kills(8, 9));
    }

    #[test]
    fn everybody_is_killed_once_in_each_round() {
        for round in kills(1, 9).chunks(3) {
            let mut parts: Vec<_> = round.iter().map(|(_, part)| *part).collect();
            parts.sort_unstable();
            assert_eq!(parts, ["a", "b", "c"]);
        }
        assert!(kills(1, 9).iter().all(|(wait, _)| *wait < Duration::from_millis(100)));
    }

    #[test]
    fn where_nobody_is_nobody_is_killed() {
        assert_eq!(Fate::new(1, 3, Vec::new(), Duration::ZERO).next(), None);
        assert_eq!(kills(1, 0), []);
    }
}
