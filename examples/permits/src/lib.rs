//! The permit office: takes steps of permit cases, and publishes an event for each.
//!
//! Read it in this order:
//!
//! 1. [`events`]: the facts that the office announces.
//! 2. [`case`]: the act itself, which changes a case and publishes what happened.
//! 3. `subscribers`: what follows from it, in the same transaction and afterwards.
//! 4. [`intake`]: one transaction for each row of an [`input`].
//! 5. [`office`]: the office and the citizens' portal at work in one process.

pub mod case;
pub mod database;
pub mod databases;
pub mod events;
pub mod input;
pub mod intake;
pub mod office;
pub mod options;
pub mod progress;
pub mod report;
mod subscribers;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure};
use portal::{Failures, InvalidFailures};

use database::{CREATING_COMMITS, Database, sql};

edafw::service!("permits");

/// The permit office, to be connected: `EDAFW_DATABASE_URL` names its database, and `EDAFW_EXTERNAL_URL` the
/// queue database of the portal. `PERMITS_FAIL_RATE` and `PERMITS_SEED` let its subscribers fail on purpose,
/// as [`Failures`] tells.
///
/// # Errors
/// One of the two variables is not a number in its range.
pub fn app() -> Result<AppBuilder<Database>, InvalidFailures> {
    let builder = App::builder("permits").state(Failures::from_env()?).on_connect(create_tables);
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    Ok(builder.settings(|settings| settings.lease = Duration::from_secs(3)))
}

/// Creates the office's own tables where they are missing.
async fn create_tables(app: App<Database>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(sql!("schema")).execute(&mut *tx).await?;
    if CREATING_COMMITS {
        tx.rollback().await;
    } else {
        tx.commit().await?;
    }
    Ok(())
}
