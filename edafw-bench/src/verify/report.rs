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

/// All findings.
#[derive(Debug, Clone, Default)]
pub struct Report {
    findings: Vec<Finding>,
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

    /// Whether every check found what it should.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(Finding::holds)
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
        for finding in &self.findings {
            let seconds = finding.taken.as_secs_f64();
            writeln!(f, "\n{}: {seconds:.0} s. {}", finding.what, finding.remarks)?;
        }
        Ok(())
    }
}
