//! How many events the services have stored.

use edafw::Failure;

use crate::books::Ledgers;

/// Of all three where they have an event store each, of the coordinator alone in two-phase commit.
pub(crate) async fn events(ledgers: &mut Ledgers, everywhere: bool) -> Result<i64, Failure> {
    let query = include_str!("sql/events.sql");
    let mut count = ledgers.booking.number(query).await?;
    if everywhere {
        count += ledgers.hotel.number(query).await? + ledgers.airline.number(query).await?;
    }
    Ok(count)
}
