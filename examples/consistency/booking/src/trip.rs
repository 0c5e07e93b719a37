//! A trip, from the moment that somebody asks for it to the one in which it is closed.

use edafw::{App, Failure, Sqlite, Tx, domain_event};
use serde::{Deserialize, Serialize};

/// A trip that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Chosen by whoever asks: asking again for the same number changes nothing.
    pub trip_no: i64,
    /// Who pays.
    pub traveller: String,
    /// The night in the hotel.
    pub night: String,
    /// The flight.
    pub flight: String,
    /// What the room costs.
    pub room_price: i64,
    /// What the seat costs.
    pub seat_price: i64,
}

/// A trip was closed: it is booked or it is not, and stays so.
#[domain_event(name = "trip.closed", key = trip_no, idempotency_key = trip_no)]
#[derive(Debug, Clone)]
pub struct TripClosed {
    /// The trip.
    pub trip_no: i64,
    /// Why it was not booked; none where it was.
    pub reason: Option<String>,
}

/// What became of asking for a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It is open, and paid for.
    Opened,
    /// The traveller cannot pay: it was closed at once.
    Refused,
    /// Somebody has asked for it before. Nothing was changed.
    KnownBefore,
}

/// Gives travellers money to spend, unless they have an account.
///
/// # Errors
/// The database cannot be written.
pub async fn add_accounts(app: &App<Sqlite>, accounts: &[(String, i64)]) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    for (traveller, balance) in accounts {
        let add = sqlx::query(include_str!("sql/add_account.sql")).bind(traveller).bind(balance);
        add.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Opens a trip in `state`, and takes the money.
pub(crate) async fn open(
    tx: &mut Tx<Sqlite>,
    trip: &Trip,
    state: &str,
    now: i64,
) -> Result<Opening, Failure> {
    let Trip { trip_no, traveller, night, flight, room_price, seat_price } = trip;
    let open =
        sqlx::query(include_str!("sql/open.sql")).bind(trip_no).bind(traveller).bind(night).bind(flight);
    let open = open.bind(room_price).bind(seat_price).bind(state).bind(now);
    if open.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(Opening::KnownBefore);
    }
    let pay = sqlx::query(include_str!("sql/pay.sql")).bind(traveller).bind(room_price + seat_price);
    if pay.execute(&mut **tx).await?.rows_affected() > 0 {
        return Ok(Opening::Opened);
    }
    sqlx::query(include_str!("sql/not_paid.sql")).bind(trip_no).execute(&mut **tx).await?;
    close(tx, *trip_no, state, Some("no money")).await?;
    Ok(Opening::Refused)
}

/// Moves a trip from one state to another, unless it has left the first; answers whether it did.
pub(crate) async fn move_on(
    tx: &mut Tx<Sqlite>,
    trip_no: i64,
    from: &str,
    to: &str,
    reason: Option<&str>,
) -> Result<bool, Failure> {
    let update = sqlx::query(include_str!("sql/move_on.sql")).bind(trip_no).bind(from).bind(to).bind(reason);
    Ok(update.execute(&mut **tx).await?.rows_affected() > 0)
}

/// Closes a trip that is in the state `from`: not booked, for a reason, and the money goes back; or booked, without
/// one. A trip that has left that state stays as it is.
pub(crate) async fn close(
    tx: &mut Tx<Sqlite>,
    trip_no: i64,
    from: &str,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let to = if reason.is_some() { "not booked" } else { "booked" };
    if !move_on(tx, trip_no, from, to, reason).await? {
        return Ok(());
    }
    if reason.is_some() {
        sqlx::query(include_str!("sql/refund.sql")).bind(trip_no).execute(&mut **tx).await?;
        sqlx::query(include_str!("sql/not_paid.sql")).bind(trip_no).execute(&mut **tx).await?;
    }
    tx.publish(TripClosed { trip_no, reason: reason.map(str::to_owned) }).await?;
    Ok(())
}

/// A trip's flight, and what the seat costs.
pub(crate) async fn seat(tx: &mut Tx<Sqlite>, trip_no: i64) -> Result<(String, i64), Failure> {
    Ok(sqlx::query_as(include_str!("sql/seat.sql")).bind(trip_no).fetch_one(&mut **tx).await?)
}
