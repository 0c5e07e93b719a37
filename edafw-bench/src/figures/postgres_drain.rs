//! Draining a backlog on PostgreSQL, counted per delivery.

use std::time::Duration;

use edafw::Confirmation::{self, Acceptance, Recorder};

use crate::Result;
use crate::figure::{Figure, Floor};
#[cfg(feature = "peers")]
use crate::postgres::Graphile;
use crate::postgres::{Database, Handler, Service, Spent, Twin};
use crate::rounds::{Compared, Effort, median};

/// One drain.
#[derive(Debug, Clone, Copy, Default)]
struct Drained {
    /// Deliveries per second.
    rate: f64,
    /// Microseconds of CPU per delivery: of this program, and of the server.
    client: f64,
    server: f64,
}

impl Drained {
    fn new(deliveries: i64, taken: Duration, spent: Spent) -> Self {
        let per_delivery = 1e6 / deliveries as f64;
        Self {
            rate: deliveries as f64 / taken.as_secs_f64(),
            client: spent.client * per_delivery,
            server: spent.server * per_delivery,
        }
    }
}

/// All drains of a kind, one per round.
struct Drains(Vec<Drained>);

impl Drains {
    fn median(&self, of: impl Fn(&Drained) -> f64) -> f64 {
        median(self.0.iter().map(of))
    }

    fn to(&self, other: &Self) -> Compared {
        let rates: Vec<(f64, f64)> =
            self.0.iter().zip(&other.0).map(|(one, other)| (one.rate, other.rate)).collect();
        Compared::of(&rates)
    }

    /// `self` beside `other`, in one figure.
    fn figure(
        &self,
        other: &Self,
        name: &'static str,
        what: &'static str,
        unit: &'static str,
        floor: Option<f64>,
    ) -> Figure {
        let compared = self.to(other);
        let mut details = compared.details("framework deliveries/s", "the other's");
        details.extend([
            ("CPU microseconds per delivery: framework", self.median(|one| one.client)),
            ("its server", self.median(|one| one.server)),
            ("the other", other.median(|one| one.client)),
            ("its server", other.median(|one| one.server)),
        ]);
        Figure { name, what, value: compared.ratio, unit, floor: floor.map(Floor::AtLeast), details }
    }
}

/// Framework, twin and peer, interleaved.
pub(super) async fn drain(effort: Effort) -> Result<Vec<Figure>> {
    let events: i64 = effort.size(20_000, 500);
    let mut looks = Drains(Vec::new());
    let mut looks_recorded = Drains(Vec::new());
    let mut looks_anyhow = Drains(Vec::new());
    let mut writes = Drains(Vec::new());
    let mut twin_looks = Drains(Vec::new());
    let mut twin_writes = Drains(Vec::new());
    #[cfg(feature = "peers")]
    let mut graphile = Drains(Vec::new());
    for _ in 0..effort.rounds {
        looks_anyhow.0.push(framework(Handler::LooksAnyhow, Acceptance, events).await?);
        #[cfg(feature = "peers")]
        graphile.0.push(peer(events).await?);
        looks.0.push(framework(Handler::Looks, Acceptance, events).await?);
        looks_recorded.0.push(framework(Handler::Looks, Recorder, events).await?);
        twin_looks.0.push(twin(events, false).await?);
        writes.0.push(framework(Handler::Write(1), Recorder, events).await?);
        twin_writes.0.push(twin(events, true).await?);
    }
    Ok(vec![
        #[cfg(feature = "peers")]
        looks_anyhow.figure(
            &graphile,
            "pg_drain_none",
            "PostgreSQL: a backlog into a handler without writes, `ordering = none`, acceptance is confirmation",
            "of graphile_worker",
            Some(1.0),
        ),
        #[cfg(feature = "peers")]
        looks.figure(
            &graphile,
            "pg_drain_peer",
            "PostgreSQL: a backlog into a handler without writes, in order, acceptance is confirmation",
            "of graphile_worker",
            Some(0.6),
        ),
        looks.figure(
            &twin_looks,
            "pg_drain",
            "PostgreSQL: a backlog into a handler without writes, in order, acceptance is confirmation",
            "of the twin",
            Some(0.4),
        ),
        looks_recorded.figure(
            &twin_looks,
            "pg_drain_recorded",
            "PostgreSQL: the same, confirmed by the recorder",
            "of the twin",
            None,
        ),
        writes.figure(
            &twin_writes,
            "pg_drain_write",
            "PostgreSQL: a backlog into a handler that writes one row",
            "of the twin",
            Some(0.4),
        ),
    ])
}

/// Ten subscribers and one.
pub(super) async fn subscribers(effort: Effort) -> Result<Figure> {
    let events: i64 = effort.size(5_000, 200);
    let (mut ten, mut one) = (Drains(Vec::new()), Drains(Vec::new()));
    for _ in 0..effort.rounds {
        ten.0.push(framework(Handler::Write(10), Recorder, events).await?);
        one.0.push(framework(Handler::Write(1), Recorder, events * 2).await?);
    }
    Ok(ten.figure(
        &one,
        "pg_subscribers",
        "PostgreSQL: deliveries per second with 10 subscribers, to those with 1",
        "of one",
        Some(0.7),
    ))
}

async fn framework(handler: Handler, confirmation: Confirmation, events: i64) -> Result<Drained> {
    let database = Database::create("drain").await?;
    let service = Service::open(&database, handler, confirmation).await?;
    service.fill(events).await?;
    database.settle().await?;
    let before = Spent::on(&database).await?;
    let taken = service.drain(events, &database).await?;
    let spent = Spent::on(&database).await? - before;
    service.close().await;
    database.remove().await?;
    Ok(Drained::new(events * handler.subscribers(), taken, spent))
}

async fn twin(events: i64, writes: bool) -> Result<Drained> {
    let database = Database::create("twin").await?;
    let twin = Twin::open(&database).await?;
    twin.fill(events).await?;
    database.settle().await?;
    let before = Spent::on(&database).await?;
    let taken = twin.drain(events, writes).await?;
    let spent = Spent::on(&database).await? - before;
    twin.close().await;
    database.remove().await?;
    Ok(Drained::new(events, taken, spent))
}

#[cfg(feature = "peers")]
async fn peer(jobs: i64) -> Result<Drained> {
    let database = Database::create("graphile").await?;
    let graphile = Graphile::open(&database).await?;
    graphile.fill(jobs).await?;
    database.settle().await?;
    let before = Spent::on(&database).await?;
    let taken = graphile.drain(jobs).await?;
    let spent = Spent::on(&database).await? - before;
    graphile.close().await;
    database.remove().await?;
    Ok(Drained::new(jobs, taken, spent))
}
