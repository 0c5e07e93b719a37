//! Looking from outside, as others do: how often is a trip seen that has one of its places and not the other?

use std::collections::BTreeSet;
use std::time::Duration;

use edafw::{CancellationToken, Failure};

use crate::books::Ledgers;

/// What was seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sightings {
    /// How often somebody looked.
    pub looks: u64,
    /// How often at least one trip was half-booked.
    pub half_booked: u64,
}

/// Looks again and again until `stop` is cancelled.
///
/// # Errors
/// A database cannot be read.
pub async fn watch(mut ledgers: Ledgers, stop: CancellationToken) -> Result<Sightings, Failure> {
    const PAUSE: Duration = Duration::from_millis(2);
    let mut seen = Sightings::default();
    while !stop.is_cancelled() {
        seen.looks += 1;
        seen.half_booked += u64::from(is_half_booked(&mut ledgers).await?);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(seen)
}

/// Two databases cannot be read at one moment. So the hotel is looked at before and after: what was there both times,
/// and what was missing both times, was so while the airline was looked at.
async fn is_half_booked(ledgers: &mut Ledgers) -> Result<bool, Failure> {
    let trips = |places: Vec<(i64, String, i64)>| -> BTreeSet<i64> {
        places.into_iter().map(|(trip, ..)| trip).collect()
    };
    let before = trips(ledgers.hotel.booked().await?);
    let seats = trips(ledgers.airline.booked().await?);
    let after = trips(ledgers.hotel.booked().await?);
    let has_room_alone = before.intersection(&after).any(|trip| !seats.contains(trip));
    let has_seat_alone = seats.iter().any(|trip| !before.contains(trip) && !after.contains(trip));
    Ok(has_room_alone || has_seat_alone)
}
