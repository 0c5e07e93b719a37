//! The citizens' portal: shows how far a permit case has come.
//!
//! A service with a database of its own. It knows the permit office by one contract, the external event
//! `permit.step-completed`, and shares no code with it.

mod database;
mod failures;
mod progress;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure};

use database::{CREATING_COMMITS, sql};

pub use database::Database;
pub use failures::{Failures, InvalidFailures, OnPurpose};
pub use progress::StepCompletedV1;

edafw::service!("portal");

/// The portal, to be connected: `EDAFW_DATABASE_URL` names its database, whose queue the permit office sends
/// to. `PERMITS_FAIL_RATE` and `PERMITS_SEED` let its subscriber fail on purpose, as [`Failures`] tells.
///
/// # Errors
/// One of the two variables is not a number in its range.
pub fn app() -> Result<AppBuilder<Database>, InvalidFailures> {
    let builder = App::builder("portal").state(Failures::from_env()?).on_connect(create_tables);
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    Ok(builder.settings(|settings| settings.lease = Duration::from_secs(3)))
}

/// Creates the portal's own table where it is missing.
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
