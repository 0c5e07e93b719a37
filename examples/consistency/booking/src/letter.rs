//! The letter that tells a traveller what became of the trip.

use edafw::{Failure, Sqlite, Tx, subscriber};

use crate::trip::TripClosed;

/// One letter for each trip. A second one would break the table's primary key, and be a dead letter.
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn write_letter(event: &TripClosed, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let text = event.reason.as_ref().map_or("booked".to_owned(), |reason| format!("not booked: {reason}"));
    let letter = sqlx::query(include_str!("sql/letter.sql")).bind(event.trip_no).bind(text);
    letter.execute(&mut **tx).await?;
    Ok(())
}
