//! Publishing on PostgreSQL: what an event costs in the transaction that publishes it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::figure::{Figure, Floor};
use crate::postgres::{Database, Handler, Service, Twin};
use crate::rounds::{Compared, Effort};

/// Tasks that publish side by side.
const TASKS: i64 = 8;

/// Turns that framework and twin take in a round.
const TURNS: i64 = 10;

pub(super) async fn publish(effort: Effort) -> Result<Figure> {
    let transactions: i64 = effort.size(4_000, 160);
    let (ours, plain) = (Database::create("publish").await?, Database::create("twin").await?);
    let service = Arc::new(Service::open_at(&ours.url(), Handler::Looks).await?);
    let twin = Arc::new(Twin::open(&plain).await?);
    let ours_publishes = {
        let service = Arc::clone(&service);
        move |number| {
            let service = Arc::clone(&service);
            async move { service.publish(number).await }
        }
    };
    let twin_publishes = {
        let twin = Arc::clone(&twin);
        move |number| {
            let twin = Arc::clone(&twin);
            async move { twin.publish(number).await }
        }
    };
    let mut rounds = Vec::new();
    for round in 0..=effort.rounds {
        // In short turns, so that what else the machine does meets both.
        let (mut framework_took, mut twin_took) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..TURNS {
            framework_took += side_by_side(transactions / TURNS, ours_publishes.clone()).await?;
            twin_took += side_by_side(transactions / TURNS, twin_publishes.clone()).await?;
        }
        // The first round warms up.
        if round > 0 {
            let rate = |taken: Duration| transactions as f64 / taken.as_secs_f64();
            rounds.push((rate(framework_took), rate(twin_took)));
        }
    }
    ours.remove().await?;
    plain.remove().await?;
    let compared = Compared::of(&rounds);
    Ok(Figure {
        name: "pg_publish",
        what: "PostgreSQL: one insert and one event, 8 tasks, to plain sqlx with one outbox row",
        value: compared.ratio,
        unit: "of the twin",
        floor: Some(Floor::AtLeast(0.9)),
        details: compared.details("framework tx/s", "twin tx/s"),
    })
}

/// Runs `transactions` numbered transactions, [`TASKS`] at a time; answers how long they took.
async fn side_by_side<F>(
    transactions: i64,
    transaction: impl Fn(i64) -> F + Clone + Send + Sync + 'static,
) -> Result<Duration>
where
    F: Future<Output = Result<()>> + Send,
{
    let started = Instant::now();
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    for task in 0..TASKS {
        let transaction = transaction.clone();
        tasks.spawn(async move {
            for number in (task..transactions).step_by(TASKS as usize) {
                transaction(number).await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(started.elapsed())
}
