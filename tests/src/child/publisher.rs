//! The command `publish`: acts, one transaction each.

use std::pin::Pin;

use edafw::{App, Publication, Result, Tx};

use super::Database;

/// One thing that the service does, and publishes an event about.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// Unique; the row in the table `act` carries it.
    pub no: i64,
    /// Who it happens to.
    pub key: i64,
}

impl Act {
    /// Whether the act's event declares an idempotency key.
    pub fn is_declared(self) -> bool {
        self.no % 5 == 0
    }
}

/// Publishes the event of an act.
pub type Publish<B> =
    for<'a> fn(&'a mut Tx<B>, Act) -> Pin<Box<dyn Future<Output = Result<Publication>> + Send + 'a>>;

/// Commits the acts of `numbers` that the table `act` does not have yet. A declared key must be free exactly
/// where the act was not committed; every seventh transaction is rolled back and done again.
pub(super) async fn publish<B: Database>(
    app: &App<B>,
    publish: Publish<B>,
    numbers: std::ops::Range<i64>,
    keys: i64,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    for no in numbers {
        let act = Act { no, key: no / 3 % keys };
        if no % 7 == 0 {
            let mut tx = app.begin().await?;
            B::touch(&mut *tx, act.key).await?;
            B::insert_act(&mut *tx, Act { no: -1 - no, ..act }).await?;
            publish(&mut tx, Act { no: -1 - no, ..act }).await?;
            publish(&mut tx, act).await?;
            if no % 2 == 0 {
                tx.rollback().await;
            }
        }
        let mut tx = app.begin().await?;
        // First of all: a server may still be at the COMMIT of a publisher that was killed, and this waits for it.
        B::touch(&mut *tx, act.key).await?;
        let committed = B::has_act(&mut *tx, no).await?;
        if !committed {
            B::insert_act(&mut *tx, act).await?;
        }
        if act.is_declared() || !committed {
            let publication = publish(&mut tx, act).await?;
            if publication.is_already_published() != committed {
                return Err(format!("act {no}: committed is {committed}, but it is {publication:?}").into());
            }
        }
        tx.commit().await?;
    }
    Ok(())
}
