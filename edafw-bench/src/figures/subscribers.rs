//! What more subscribers cost.

use crate::Result;
use crate::figure::Figure;
use crate::rounds::{Compared, Effort};
use crate::workload;

pub(super) async fn subscribers(effort: Effort) -> Result<Figure> {
    let events: i64 = effort.size(10_000, 500);
    let mut rounds = Vec::new();
    for _ in 0..effort.rounds {
        rounds.push((deliveries(events, 10).await?, deliveries(events, 1).await?));
    }
    let compared = Compared::of(&rounds);
    Ok(Figure {
        name: "subscribers",
        what: "deliveries per second with 10 subscribers, to those with 1",
        value: compared.ratio,
        unit: "of one",
        floor: None,
        details: vec![
            ("events", events as f64),
            ("deliveries/s with 10", compared.framework),
            ("deliveries/s with 1", compared.twin),
        ],
    })
}

async fn deliveries(events: i64, subscribers: usize) -> Result<f64> {
    let directory = tempfile::tempdir()?;
    let app = workload::app(directory.path(), subscribers, "").await?;
    workload::fill(&app, events).await?;
    let taken = workload::drain(&app, directory.path()).await?;
    app.close().await;
    Ok((events * subscribers as i64) as f64 / taken.as_secs_f64())
}
