//! What a process asks the database when there is nothing to do.

use std::time::Duration;

use crate::figure::{Figure, Floor};
use crate::rounds::Effort;
use crate::workload::{self, Running};
use crate::{Result, statements};

pub(super) async fn idle(effort: Effort) -> Result<Figure> {
    let directory = tempfile::tempdir()?;
    let app = workload::app(directory.path(), 10, "").await?;
    let running = Running::start(app.worker()?);
    statements::count();
    // Starting looks into every queue once, and polls often at first.
    tokio::time::sleep(Duration::from_secs(effort.size(5, 3))).await;
    let seconds: u64 = effort.size(20, 4);
    let before = statements::sent();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let sent = statements::sent() - before;
    running.stop().await?;
    app.close().await;
    Ok(Figure {
        name: "idle",
        what: "statements per second of a worker with 10 subscribers that has nothing to do",
        value: sent as f64 / seconds as f64,
        unit: "per second",
        floor: Some(Floor::AtMost(1.0)),
        details: vec![("statements", sent as f64), ("seconds", seconds as f64)],
    })
}
