//! Measuring two things side by side on a machine that does other things too.

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds of framework and twin, one after the other.
    pub rounds: usize,
    /// Small sizes: whether it runs, not how fast.
    pub quick: bool,
}

impl Effort {
    /// `full`, or `quick` where that is asked for.
    pub fn size<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// What came of interleaved rounds: rates, and the median of the ratios within a round.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// Median rate of the framework.
    pub framework: f64,
    /// Median rate of the twin.
    pub twin: f64,
    /// Median of framework / twin.
    pub ratio: f64,
    /// The smallest ratio of a round.
    pub worst: f64,
    /// The largest ratio of a round.
    pub best: f64,
}

impl Compared {
    /// Of rates per round: framework and twin.
    pub fn of(rounds: &[(f64, f64)]) -> Self {
        let ratios: Vec<f64> = rounds.iter().map(|(framework, twin)| framework / twin).collect();
        Self {
            framework: median(rounds.iter().map(|round| round.0)),
            twin: median(rounds.iter().map(|round| round.1)),
            ratio: median(ratios.iter().copied()),
            worst: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            best: ratios.iter().copied().fold(0.0, f64::max),
        }
    }

    /// What the ratio was made of, for people.
    pub fn details(&self, framework: &'static str, twin: &'static str) -> Vec<(&'static str, f64)> {
        vec![
            (framework, self.framework),
            (twin, self.twin),
            ("worst round", self.worst),
            ("best round", self.best),
        ]
    }
}

/// The one in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(values, 0.5)
}

/// The value that `share` of all values do not exceed.
pub fn percentile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let index = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{Compared, median, percentile};

    #[test]
    fn the_ratio_is_taken_within_a_round() {
        let compared = Compared::of(&[(8.0, 10.0), (80.0, 100.0), (1.0, 10.0)]);
        assert!((compared.ratio - 0.8).abs() < 1e-9 && (compared.worst - 0.1).abs() < 1e-9);
    }

    #[test]
    fn the_middle_is_in_the_middle() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((percentile((0..100).map(f64::from), 0.99) - 99.0).abs() < 1e-9);
    }
}
