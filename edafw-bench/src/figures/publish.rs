//! Publishing: what an event costs in the transaction that publishes it.

use std::time::{Duration, Instant};

use edafw::{App, Sqlite};
use sqlx::sqlite::SqliteSynchronous;

use crate::Result;
use crate::figure::{Figure, Floor};
use crate::one_core::on_one_core;
use crate::rounds::{Compared, Effort, median};
use crate::statements;
use crate::twin::Twin;
use crate::workload::{self, Moved};

/// Turns that framework and twin take in a round.
const TURNS: i64 = 25;

pub(super) async fn full(effort: Effort) -> Result<Figure> {
    let compared =
        on_one_core(move || compare(effort, SqliteSynchronous::Full, effort.size(1_000, 50))).await?;
    Ok(figure("publish_full", "one update and one event, synchronous = FULL, to plain sqlx", 0.8, compared))
}

pub(super) async fn off(effort: Effort) -> Result<Figure> {
    let compared =
        on_one_core(move || compare(effort, SqliteSynchronous::Off, effort.size(5_000, 100))).await?;
    Ok(figure("publish_off", "the same, synchronous = off", 0.6, compared))
}

fn figure(name: &'static str, what: &'static str, floor: f64, compared: Compared) -> Figure {
    Figure {
        name,
        what,
        value: compared.ratio,
        unit: "of the twin",
        floor: Some(Floor::AtLeast(floor)),
        details: compared.details("framework tx/s", "twin tx/s"),
    }
}

async fn compare(effort: Effort, synchronous: SqliteSynchronous, transactions: i64) -> Result<Compared> {
    let directory = tempfile::tempdir()?;
    let options = match synchronous {
        SqliteSynchronous::Off => "?synchronous=off",
        _ => "?synchronous=full",
    };
    let app = workload::app(directory.path(), 1, options).await?;
    let twin = Twin::open(directory.path(), synchronous).await?;
    let mut rounds = Vec::new();
    for round in 0..=effort.rounds {
        // In short turns, so that what else the disk does meets both.
        let (mut framework, mut plain) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..TURNS {
            framework += publish(&app, transactions / TURNS).await?;
            plain += twin.publish(transactions / TURNS).await?;
        }
        // The first round warms up.
        if round > 0 {
            let rate = |taken: Duration| transactions as f64 / taken.as_secs_f64();
            rounds.push((rate(framework), rate(plain)));
        }
    }
    app.close().await;
    Ok(Compared::of(&rounds))
}

/// What [`Twin::publish`] does, with the framework.
async fn publish(app: &App<Sqlite>, transactions: i64) -> Result<Duration> {
    let started = Instant::now();
    for n in 0..transactions {
        let event = Moved::number(n);
        let mut tx = app.begin().await?;
        sqlx::query("update account set balance = balance + ?1 where id = ?2")
            .bind(event.amount)
            .bind(event.account)
            .execute(&mut *tx)
            .await?;
        tx.publish(event).await?;
        tx.commit().await?;
    }
    Ok(started.elapsed())
}

/// Statements and time of a transaction that publishes 100 events, less those of one that publishes none.
pub(super) async fn hundred(effort: Effort) -> Result<Figure> {
    let directory = tempfile::tempdir()?;
    let app = workload::app(directory.path(), 1, "?synchronous=off").await?;
    let mut times: [Vec<f64>; 2] = Default::default();
    for _ in 0..effort.size(200, 10) {
        for (events, times) in [0, 100].into_iter().zip(&mut times) {
            times.push(transaction(&app, events).await?.as_secs_f64() * 1e6);
        }
    }
    let [none, hundred] = times.map(median);
    statements::count();
    let mut round_trips = [0; 2];
    for (events, round_trips) in [0, 100].into_iter().zip(&mut round_trips) {
        let before = statements::sent();
        transaction(&app, events).await?;
        *round_trips = statements::sent() - before;
    }
    app.close().await;
    Ok(Figure {
        name: "publish_100",
        what: "round trips of a transaction that publishes 100 events, less those of one that publishes none",
        value: round_trips[1] as f64 - round_trips[0] as f64,
        unit: "round trips",
        floor: Some(Floor::AtMost(1.0)),
        details: vec![
            ("with 100", round_trips[1] as f64),
            ("with none", round_trips[0] as f64),
            ("microseconds per event", (hundred - none) / 100.0),
            ("microseconds of a transaction without", none),
        ],
    })
}

async fn transaction(app: &App<Sqlite>, events: i64) -> Result<Duration> {
    let started = Instant::now();
    let mut tx = app.begin().await?;
    for n in 0..events {
        tx.publish(Moved::number(n)).await?;
    }
    tx.commit().await?;
    Ok(started.elapsed())
}
