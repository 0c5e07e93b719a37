//! Making drinks.

use edafw::{App, Failure, Sqlite, Tx, subscriber};

use crate::events::{ChargedV1, DrinkMade, MakingFailed, RanOut};

/// The drink that takes chocolate.
pub const HOT_CHOCOLATE: &str = "hot chocolate";

/// Grams of chocolate in one of it.
pub const RECIPE: i64 = 25;

/// What a kitchen has, and what it has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kitchen {
    /// Grams of chocolate that it had at first.
    pub chocolate_at_first: i64,
    /// Grams of chocolate that are left.
    pub chocolate: i64,
    /// Orders and drinks that were made, in that order.
    pub made: Vec<(i64, String)>,
}

// ANCHOR: make
/// Makes what was paid for. A delivery of chocolate may be on its way, so it looks five times before it gives up;
/// what it has given up, the services of earlier steps take back.
#[subscriber(
    layer = external,
    retry(max_attempts = 5, backoff = "50ms..200ms"),
    on_failure = publish(MakingFailed)
)]
async fn make(event: &ChargedV1, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let ChargedV1 { order_no, drink } = event.clone();
    if drink == HOT_CHOCOLATE {
        take_chocolate(tx).await?;
    }
    sqlx::query(include_str!("sql/make.sql")).bind(order_no).bind(&drink).execute(&mut **tx).await?;
    tx.publish(DrinkMade { order_no, drink }).await?;
    Ok(())
}
// ANCHOR_END: make

async fn take_chocolate(tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let taken = sqlx::query_scalar(include_str!("sql/take_chocolate.sql")).bind(RECIPE);
    let left: Option<i64> = taken.fetch_optional(&mut **tx).await?;
    let left = left.ok_or("the kitchen is out of chocolate")?;
    if left < RECIPE {
        tx.publish(RanOut { drink: HOT_CHOCOLATE.to_owned() }).await?;
    }
    Ok(())
}

impl Kitchen {
    /// The kitchen as it is.
    ///
    /// # Errors
    /// Its database cannot be read.
    pub async fn look(app: &App<Sqlite>) -> Result<Self, Failure> {
        let mut tx = app.begin().await?;
        let (chocolate_at_first, chocolate) =
            sqlx::query_as(include_str!("sql/stock.sql")).fetch_one(&mut *tx).await?;
        let made = sqlx::query_as(include_str!("sql/made.sql")).fetch_all(&mut *tx).await?;
        tx.rollback().await;
        Ok(Self { chocolate_at_first, chocolate, made })
    }
}
