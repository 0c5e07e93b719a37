//! From commit to handler in an idle system.

use std::time::{Duration, Instant};

use edafw::{Failure, State, domain_event, subscriber};
use tokio::sync::mpsc;

use crate::Result;
use crate::figure::{Figure, Floor};
use crate::rounds::{Effort, percentile};
use crate::workload::{self, Running};

/// Somebody knocked.
#[domain_event(name = "bench.knocked", key = door)]
pub(crate) struct Knocked {
    door: i64,
}

/// Says when it was called.
#[subscriber(layer = internal)]
pub(crate) async fn open(
    _event: &Knocked,
    calls: State<mpsc::UnboundedSender<Instant>>,
) -> Result<(), Failure> {
    calls.send(Instant::now())?;
    Ok(())
}

pub(super) async fn latency(effort: Effort) -> Result<Figure> {
    let directory = tempfile::tempdir()?;
    let (calls, mut called) = mpsc::unbounded_channel::<Instant>();
    let app = workload::builder(directory.path(), "").subscriber::<open>().state(calls).connect().await?;
    app.register().await?;
    let worker = app.worker()?;
    let running = Running::start(std::sync::Arc::clone(&worker));
    let (mut from_commit, mut from_committed) = (Vec::new(), Vec::new());
    for door in 0..effort.size(200, 10) {
        while !worker.is_idle().await? {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut tx = app.begin().await?;
        tx.publish(Knocked { door }).await?;
        let commit = Instant::now();
        tx.commit().await?;
        let committed = Instant::now();
        let called = called.recv().await.ok_or("the subscriber is gone")?;
        from_commit.push(called.duration_since(commit).as_secs_f64() * 1e3);
        from_committed.push(called.saturating_duration_since(committed).as_secs_f64() * 1e3);
    }
    running.stop().await?;
    app.close().await;
    let details = vec![
        ("after the answer to COMMIT, median", percentile(from_committed.iter().copied(), 0.5)),
        ("95th percentile", percentile(from_commit.iter().copied(), 0.95)),
        ("slowest", percentile(from_commit.iter().copied(), 1.0)),
    ];
    Ok(Figure {
        name: "latency",
        what: "from the call of `commit` to the handler's start in an idle process, median",
        value: percentile(from_commit, 0.5),
        unit: "ms",
        floor: Some(Floor::Below(5.0)),
        details,
    })
}
