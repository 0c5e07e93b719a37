//! What a worker keeps in memory while it drains a large backlog.

use std::path::Path;

use crate::figure::{Figure, Floor};
use crate::rounds::Effort;
use crate::{Result, children, statements, workload};

pub(super) async fn memory(effort: Effort) -> Result<Figure> {
    let events: i64 = effort.size(1_000_000, 50_000);
    let directory = tempfile::tempdir()?;
    let app = workload::app(directory.path(), 1, "?synchronous=off").await?;
    workload::fill(&app, events).await?;
    app.close().await;
    let directory_name = directory.path().display().to_string();
    let said = children::output(&["--child", "drain", &directory_name]).await?;
    let [kib, seconds, effects] = said[..] else { return Err(format!("the child said {said:?}").into()) };
    if effects as i64 != events {
        return Err(format!("{events} events had {effects} effects").into());
    }
    Ok(Figure {
        name: "memory",
        what: "resident memory of a worker that drains the backlog, high-water mark",
        value: kib / 1024.0,
        unit: "MiB",
        floor: Some(Floor::Below(100.0)),
        details: vec![("events", events as f64), ("seconds", seconds), ("events/s", events as f64 / seconds)],
    })
}

/// The child's part: drains the backlog in `directory`, and prints its resident memory in KiB, how long it took,
/// and how many effects there are. With `EDAFW_BENCH_PROFILE` set it says which statements the time went into.
///
/// # Errors
/// The database, or a system without `/proc`.
pub async fn drain_backlog(directory: &Path) -> Result<()> {
    let app = workload::app(directory, 1, "?synchronous=full").await?;
    let profiles = std::env::var_os("EDAFW_BENCH_PROFILE").is_some();
    if profiles {
        statements::profile();
    }
    let taken = workload::drain(&app, directory).await?;
    let resident = children::resident_high_water_mark()?;
    println!("{resident} {} {}", taken.as_secs_f64(), workload::effects(&app).await?);
    if profiles {
        for line in statements::profiled() {
            eprintln!("{line}");
        }
    }
    app.close().await;
    Ok(())
}
