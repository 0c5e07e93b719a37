//! A database that has places, and promises them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use edafw::Failure;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use trip_places::{Claim, Offer};

/// Hotel or airline, as the coordinator sees it: a database.
#[derive(Debug, Clone)]
pub struct Participant {
    name: &'static str,
    pool: PgPool,
    statements: Arc<AtomicU64>,
}

/// What a participant answers to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepared {
    /// It will commit if it is told to.
    Yes,
    /// No place is free.
    Full,
}

/// The transaction is gone: it was finished before.
const UNDEFINED_OBJECT: &str = "42704";
/// Somebody else is finishing it.
const OBJECT_IN_USE: &str = "55006";

impl Participant {
    /// Connects to its database, and adds the offers that are not there yet.
    ///
    /// # Errors
    /// The database cannot be reached or written.
    pub async fn connect(name: &'static str, url: &str, offers: &[Offer]) -> Result<Self, Failure> {
        // Somebody who waits for a trip in doubt gives up in the end.
        let options = url.parse::<PgConnectOptions>()?.options([("lock_timeout", "20s")]);
        let pool = PgPoolOptions::new().max_connections(16).connect_with(options).await?;
        let mut tx = pool.begin().await?;
        // Two processes that start at once would both find a table missing.
        tx.execute("select pg_advisory_xact_lock(7)").await?;
        tx.execute(include_str!("sql/place_schema.sql")).await?;
        // Those that are there are only looked at: a trip in doubt may have them locked, and whoever comes to finish it
        // must not wait for that.
        for Offer { name, places } in offers {
            sqlx::query(include_str!("sql/add_offer.sql")).bind(name).bind(places).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(Self { name, pool, statements: Arc::default() })
    }

    /// Statements that trips have cost so far: each is a round trip.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Takes a place, and prepares the transaction.
    ///
    /// # Errors
    /// Something failed. Whether it is prepared is unknown, so it must be finished as not booked.
    pub async fn prepare(&self, claim: &Claim) -> Result<Prepared, Failure> {
        let mut connection = self.pool.acquire().await?;
        match self.prepare_on(&mut connection, claim).await {
            Ok(prepared) => Ok(prepared),
            Err(error) => {
                // It may be in a transaction still, which nobody else must get.
                let _ = connection.close().await;
                Err(error)
            }
        }
    }

    async fn prepare_on(&self, connection: &mut PgConnection, claim: &Claim) -> Result<Prepared, Failure> {
        self.execute(connection, "begin").await?;
        self.count();
        let take =
            sqlx::query(include_str!("sql/take.sql")).bind(&claim.offer).execute(&mut *connection).await?;
        if take.rows_affected() == 0 {
            self.execute(connection, "rollback").await?;
            return Ok(Prepared::Full);
        }
        self.count();
        let put = sqlx::query(include_str!("sql/put.sql")).bind(claim.trip_no).bind(&claim.offer);
        put.bind(claim.price).execute(&mut *connection).await?;
        self.execute(connection, &format!("prepare transaction '{}'", self.gid(claim.trip_no))).await?;
        Ok(Prepared::Yes)
    }

    /// Commits what was prepared for a trip, or rolls it back. Answers whether there was anything; finishing twice does
    /// no harm.
    ///
    /// # Errors
    /// Something failed: the transaction is in doubt.
    pub async fn finish(&self, trip_no: i64, booked: bool) -> Result<bool, Failure> {
        let verb = if booked { "commit" } else { "rollback" };
        let mut connection = self.pool.acquire().await?;
        let finish = format!("{verb} prepared '{}'", self.gid(trip_no));
        match self.execute(&mut connection, &finish).await {
            Ok(()) => Ok(true),
            Err(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| code == UNDEFINED_OBJECT || code == OBJECT_IN_USE) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The trips that it has prepared and that nobody has finished, the oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn in_doubt(&self) -> Result<Vec<i64>, Failure> {
        let gids: Vec<String> =
            sqlx::query_scalar(include_str!("sql/prepared.sql")).fetch_all(&self.pool).await?;
        let own = |gid: &String| gid.strip_prefix(self.name)?.strip_prefix("-trip-")?.parse().ok();
        Ok(gids.iter().filter_map(own).collect())
    }

    /// Unique on the whole server, which may have other databases with trips in them.
    fn gid(&self, trip_no: i64) -> String {
        format!("{}-trip-{trip_no}", self.name)
    }

    async fn execute(&self, connection: &mut PgConnection, statement: &str) -> sqlx::Result<()> {
        self.count();
        // Made of the words above and a number.
        connection.execute(AssertSqlSafe(statement)).await.map(drop)
    }

    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes its connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
