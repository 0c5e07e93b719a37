//! The checks that take too long for every change.

mod backlog;
mod child;
mod full_store;
mod killed_publisher;
mod killed_worker;
mod report;

use crate::Result;

pub use child::run as run_child;
pub use report::Report;

/// How much is checked.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Events that flow while processes are killed.
    pub events: i64,
    /// Processes that are killed, in each of the checks that kill.
    pub kills: u32,
    /// Events that are drained at one go.
    pub backlog: i64,
    /// Published events of a store that is compared to an empty one.
    pub published: i64,
    /// Events that are measured there at a time.
    pub measured: i64,
}

/// Accounts of the checks that kill.
const ACCOUNTS: i64 = 200;

/// Attempts of a thousand that fail while processes are killed.
const FAILURES: u32 = 20;

/// Runs every check.
///
/// # Errors
/// A check could not be run; what a check finds is in the report.
pub async fn run(scale: Scale) -> Result<Report> {
    let mut report = Report::new();
    for comparison in full_store::check(scale.published, scale.measured).await? {
        report.compare(comparison);
    }
    report.add(backlog::check(scale.backlog).await?);
    report.add(killed_worker::check(scale.events, scale.kills).await?);
    report.add(killed_publisher::check(scale.kills).await?);
    Ok(report)
}
