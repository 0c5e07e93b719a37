//! The whole run: the story one trip after the other, then a crowd at once, each way.

use std::path::Path;
use std::time::{Duration, Instant};

use edafw::{CancellationToken, Failure};
use tokio::task::JoinSet;

use crate::books::{Books, Ledgers};
use crate::company::{Company, Files, spawn};
use crate::crowd::ask_all;
use crate::event_count::events;
use crate::sample::Sample;
use crate::two_phase::{Cluster, Coordinator, Databases, Server};
use crate::watch::{Sightings, watch};
use crate::way::Way;

/// Far more than a run takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// What one way came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Which one.
    pub way: Way,
    /// What its books say in the end.
    pub books: Books,
    /// What is wrong with them.
    pub mistakes: Vec<String>,
    /// From the crowd's first request to its last letter.
    pub time: Duration,
    /// What others saw meanwhile.
    pub seen: Sightings,
    /// Events that were stored for each trip of the crowd, on average.
    pub events: f64,
    /// Requests or statements to hotel and airline for each trip of the crowd, on average.
    pub calls: f64,
}

/// Runs saga or try-confirm/cancel, on files in a directory.
///
/// # Errors
/// Something failed that no way is prepared for, such as a full disk.
pub async fn on_files(
    way: Way,
    directory: &Path,
    story: &Sample,
    crowd: &Sample,
) -> Result<Outcome, Failure> {
    let all = story.clone().with(crowd.clone());
    std::fs::create_dir_all(directory)?;
    let company = Company::open(&Files(directory.to_owned()), &all, Duration::from_secs(30)).await?;
    let mut ledgers = Ledgers::in_files(directory).await?;
    for (closed, trip) in (1..).zip(&story.trips) {
        company.ask(way, trip).await?;
        ledgers.wait_until_closed(closed, PATIENCE).await?;
    }
    let before = (events(&mut ledgers, true).await?, company.calls());
    let stop = CancellationToken::new();
    let watching = tokio::spawn(watch(Ledgers::in_files(directory).await?, stop.clone()));
    let begun = Instant::now();
    ask_all(&crowd.trips, |trip| company.ask(way, trip)).await?;
    ledgers.wait_until_closed(all.trips.len() as i64, PATIENCE).await?;
    let time = begun.elapsed();
    stop.cancel();
    let seen = watching.await??;
    let after = (events(&mut ledgers, true).await?, company.calls());
    company.close().await?;
    outcome(way, &mut ledgers, &all, crowd, (before, after), time, seen).await
}

/// Runs two-phase commit on the server that is named, or on one of its own. `Ok(Err(..))` says why none could be started,
/// and it was left out.
///
/// # Errors
/// As [`on_files`]; the server that is named does not answer, or lets no transaction be prepared.
pub async fn on_server(
    named: Option<&str>,
    story: &Sample,
    crowd: &Sample,
) -> Result<Result<Outcome, String>, Failure> {
    // Lives as long as the run.
    let mut own = None;
    let server = if let Some(url) = named {
        Server::new(url)?
    } else {
        match Cluster::start_new() {
            Ok(cluster) => Server::new(&own.insert(cluster).url())?,
            Err(reason) => return Ok(Err(format!("no PostgreSQL could be started for it: {reason}"))),
        }
    };
    server.check().await?;
    let databases = server.databases(&format!("consistency_{}", std::process::id())).await?;
    let outcome = in_databases(&databases, story, crowd).await;
    databases.drop_all().await?;
    outcome.map(Ok)
}

async fn in_databases(databases: &Databases, story: &Sample, crowd: &Sample) -> Result<Outcome, Failure> {
    let all = story.clone().with(crowd.clone());
    let coordinator = Coordinator::connect(databases, &all, trip_places::Steps::default()).await?;
    let mut ledgers = Ledgers::on_server(databases.urls()).await?;
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    spawn(&mut tasks, coordinator.worker()?, &stop);
    for trip in &story.trips {
        coordinator.book(trip).await?;
    }
    ledgers.wait_until_closed(story.trips.len() as i64, PATIENCE).await?;
    let before = (events(&mut ledgers, false).await?, coordinator.statements());
    let watched = CancellationToken::new();
    let watching = tokio::spawn(watch(Ledgers::on_server(databases.urls()).await?, watched.clone()));
    let begun = Instant::now();
    ask_all(&crowd.trips, |trip| coordinator.book(trip)).await?;
    ledgers.wait_until_closed(all.trips.len() as i64, PATIENCE).await?;
    let time = begun.elapsed();
    watched.cancel();
    let seen = watching.await??;
    let after = (events(&mut ledgers, false).await?, coordinator.statements());
    // Nothing was killed here, so nothing is in doubt; whoever had died would be taken care of now.
    coordinator.resolve(Duration::ZERO).await?;
    stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    coordinator.close().await;
    outcome(Way::TwoPhase, &mut ledgers, &all, crowd, (before, after), time, seen).await
}

async fn outcome(
    way: Way,
    ledgers: &mut Ledgers,
    all: &Sample,
    crowd: &Sample,
    (before, after): ((i64, u64), (i64, u64)),
    time: Duration,
    seen: Sightings,
) -> Result<Outcome, Failure> {
    let books = Books::read(ledgers).await?;
    let trips = crowd.trips.len().max(1) as f64;
    Ok(Outcome {
        way,
        mistakes: books.mistakes(all),
        books,
        time,
        seen,
        events: (after.0 - before.0) as f64 / trips,
        calls: (after.1 - before.1) as f64 / trips,
    })
}
