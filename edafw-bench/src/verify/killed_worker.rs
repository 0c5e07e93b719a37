//! Workers that are killed at random moments while events flow and attempts fail.

use std::path::Path;
use std::time::{Duration, Instant};

use edafw::{App, EventStore as _, Sqlite};

use super::child::{Said, kill};
use super::report::Finding;
use super::{ACCOUNTS, FAILURES};
use crate::ledger::{self, Verdict, inject_failures, random};
use crate::{Result, workload};

pub(super) async fn check(events: i64, kills: u32) -> Result<Finding> {
    let directory = tempfile::tempdir()?;
    let app = ledger::app(directory.path()).await?;
    let started = Instant::now();
    let mut sum = Said::default();
    let mut published = 0;
    for turn in 1..=i64::from(kills) {
        let until = events * turn / i64::from(kills);
        let (said, ()) =
            tokio::try_join!(kill("worker", directory.path(), moment()), publish(&app, published..until))?;
        published = until;
        sum.handled += said.handled;
        sum.duplicates += said.duplicates;
        sum.retries += said.retries;
    }
    let rest = finish(&app, directory.path()).await?;
    let (verdict, counts) = (Verdict::read(&app).await?, app.store().counts().await?);
    app.close().await;
    Ok(Finding {
        what: format!("{kills} workers killed while {events} events of {ACCOUNTS} keys flowed"),
        verdict,
        published: (counts.published, counts.stored),
        taken: started.elapsed(),
        remarks: format!(
            "{} of 1,000 attempts failed, half of them by a panic. The killed workers said that they had handled {} \
             deliveries, tried {} again, and recognised {} as handled before; the last one, which was left alone, \
             handled {}, tried {} again and recognised {}.",
            FAILURES, sum.handled, sum.retries, sum.duplicates, rest.handled, rest.retries, rest.duplicates
        ),
    })
}

/// Between the start of the process and some way into its work.
fn moment() -> Duration {
    Duration::from_millis(10 + random(190))
}

async fn publish(app: &App<Sqlite>, numbers: std::ops::Range<i64>) -> Result<()> {
    for number in numbers {
        let mut tx = app.begin().await?;
        ledger::step(&mut tx, number % ACCOUNTS).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lets a worker of this process do what is left.
pub(super) async fn finish(app: &App<Sqlite>, directory: &Path) -> Result<Said> {
    inject_failures(FAILURES);
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let stats = workload::drain_with(app, directory).await?;
    std::panic::set_hook(silent);
    inject_failures(0);
    Ok(Said { handled: stats.handled, duplicates: stats.duplicates, retries: stats.retries })
}
