//! From commit to handler on PostgreSQL, where the worker is another process and the system idle.

use std::time::{Duration, UNIX_EPOCH};

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::ChildStdout;

use crate::Result;
use crate::children;
use crate::figure::{Figure, Floor};
use crate::ledger::random;
use crate::postgres::{Database, Handler, Service};
use crate::rounds::{Effort, percentile};

/// After so long a process that finds nothing looks once per poll interval.
const UNTIL_IDLE: Duration = Duration::from_millis(2_200);

/// How often an idle process looks: the default of `store.poll_interval`.
const POLL_INTERVAL: u64 = 1_000;

pub(super) async fn notified(effort: Effort) -> Result<Figure> {
    let database = Database::create("latency").await?;
    let took = latencies(&database.notifying(), effort.size(20, 2)).await?;
    database.remove().await?;
    Ok(figure(
        "pg_latency",
        "PostgreSQL: from commit to the handler's start in another idle process, `notify=on`, median",
        10.0,
        &took,
    ))
}

pub(super) async fn polled(effort: Effort) -> Result<Figure> {
    let database = Database::create("latency").await?;
    let took = latencies(&database.url(), effort.size(20, 2)).await?;
    database.remove().await?;
    Ok(figure(
        "pg_latency_poll",
        "PostgreSQL: the same without notifications, poll interval 1 s",
        POLL_INTERVAL as f64,
        &took,
    ))
}

fn figure(name: &'static str, what: &'static str, bound: f64, took: &[f64]) -> Figure {
    Figure {
        name,
        what,
        value: percentile(took.iter().copied(), 0.5),
        unit: "ms",
        floor: Some(Floor::Below(bound)),
        details: vec![
            ("fastest", percentile(took.iter().copied(), 0.0)),
            ("slowest", percentile(took.iter().copied(), 1.0)),
        ],
    }
}

/// Milliseconds from the call of `commit` to the start of the handler.
async fn latencies(url: &str, events: i64) -> Result<Vec<f64>> {
    let service = Service::open_at(url, Handler::Nobody).await?;
    let mut child = children::start(&["--child", "listen", url])?;
    let mut said = BufReader::new(child.stdout.take().ok_or("the child has no output")?).lines();
    while line(&mut said).await? != "ready" {}
    let mut took = Vec::new();
    // The first event warms up.
    for number in 0..=events {
        // Not always at the same moment between two looks.
        tokio::time::sleep(UNTIL_IDLE + Duration::from_millis(random(POLL_INTERVAL))).await;
        let committed = service.publish_at(number).await?;
        let called: u64 = line(&mut said).await?.parse()?;
        if number > 0 {
            let committed = committed.duration_since(UNIX_EPOCH)?.as_nanos() as u64;
            took.push(called.saturating_sub(committed) as f64 / 1e6);
        }
    }
    child.kill().await?;
    service.close().await;
    Ok(took)
}

async fn line(said: &mut Lines<BufReader<ChildStdout>>) -> Result<String> {
    Ok(said.next_line().await?.ok_or("the child has ended")?)
}
