//! Draining a backlog into a handler that writes one row.

use sqlx::sqlite::SqliteSynchronous;

use crate::Result;
use crate::figure::{Figure, Floor};
use crate::one_core::on_one_core;
use crate::rounds::{Compared, Effort};
use crate::twin::Twin;
use crate::workload;

pub(super) async fn drain(effort: Effort) -> Result<Figure> {
    let events: i64 = effort.size(50_000, 1_000);
    let compared = on_one_core(move || compare(effort.rounds, events)).await?;
    Ok(Figure {
        name: "drain",
        what: "a backlog into a handler that writes one row, to plain sqlx in batches of 100",
        value: compared.ratio,
        unit: "of the twin",
        floor: Some(Floor::AtLeast(0.4)),
        details: vec![
            ("events", events as f64),
            ("framework events/s", compared.framework),
            ("twin events/s", compared.twin),
            ("worst round", compared.worst),
            ("best round", compared.best),
        ],
    })
}

async fn compare(count: usize, events: i64) -> Result<Compared> {
    let mut rounds = Vec::new();
    for _ in 0..count {
        let directory = tempfile::tempdir()?;
        let app = workload::app(directory.path(), 1, "").await?;
        workload::fill(&app, events).await?;
        let framework = workload::drain(&app, directory.path()).await?;
        let effects = workload::effects(&app).await?;
        app.close().await;
        if effects != events {
            return Err(format!("{events} events had {effects} effects").into());
        }
        let twin = Twin::open(directory.path(), SqliteSynchronous::Full).await?;
        twin.fill(events).await?;
        let plain = twin.drain().await?;
        rounds.push((events as f64 / framework.as_secs_f64(), events as f64 / plain.as_secs_f64()));
    }
    Ok(Compared::of(&rounds))
}
