//! What the checks found, as Markdown.

use std::fmt::{self, Display};
use std::time::Duration;

use crate::ledger::Verdict;

/// What one check found.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    /// What was done.
    pub(super) what: String,
    /// What the ledger says.
    pub(super) verdict: Verdict,
    /// Events that the store holds as published, and all that it holds.
    pub(super) published: (u64, u64),
    /// How long it took.
    pub(super) taken: Duration,
    /// What else is worth telling.
    pub(super) remarks: String,
}

impl Finding {
    fn holds(&self) -> bool {
        self.verdict.is_exact() && self.published.0 == self.published.1
    }
}

/// How fast something is, to how fast it is where nothing is in the way.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    what: String,
    /// Events per second, medians.
    free: f64,
    loaded: f64,
    /// The median of the rounds' ratios.
    ratio: f64,
    floor: f64,
}

impl Comparison {
    /// Of rounds of events per second, free and loaded.
    pub(super) fn of(what: String, rounds: &[(f64, f64)], floor: f64) -> Self {
        let median = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let free = median(rounds.iter().map(|(free, _)| *free).collect());
        let loaded = median(rounds.iter().map(|(_, loaded)| *loaded).collect());
        let ratio = median(rounds.iter().map(|(free, loaded)| loaded / free).collect());
        Self { what, free, loaded, ratio, floor }
    }

    fn holds(&self) -> bool {
        self.ratio >= self.floor
    }
}

/// All findings.
#[derive(Debug, Clone, Default)]
pub struct Report {
    findings: Vec<Finding>,
    comparisons: Vec<Comparison>,
}

impl Report {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a finding, and tells whoever watches.
    pub(super) fn add(&mut self, finding: Finding) {
        println!(
            "{}: {} {:?}",
            if finding.holds() { "holds" } else { "BROKEN" },
            finding.what,
            finding.verdict
        );
        self.findings.push(finding);
    }

    /// Adds a comparison, and tells whoever watches.
    pub(super) fn compare(&mut self, comparison: Comparison) {
        let Comparison { what, free, loaded, ratio, floor } = &comparison;
        println!(
            "{}: {what}: {loaded:.0} to {free:.0} events/s, {ratio:.2} (at least {floor})",
            if comparison.holds() { "holds" } else { "BROKEN" }
        );
        self.comparisons.push(comparison);
    }

    /// Whether every check found what it should.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(Finding::holds) && self.comparisons.iter().all(Comparison::holds)
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Verified\n")?;
        writeln!(
            f,
            "Written by `cargo xtask verify`. Every event is the next step of a key; the subscriber writes each \
             step down in a table that would take it twice. SQLite with `synchronous = FULL`.\n"
        )?;
        writeln!(
            f,
            "| what | published | effects | lost | twice | though rolled back | out of order | confirmed | result |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for finding in &self.findings {
            let Verdict { acts, entries, lost, repeated, invented, out_of_order } = finding.verdict;
            let (published, stored) = finding.published;
            let result = if finding.holds() { "holds" } else { "**broken**" };
            writeln!(
                f,
                "| {} | {acts} | {entries} | {lost} | {repeated} | {invented} | {out_of_order} | {published} of \
                 {stored} | {result} |",
                finding.what
            )?;
        }
        if !self.comparisons.is_empty() {
            writeln!(f, "\n| what | events/s | in an empty store | ratio | at least | result |")?;
            writeln!(f, "|---|---|---|---|---|---|")?;
        }
        for comparison in &self.comparisons {
            let Comparison { what, free, loaded, ratio, floor } = comparison;
            let result = if comparison.holds() { "holds" } else { "**broken**" };
            writeln!(f, "| {what} | {loaded:.0} | {free:.0} | {ratio:.2} | {floor} | {result} |")?;
        }
        for finding in &self.findings {
            let seconds = finding.taken.as_secs_f64();
            writeln!(f, "\n{}: {seconds:.0} s. {}", finding.what, finding.remarks)?;
        }
        Ok(())
    }
}
