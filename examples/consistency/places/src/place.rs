//! What a trip's place goes through. Each function is one step of a transaction that the caller commits.
//!
//! All of them may be called again with the same answer: whoever asks may have died before it heard.

use serde::{Deserialize, Serialize};
use sqlx::{Result, SqliteConnection};

/// What a trip wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The trip.
    pub trip_no: i64,
    /// Of which offer.
    pub offer: String,
    /// What it pays.
    pub price: i64,
}

/// What a trip is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It has the place.
    Yes,
    /// No place is free, or there is no such offer.
    Full,
    /// The trip has given its place back before, or never had one.
    Over,
}

/// Books a place at once, if one is free. `now` in milliseconds since the Unix epoch, as the application's clock has it.
///
/// # Errors
/// The database cannot be used.
pub async fn take(connection: &mut SqliteConnection, claim: &Claim, now: i64) -> Result<Answer> {
    put(connection, claim, "booked", now, now).await
}

/// Holds a place from `now` until `until`, if one is free.
///
/// # Errors
/// The database cannot be used.
pub async fn hold(connection: &mut SqliteConnection, claim: &Claim, now: i64, until: i64) -> Result<Answer> {
    put(connection, claim, "held", now, until).await
}

async fn put(
    connection: &mut SqliteConnection,
    claim: &Claim,
    state: &str,
    now: i64,
    until: i64,
) -> Result<Answer> {
    match place(connection, claim.trip_no).await? {
        Some(place) if place.state == "given back" => return Ok(Answer::Over),
        // Held before, and now to be booked.
        Some(place) if place.state == "held" && state == "booked" => {
            return confirm(connection, claim.trip_no, now).await;
        }
        Some(place) if place.counts(now) => return Ok(Answer::Yes),
        _ => {}
    }
    if free(connection, &claim.offer, now).await? < 1 {
        return Ok(Answer::Full);
    }
    sqlx::query(include_str!("sql/put.sql"))
        .bind(claim.trip_no)
        .bind(&claim.offer)
        .bind(claim.price)
        .bind(state)
        .bind(until)
        .execute(connection)
        .await?;
    Ok(Answer::Yes)
}

/// Books the place that the trip holds. A hold that has run out is booked nevertheless if a place is still free;
/// otherwise it is over for good.
///
/// # Errors
/// The database cannot be used.
pub async fn confirm(connection: &mut SqliteConnection, trip_no: i64, now: i64) -> Result<Answer> {
    let (state, answer) = match place(connection, trip_no).await? {
        Some(place) if place.state == "booked" => return Ok(Answer::Yes),
        Some(place) if place.state == "held" => {
            if place.counts(now) || free(connection, &place.offer, now).await? > 0 {
                ("booked", Answer::Yes)
            } else {
                ("given back", Answer::Full)
            }
        }
        _ => return Ok(Answer::Over),
    };
    sqlx::query(include_str!("sql/set_state.sql")).bind(trip_no).bind(state).execute(connection).await?;
    Ok(answer)
}

/// Gives the trip's place back, and sees to it that the trip gets none from here on.
///
/// # Errors
/// The database cannot be used.
pub async fn give_back(connection: &mut SqliteConnection, trip_no: i64) -> Result<()> {
    sqlx::query(include_str!("sql/give_back.sql")).bind(trip_no).execute(connection).await?;
    Ok(())
}

/// A trip's place, as it is.
struct Place {
    offer: String,
    state: String,
    held_until: i64,
}

impl Place {
    /// Whether it keeps others out.
    fn counts(&self, now: i64) -> bool {
        self.state == "booked" || (self.state == "held" && self.held_until > now)
    }
}

async fn place(connection: &mut SqliteConnection, trip_no: i64) -> Result<Option<Place>> {
    let place =
        sqlx::query_as(include_str!("sql/place.sql")).bind(trip_no).fetch_optional(connection).await?;
    Ok(place.map(|(offer, state, held_until)| Place { offer, state, held_until }))
}

/// How many places of an offer are free; none of one that does not exist.
async fn free(connection: &mut SqliteConnection, offer: &str, now: i64) -> Result<i64> {
    let free = sqlx::query_scalar(include_str!("sql/free.sql")).bind(offer).bind(now);
    Ok(free.fetch_optional(connection).await?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor};

    use super::{Answer, Claim, SqliteConnection, confirm, give_back, hold, take};

    /// A night with two rooms, and a wish for one of them.
    async fn night() -> (SqliteConnection, impl Fn(i64) -> Claim) {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        connection.execute(include_str!("sql/schema.sql")).await.unwrap();
        let add = sqlx::query(include_str!("sql/add_offer.sql")).bind("May 6").bind(2);
        add.execute(&mut connection).await.unwrap();
        (connection, |trip_no| Claim { trip_no, offer: "May 6".to_owned(), price: 90 })
    }

    #[tokio::test]
    async fn no_more_places_are_taken_than_there_are() {
        let (mut night, claim) = night().await;
        assert_eq!(take(&mut night, &claim(1), 0).await.unwrap(), Answer::Yes);
        assert_eq!(hold(&mut night, &claim(2), 0, 10).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(3), 9).await.unwrap(), Answer::Full);
        assert_eq!(hold(&mut night, &claim(3), 9, 20).await.unwrap(), Answer::Full);
        // The hold has run out.
        assert_eq!(take(&mut night, &claim(3), 10).await.unwrap(), Answer::Yes);
        assert_eq!(confirm(&mut night, 2, 10).await.unwrap(), Answer::Full);
        let unknown = Claim { offer: "May 7".to_owned(), ..claim(4) };
        assert_eq!(take(&mut night, &unknown, 10).await.unwrap(), Answer::Full);
    }

    #[tokio::test]
    async fn who_asks_again_gets_the_same_answer() {
        let (mut night, claim) = night().await;
        for _ in 0..3 {
            assert_eq!(hold(&mut night, &claim(1), 0, 10).await.unwrap(), Answer::Yes);
            assert_eq!(take(&mut night, &claim(2), 0).await.unwrap(), Answer::Yes);
        }
        for now in [5, 50] {
            assert_eq!(confirm(&mut night, 1, now).await.unwrap(), Answer::Yes);
        }
        // A request that was on its way for long changes nothing that is booked.
        assert_eq!(hold(&mut night, &claim(1), 60, 70).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(3), 99).await.unwrap(), Answer::Full);
    }

    #[tokio::test]
    async fn a_hold_may_be_booked_at_once() {
        let (mut night, claim) = night().await;
        assert_eq!(hold(&mut night, &claim(1), 0, 10).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(1), 5).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(2), 99).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(3), 99).await.unwrap(), Answer::Full);
    }

    #[tokio::test]
    async fn what_was_given_back_is_over() {
        let (mut night, claim) = night().await;
        assert_eq!(take(&mut night, &claim(1), 0).await.unwrap(), Answer::Yes);
        for trip_no in [1, 1, 2] {
            give_back(&mut night, trip_no).await.unwrap();
        }
        for trip_no in [1, 2] {
            assert_eq!(take(&mut night, &claim(trip_no), 0).await.unwrap(), Answer::Over);
            assert_eq!(hold(&mut night, &claim(trip_no), 0, 10).await.unwrap(), Answer::Over);
            assert_eq!(confirm(&mut night, trip_no, 0).await.unwrap(), Answer::Over);
        }
        // Nobody holds anything: both places are free.
        assert_eq!(take(&mut night, &claim(3), 0).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(4), 0).await.unwrap(), Answer::Yes);
        assert_eq!(take(&mut night, &claim(5), 0).await.unwrap(), Answer::Full);
    }
}
