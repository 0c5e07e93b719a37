//! Reading the databases from outside, whatever their kind.

use std::path::Path;
use std::time::Duration;

use edafw::Failure;
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Connection, FromRow, PgConnection, SqliteConnection};

/// How often somebody looks who waits.
const LOOK: Duration = Duration::from_millis(5);

/// A connection that only reads.
#[derive(Debug)]
pub enum Ledger {
    /// To a database in a file.
    File(SqliteConnection),
    /// To one on a server.
    Server(PgConnection),
}

/// The databases of the three services.
#[derive(Debug)]
pub struct Ledgers {
    /// Who books trips.
    pub booking: Ledger,
    /// Who has rooms.
    pub hotel: Ledger,
    /// Who has seats.
    pub airline: Ledger,
}

impl Ledger {
    async fn file(path: &Path) -> Result<Self, Failure> {
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(10));
        Ok(Self::File(SqliteConnection::connect_with(&options).await?))
    }

    async fn server(url: &str) -> Result<Self, Failure> {
        Ok(Self::Server(PgConnection::connect(url).await?))
    }

    /// The rows of a query that every kind understands.
    pub(crate) async fn rows<T>(&mut self, query: &'static str) -> Result<Vec<T>, Failure>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        Ok(match self {
            Self::File(connection) => sqlx::query_as(query).fetch_all(connection).await?,
            Self::Server(connection) => sqlx::query_as(query).fetch_all(connection).await?,
        })
    }

    /// The number that a query answers.
    pub(crate) async fn number(&mut self, query: &'static str) -> Result<i64, Failure> {
        Ok(self.rows::<(i64,)>(query).await?.first().map_or(0, |(number,)| *number))
    }

    /// Prepared transactions that nobody has finished.
    async fn unfinished(&mut self) -> Result<i64, Failure> {
        match self {
            Self::File(_) => Ok(0),
            Self::Server(_) => self.number(include_str!("../sql/unfinished.sql")).await,
        }
    }

    /// The places that are booked: trip, offer, price.
    pub(crate) async fn booked(&mut self) -> Result<Vec<(i64, String, i64)>, Failure> {
        let query = match self {
            Self::File(_) => include_str!("../sql/booked_in_file.sql"),
            Self::Server(_) => include_str!("../sql/booked_on_server.sql"),
        };
        self.rows(query).await
    }
}

impl Ledgers {
    /// Those in the files of a directory.
    ///
    /// # Errors
    /// One cannot be opened.
    pub async fn in_files(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            booking: Ledger::file(&directory.join("booking.db")).await?,
            hotel: Ledger::file(&directory.join("hotel.db")).await?,
            airline: Ledger::file(&directory.join("airline.db")).await?,
        })
    }

    /// Those on a server: the URLs of booking, hotel and airline.
    ///
    /// # Errors
    /// One cannot be reached.
    pub async fn on_server([booking, hotel, airline]: &[String; 3]) -> Result<Self, Failure> {
        Ok(Self {
            booking: Ledger::server(booking).await?,
            hotel: Ledger::server(hotel).await?,
            airline: Ledger::server(airline).await?,
        })
    }

    /// Waits until at least so many trips are closed, with their letters written.
    ///
    /// # Errors
    /// A database cannot be read, or it takes longer than `patience`.
    pub async fn wait_until_closed(&mut self, trips: i64, patience: Duration) -> Result<(), Failure> {
        let waiting = async {
            while self.closed().await? < trips {
                tokio::time::sleep(LOOK).await;
            }
            Ok::<_, Failure>(())
        };
        if let Ok(done) = tokio::time::timeout(patience, waiting).await {
            return done;
        }
        let (closed, seconds) = (self.closed().await?, patience.as_secs_f64());
        Err(format!("after {seconds} s {closed} of {trips} trips are closed").into())
    }

    /// As [`wait_until_closed`](Self::wait_until_closed), and until nothing comes after it: no prepared transaction is
    /// left, and no delivery, such as the one of a worker that died when it had closed a trip.
    ///
    /// # Errors
    /// Likewise.
    pub async fn wait_until_settled(&mut self, trips: i64, patience: Duration) -> Result<(), Failure> {
        self.wait_until_closed(trips, patience).await?;
        let waiting = async {
            while self.unsettled().await? > 0 {
                tokio::time::sleep(LOOK).await;
            }
            Ok::<_, Failure>(())
        };
        let waited = tokio::time::timeout(patience, waiting).await;
        waited.map_err(|_| {
            format!("after {} s a transaction is in doubt, or a delivery waits", patience.as_secs_f64())
        })?
    }

    async fn unsettled(&mut self) -> Result<i64, Failure> {
        let waiting = self.booking.number(include_str!("../sql/waiting.sql")).await?;
        Ok(waiting + self.hotel.unfinished().await? + self.airline.unfinished().await?)
    }

    async fn closed(&mut self) -> Result<i64, Failure> {
        self.booking.number(include_str!("../sql/closed.sql")).await
    }
}
