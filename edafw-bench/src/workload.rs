//! What is measured: one event, subscribers that write one row, and the application around them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edafw::{
    App, AppBuilder, CancellationToken, DeliveryStats, Failure, Settings, Sqlite, Tx, Worker, domain_event,
    subscriber,
};
use sqlx::{Connection as _, SqliteConnection};

use crate::Result;

/// Accounts that are written to and published about.
pub const ACCOUNTS: i64 = 1_000;

/// Money moved: an event of about 70 bytes.
#[domain_event(name = "bench.moved", key = account)]
#[derive(Debug)]
pub struct Moved {
    /// Whose.
    pub account: i64,
    /// How much.
    pub amount: i64,
    /// What it was for.
    pub note: String,
}

impl Moved {
    /// The event number `n`.
    pub fn number(n: i64) -> Self {
        Self { account: n % ACCOUNTS, amount: n, note: "forty bytes of a note about a movement..".into() }
    }
}

/// One row per event, through the subscriber's transaction.
async fn write(subscriber: i64, event: &Moved, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query("insert into effect (subscriber, account, amount) values (?1, ?2, ?3)")
        .bind(subscriber)
        .bind(event.account)
        .bind(event.amount)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

macro_rules! writers {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(
            /// Writes one row per event.
            ///
            /// # Errors
            /// The database refused the row.
            #[subscriber(layer = internal)]
            pub async fn $name(event: &Moved, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
                write($number, event, tx).await
            }
        )*

        const WRITERS: &[fn(AppBuilder<Sqlite>) -> AppBuilder<Sqlite>] =
            &[$(|builder| builder.subscriber::<$name>()),*];
    };
}

writers!(
    write_1 = 1,
    write_2 = 2,
    write_3 = 3,
    write_4 = 4,
    write_5 = 5,
    write_6 = 6,
    write_7 = 7,
    write_8 = 8,
    write_9 = 9,
    write_10 = 10,
);

/// The application on a database in `directory`, with so many subscribers and no others.
///
/// # Errors
/// The database.
pub async fn app(directory: &Path, subscribers: usize, options: &str) -> Result<App<Sqlite>> {
    let builder =
        WRITERS.iter().take(subscribers).fold(builder(directory, options), |builder, add| add(builder));
    let app = builder.connect().await?;
    create_tables(&app).await?;
    app.register().await?;
    Ok(app)
}

/// The application without any subscriber.
pub fn builder(directory: &Path, options: &str) -> AppBuilder<Sqlite> {
    let url = format!("sqlite:{}{options}", database(directory));
    App::builder("bench")
        .without_linked()
        .database_url(url)
        .transport_url("embedded:")
        .settings(republish_never)
}

/// A benchmark may take longer than the time after which unconfirmed events are sent again.
fn republish_never(settings: &mut Settings) {
    settings.republish.after = Duration::from_hours(1);
}

fn database(directory: &Path) -> String {
    directory.join("framework.db").display().to_string()
}

/// The tables of the service: accounts, and what the subscribers write.
///
/// # Errors
/// The database.
pub async fn create_tables(app: &App<Sqlite>) -> Result<()> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/service.sql")).execute(&mut *tx).await?;
    sqlx::query(include_str!("sql/accounts.sql")).bind(ACCOUNTS).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Publishes `events` events, 500 in a transaction.
///
/// # Errors
/// The database.
pub async fn fill(app: &App<Sqlite>, events: i64) -> Result<()> {
    for first in (0..events).step_by(500) {
        let mut tx = app.begin().await?;
        for n in first..(first + 500).min(events) {
            tx.publish(Moved::number(n)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Runs a worker until every event is confirmed and no message is left; answers how long that took.
///
/// # Errors
/// The database.
pub async fn drain(app: &App<Sqlite>, directory: &Path) -> Result<Duration> {
    drain_by(&app.worker()?, directory).await
}

async fn drain_by(worker: &Arc<Worker<Sqlite>>, directory: &Path) -> Result<Duration> {
    let started = Instant::now();
    let running = Running::start(Arc::clone(worker));
    let mut watch = SqliteConnection::connect(&format!("sqlite:{}", database(directory))).await?;
    while sqlx::query_scalar(include_str!("sql/is_busy.sql")).fetch_one(&mut watch).await? {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let taken = started.elapsed();
    running.stop().await?;
    Ok(taken)
}

/// As [`drain`], with a worker whose only subscriber's counts are wanted.
///
/// # Errors
/// The database.
pub async fn drain_with(app: &App<Sqlite>, directory: &Path) -> Result<DeliveryStats> {
    let worker = app.worker()?;
    drain_by(&worker, directory).await?;
    Ok(worker.stats().into_values().next().unwrap_or_default())
}

/// A worker that runs in a task of its own.
pub struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<edafw::Result<()>>,
}

impl Running {
    /// Starts it.
    pub fn start(worker: Arc<Worker<Sqlite>>) -> Self {
        let stop = CancellationToken::new();
        let token = stop.clone();
        Self { stop, task: tokio::spawn(async move { worker.run(token).await }) }
    }

    /// Lets it finish what it does.
    ///
    /// # Errors
    /// What it failed with.
    pub async fn stop(self) -> Result<()> {
        self.stop.cancel();
        Ok(self.task.await??)
    }
}

/// How many rows the subscribers have written.
///
/// # Errors
/// The database.
pub async fn effects(app: &App<Sqlite>) -> Result<i64> {
    let mut tx = app.begin().await?;
    let effects = sqlx::query_scalar("select count(*) from effect").fetch_one(&mut *tx).await?;
    tx.rollback().await;
    Ok(effects)
}
