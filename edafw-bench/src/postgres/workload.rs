//! The application on PostgreSQL: what [`workload`](crate::workload) is on SQLite.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use edafw::{App, AppBuilder, CancellationToken, Confirmation, Failure, Postgres, Tx, subscriber};

use super::Database;
use crate::Result;
use crate::workload::Moved;

/// Events that handlers without a write of their own have seen.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// Looks at the event and writes nothing.
#[subscriber(layer = internal, share_commit = true)]
async fn look(event: &Moved) -> Result<(), Failure> {
    SEEN.fetch_add(u64::from(event.amount >= 0), Ordering::Relaxed);
    Ok(())
}

/// As [`look`], in no order.
#[subscriber(layer = internal, share_commit = true, ordering = none)]
async fn look_anyhow(event: &Moved) -> Result<(), Failure> {
    SEEN.fetch_add(u64::from(event.amount >= 0), Ordering::Relaxed);
    Ok(())
}

/// Tells, on the standard output, when it was called: nanoseconds since 1970.
#[subscriber(layer = internal)]
async fn tell(_event: &Moved) -> Result<(), Failure> {
    let called = SystemTime::now().duration_since(UNIX_EPOCH)?;
    writeln!(std::io::stdout(), "{}", called.as_nanos())?;
    Ok(())
}

/// One row per event, through the subscriber's transaction.
async fn write(subscriber: i64, event: &Moved, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    sqlx::query("insert into effect (subscriber, account, amount) values ($1, $2, $3)")
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
            #[subscriber(layer = internal)]
            async fn $name(event: &Moved, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
                write($number, event, tx).await
            }
        )*

        const WRITERS: &[fn(AppBuilder<Postgres>) -> AppBuilder<Postgres>] =
            &[$(|builder| builder.subscriber::<$name>()),*];
    };
}

writers!(
    enter_1 = 1,
    enter_2 = 2,
    enter_3 = 3,
    enter_4 = 4,
    enter_5 = 5,
    enter_6 = 6,
    enter_7 = 7,
    enter_8 = 8,
    enter_9 = 9,
    enter_10 = 10,
);

/// Who handles the events.
#[derive(Debug, Clone, Copy)]
pub enum Handler {
    /// There is none in this process.
    Nobody,
    /// One that writes nothing, in the order of keys.
    Looks,
    /// One that writes nothing, in no order.
    LooksAnyhow,
    /// So many that write one row each.
    Write(usize),
}

impl Handler {
    /// How many subscribers they are.
    pub fn subscribers(self) -> i64 {
        match self {
            Self::Nobody => 0,
            Self::Looks | Self::LooksAnyhow => 1,
            Self::Write(subscribers) => subscribers as i64,
        }
    }

    fn add(self, builder: AppBuilder<Postgres>) -> AppBuilder<Postgres> {
        match self {
            Self::Nobody => builder,
            Self::Looks => builder.subscriber::<look>(),
            Self::LooksAnyhow => builder.subscriber::<look_anyhow>(),
            Self::Write(subscribers) => {
                WRITERS.iter().take(subscribers).fold(builder, |builder, add| add(builder))
            }
        }
    }
}

/// The service in a database of its own.
pub struct Service {
    app: App<Postgres>,
    handler: Handler,
}

impl Service {
    /// Creates its tables, and registers its subscribers.
    ///
    /// # Errors
    /// The database.
    pub async fn open(database: &Database, handler: Handler, confirmation: Confirmation) -> Result<Self> {
        let builder = builder(&database.url()).settings(|settings| settings.confirmation = confirmation);
        Self::connect(builder, handler).await
    }

    /// As [`open`](Self::open), at a URL with options of its own.
    ///
    /// # Errors
    /// The database.
    pub async fn open_at(url: &str, handler: Handler) -> Result<Self> {
        Self::connect(builder(url), handler).await
    }

    async fn connect(builder: AppBuilder<Postgres>, handler: Handler) -> Result<Self> {
        let app = handler.add(builder).connect().await?;
        let mut tx = app.begin().await?;
        sqlx::raw_sql(include_str!("../sql/postgres/service.sql")).execute(&mut *tx).await?;
        tx.commit().await?;
        app.register().await?;
        Ok(Self { app, handler })
    }

    /// What [`Twin::publish`](super::Twin::publish) does, with the framework.
    ///
    /// # Errors
    /// The database.
    pub async fn publish(&self, number: i64) -> Result<()> {
        self.publish_at(number).await.map(drop)
    }

    /// As [`publish`](Self::publish); answers when it called `commit`.
    ///
    /// # Errors
    /// The database.
    pub async fn publish_at(&self, number: i64) -> Result<SystemTime> {
        let event = Moved::number(number);
        let mut tx = self.app.begin().await?;
        sqlx::query("insert into movement (account, amount) values ($1, $2)")
            .bind(event.account)
            .bind(event.amount)
            .execute(&mut *tx)
            .await?;
        tx.publish(event).await?;
        let now = SystemTime::now();
        tx.commit().await?;
        Ok(now)
    }

    /// Publishes events to be drained, 500 in a transaction.
    ///
    /// # Errors
    /// The database.
    pub async fn fill(&self, events: i64) -> Result<()> {
        for first in (0..events).step_by(500) {
            let mut tx = self.app.begin().await?;
            for number in first..(first + 500).min(events) {
                tx.publish(Moved::number(number)).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Runs a worker until every event is confirmed and no message is left; answers how long that took.
    ///
    /// # Errors
    /// The database; an event that was handled never or twice.
    pub async fn drain(&self, events: i64, database: &Database) -> Result<Duration> {
        let seen = SEEN.load(Ordering::Relaxed);
        let (worker, stop) = (self.app.worker()?, CancellationToken::new());
        let mut watch = database.connection().await?;
        let started = Instant::now();
        let running = tokio::spawn({
            let (worker, stop) = (Arc::clone(&worker), stop.clone());
            async move { worker.run(stop).await }
        });
        let expected = (events * self.handler.subscribers()) as u64;
        let handled = || worker.stats().values().map(|stats| stats.handled).sum::<u64>();
        // The database is not asked before it may be true.
        while handled() < expected
            || sqlx::query_scalar(include_str!("../sql/is_busy.sql")).fetch_one(&mut watch).await?
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let taken = started.elapsed();
        stop.cancel();
        running.await??;
        let effects: i64 = match self.handler {
            Handler::Write(_) => {
                sqlx::query_scalar("select count(*) from effect").fetch_one(&mut watch).await?
            }
            Handler::Nobody | Handler::Looks | Handler::LooksAnyhow => {
                (SEEN.load(Ordering::Relaxed) - seen) as i64
            }
        };
        if effects != expected as i64 {
            return Err(format!("{expected} deliveries had {effects} effects").into());
        }
        Ok(taken)
    }

    /// Closes its connections.
    pub async fn close(self) {
        self.app.close().await;
    }
}

/// Runs a worker at `url` that tells when it was called, until it is killed.
///
/// # Errors
/// The database.
pub async fn listen(url: &str) -> Result<()> {
    let app = builder(url).subscriber::<tell>().connect().await?;
    app.register().await?;
    writeln!(std::io::stdout(), "ready")?;
    Ok(app.worker()?.run(CancellationToken::new()).await?)
}

fn builder(url: &str) -> AppBuilder<Postgres> {
    App::builder("bench")
        .without_linked()
        .database_url(url)
        .transport_url("embedded:")
        // A benchmark may take longer than the time after which unconfirmed events are sent again.
        .settings(|settings| settings.republish.after = Duration::from_hours(1))
}
