//! Publishers that are killed at random moments while a worker runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use edafw::EventStore as _;

use super::child::kill;
use super::killed_worker::finish;
use super::report::Finding;
use crate::Result;
use crate::ledger::{self, Verdict, random};
use crate::workload::Running;

pub(super) async fn check(kills: u32) -> Result<Finding> {
    let directory = tempfile::tempdir()?;
    let app = ledger::app(directory.path()).await?;
    let started = Instant::now();
    let running = Running::start(Arc::clone(&app.worker()?));
    for _ in 0..kills {
        kill("publisher", directory.path(), Duration::from_millis(15 + random(85))).await?;
    }
    running.stop().await?;
    let rest = finish(&app, directory.path()).await?;
    let (verdict, counts) = (Verdict::read(&app).await?, app.store().counts().await?);
    app.close().await;
    Ok(Finding {
        what: format!("{kills} publishers killed while a worker ran"),
        verdict,
        published: (counts.published, counts.stored),
        taken: started.elapsed(),
        remarks: format!(
            "Every tenth transaction was rolled back on purpose. {} deliveries were left when the last publisher was \
             killed.",
            rest.handled
        ),
    })
}
