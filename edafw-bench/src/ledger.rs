//! What the checks publish and count: every step of every account once, in order.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edafw::{App, Failure, Sqlite, Tx, domain_event, subscriber};

use crate::{Result, workload};

/// An account made its next step.
#[domain_event(name = "bench.stepped", key = account)]
#[derive(Debug)]
pub struct Stepped {
    /// Whose.
    pub account: i64,
    /// Which, counted from 1 without a gap.
    pub step: i64,
}

/// How many of a thousand attempts fail after they have written; half of them by a panic.
static FAILURES: AtomicU32 = AtomicU32::new(0);

/// Lets `per_mille` of all attempts in this process fail.
pub fn inject_failures(per_mille: u32) {
    FAILURES.store(per_mille, Ordering::Relaxed);
}

/// Writes the step down.
///
/// # Errors
/// The database refused a row, or the dice wanted a failure.
///
/// # Panics
/// The dice wanted a panic.
#[subscriber(layer = internal, retry(max_attempts = 1_000_000, backoff = "1ms..20ms"))]
pub async fn enter(event: &Stepped, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query("insert into entry (account, step) values (?1, ?2)")
        .bind(event.account)
        .bind(event.step)
        .execute(&mut **tx)
        .await?;
    let dice = random(2_000) as u32;
    let failures = FAILURES.load(Ordering::Relaxed);
    assert!(dice >= failures, "an injected panic");
    if dice < 2 * failures { Err("an injected failure".into()) } else { Ok(()) }
}

/// A number below `bound` that nobody can tell beforehand; good enough to choose moments and victims.
pub fn random(bound: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    RandomState::new().hash_one(now) % bound.max(1)
}

/// The ledger's application on a database in `directory`. Leases are short, since who holds them is killed.
///
/// # Errors
/// The database.
pub async fn app(directory: &Path) -> Result<App<Sqlite>> {
    let app = workload::builder(directory, "")
        .subscriber::<enter>()
        .settings(|settings| settings.lease = Duration::from_millis(500))
        .connect()
        .await?;
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/ledger.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    app.register().await?;
    Ok(app)
}

/// The next step of an account, in a transaction that writes it down and publishes it.
///
/// # Errors
/// The database.
pub async fn step(tx: &mut Tx<Sqlite>, account: i64) -> Result<()> {
    let step: i64 = sqlx::query_scalar("select coalesce(max(step), 0) + 1 from act where account = ?1")
        .bind(account)
        .fetch_one(&mut **tx)
        .await?;
    sqlx::query("insert into act (account, step) values (?1, ?2)")
        .bind(account)
        .bind(step)
        .execute(&mut **tx)
        .await?;
    tx.publish(Stepped { account, step }).await?;
    Ok(())
}

/// What the ledger says when nothing is left to do.
#[derive(Debug, Clone, Copy)]
pub struct Verdict {
    /// Steps that were published.
    pub acts: i64,
    /// Steps that were written down by the subscriber.
    pub entries: i64,
    /// Steps that were written down more than once.
    pub repeated: i64,
    /// Steps that were published and not written down.
    pub lost: i64,
    /// Steps that were written down though the transaction that published them was rolled back.
    pub invented: i64,
    /// Steps that do not follow the one before.
    pub out_of_order: i64,
}

impl Verdict {
    /// Reads the ledger.
    ///
    /// # Errors
    /// The database.
    pub async fn read(app: &App<Sqlite>) -> Result<Self> {
        let mut tx = app.begin().await?;
        sqlx::query("create index if not exists entry_step on entry (account, step)")
            .execute(&mut *tx)
            .await?;
        let row: (i64, i64, i64, i64, i64, i64) =
            sqlx::query_as(include_str!("sql/verdict.sql")).fetch_one(&mut *tx).await?;
        tx.rollback().await;
        let (acts, entries, repeated, lost, invented, out_of_order) = row;
        Ok(Self { acts, entries, repeated, lost, invented, out_of_order })
    }

    /// Whether every step took effect once and in order.
    pub fn is_exact(&self) -> bool {
        let wrong = [self.repeated, self.lost, self.invented, self.out_of_order];
        self.acts == self.entries && wrong.iter().all(|count| *count == 0)
    }
}
