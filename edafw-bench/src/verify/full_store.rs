//! A store full of published events on PostgreSQL: publishing and draining are as fast as in an empty one.

use std::time::{Duration, Instant};

use edafw::{App, CancellationToken, Failure, Postgres, Tx, domain_event, subscriber};
use sqlx::Connection;

use super::report::Comparison;
use crate::Result;
use crate::postgres::Database;

/// Pairs of measurements, one in each store.
const ROUNDS: usize = 5;

/// Something went by.
#[domain_event(name = "bench.flowed", key = number)]
#[derive(Debug)]
struct Flowed {
    /// Which.
    number: i64,
    /// What it was about.
    note: String,
}

/// Writes one row per event.
///
/// # Errors
/// The database refused the row.
#[subscriber(layer = internal)]
async fn note_flow(event: &Flowed, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    sqlx::query("insert into flow (number) values ($1)").bind(event.number).execute(&mut **tx).await?;
    Ok(())
}

/// Compares a store with `published` events to an empty one, `events` at a time.
pub(super) async fn check(published: i64, events: i64) -> Result<Vec<Comparison>> {
    let (empty, full) = (Store::create("empty").await?, Store::create("full").await?);
    full.fill(published).await?;
    let (mut publishing, mut draining) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (published_empty, drained_empty) = empty.measure(events).await?;
        let (published_full, drained_full) = full.measure(events).await?;
        publishing.push((published_empty, published_full));
        draining.push((drained_empty, drained_full));
    }
    empty.remove().await?;
    full.remove().await?;
    let what = |doing| format!("{doing} beside {published} published events on PostgreSQL");
    Ok(vec![
        Comparison::of(what("publishing"), &publishing, 0.9),
        Comparison::of(what("draining"), &draining, 0.9),
    ])
}

/// A database of its own.
struct Store {
    database: Database,
    app: App<Postgres>,
}

impl Store {
    async fn create(what: &str) -> Result<Self> {
        let database = Database::create(what).await?;
        let app = App::<Postgres>::builder("bench")
            .without_linked()
            .subscriber::<note_flow>()
            .database_url(database.url())
            .transport_url("embedded:")
            .connect()
            .await?;
        let mut tx = app.begin().await?;
        sqlx::raw_sql("create table flow (number bigint not null)").execute(&mut *tx).await?;
        tx.commit().await?;
        app.register().await?;
        Ok(Self { database, app })
    }

    /// Puts events there that were published long ago.
    async fn fill(&self, published: i64) -> Result<()> {
        let mut connection = self.database.connection().await?;
        sqlx::query(include_str!("../sql/fill_store.sql")).bind(published).execute(&mut connection).await?;
        sqlx::raw_sql("vacuum analyze edafw_event").execute(&mut connection).await?;
        sqlx::raw_sql("checkpoint").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Events per second: published one by one, and drained.
    async fn measure(&self, events: i64) -> Result<(f64, f64)> {
        let per_second = |time: Duration| events as f64 / time.as_secs_f64();
        let begun = Instant::now();
        for number in 0..events {
            let mut tx = self.app.begin().await?;
            let note = "forty bytes of a note about a movement..".to_owned();
            tx.publish(Flowed { number, note }).await?;
            tx.commit().await?;
        }
        let published = per_second(begun.elapsed());
        let begun = Instant::now();
        let (worker, stop) = (self.app.worker()?, CancellationToken::new());
        let token = stop.clone();
        let running = tokio::spawn(async move { worker.run(token).await });
        let mut watch = self.database.connection().await?;
        while sqlx::query_scalar(include_str!("../sql/is_flowing.sql")).fetch_one(&mut watch).await? {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let drained = per_second(begun.elapsed());
        stop.cancel();
        running.await??;
        watch.close().await?;
        Ok((published, drained))
    }

    async fn remove(self) -> Result<()> {
        self.app.close().await;
        self.database.remove().await
    }
}
