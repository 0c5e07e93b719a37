//! A large backlog, drained exactly.

use std::time::Instant;

use edafw::{App, EventStore as _, Sqlite};

use super::report::Finding;
use crate::ledger::{self, Stepped, Verdict};
use crate::{Result, workload};

/// Events of one transaction.
const TOGETHER: i64 = 500;

/// Accounts of the backlog.
const ACCOUNTS: i64 = 1_000;

pub(super) async fn check(events: i64) -> Result<Finding> {
    let directory = tempfile::tempdir()?;
    let app = ledger::app(directory.path()).await?;
    let started = Instant::now();
    for first in (0..events).step_by(TOGETHER as usize) {
        publish(&app, first..(first + TOGETHER).min(events)).await?;
    }
    let published_in = started.elapsed().as_secs_f64();
    let taken = workload::drain(&app, directory.path()).await?;
    let (verdict, counts) = (Verdict::read(&app).await?, app.store().counts().await?);
    app.close().await;
    Ok(Finding {
        what: format!("a backlog of {events} events of {ACCOUNTS} keys, drained"),
        verdict,
        published: (counts.published, counts.stored),
        taken,
        remarks: format!(
            "{:.0} events/s, after publishing them {TOGETHER} to a transaction at {:.0} events/s.",
            events as f64 / taken.as_secs_f64(),
            events as f64 / published_in
        ),
    })
}

async fn publish(app: &App<Sqlite>, numbers: std::ops::Range<i64>) -> Result<()> {
    let mut tx = app.begin().await?;
    for number in numbers {
        let (account, step) = (number % ACCOUNTS, number / ACCOUNTS + 1);
        sqlx::query("insert into act (account, step) values (?1, ?2)")
            .bind(account)
            .bind(step)
            .execute(&mut *tx)
            .await?;
        tx.publish(Stepped { account, step }).await?;
    }
    Ok(tx.commit().await?)
}
