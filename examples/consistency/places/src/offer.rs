//! What there is to be booked.

use edafw::{App, Failure, Sqlite};

/// Something with so many places: a night in the hotel, a flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it is called.
    pub name: String,
    /// How many places it has.
    pub places: i64,
}

/// Creates the tables where they are missing, and adds the offers that are not there yet.
///
/// # Errors
/// The database cannot be written.
pub async fn set_up(app: App<Sqlite>, offers: Vec<Offer>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *tx).await?;
    for Offer { name, places } in offers {
        sqlx::query(include_str!("sql/add_offer.sql")).bind(name).bind(places).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
