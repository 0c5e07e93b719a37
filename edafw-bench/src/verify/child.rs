//! The processes that are killed.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{ACCOUNTS, FAILURES};
use crate::ledger::{self, inject_failures, random};
use crate::workload::Running;
use crate::{Result, children};

/// The part of a child process: `worker` or `publisher`, until it is killed.
///
/// # Errors
/// The database, or a part that does not exist.
pub async fn run(part: &str, directory: &Path) -> Result<()> {
    match part {
        "worker" => work(directory).await,
        "publisher" => publish(directory).await,
        other => Err(format!("a child is a `worker` or a `publisher`, not a `{other}`").into()),
    }
}

/// Runs a worker, and prints again and again how many deliveries it handled, recognised and tried again.
async fn work(directory: &Path) -> Result<()> {
    inject_failures(FAILURES);
    // Injected panics are many, and say nothing.
    std::panic::set_hook(Box::new(|_| {}));
    let app = ledger::app(directory).await?;
    let worker = app.worker()?;
    let _running = Running::start(Arc::clone(&worker));
    loop {
        let stats = worker.stats().into_values().next().unwrap_or_default();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{} {} {}", stats.handled, stats.duplicates, stats.retries)?;
        out.flush()?;
        drop(out);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Publishes one to five steps to a transaction; every tenth transaction is rolled back.
async fn publish(directory: &Path) -> Result<()> {
    let app = ledger::app(directory).await?;
    for number in 1_u64.. {
        let mut tx = app.begin().await?;
        for _ in 0..=random(5) {
            ledger::step(&mut tx, random(ACCOUNTS as u64) as i64).await?;
        }
        if number.is_multiple_of(10) {
            tx.rollback().await;
        } else {
            tx.commit().await?;
        }
    }
    Ok(())
}

/// What a worker said last before it was killed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    pub(super) handled: u64,
    pub(super) duplicates: u64,
    pub(super) retries: u64,
}

/// Starts a child, kills it after `moment` and answers what it printed last.
pub(super) async fn kill(part: &str, directory: &Path, moment: Duration) -> Result<Said> {
    let mut child = children::start(&["--child", part, &directory.display().to_string()])?;
    tokio::time::sleep(moment).await;
    if let Some(status) = child.try_wait()? {
        return Err(format!("the {part} ended by itself: {status}").into());
    }
    child.start_kill()?;
    let output = child.wait_with_output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    // The last line may have been cut off.
    let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
    let mut numbers =
        complete.lines().last().unwrap_or_default().split(' ').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    Ok(Said { handled: next(), duplicates: next(), retries: next() })
}
