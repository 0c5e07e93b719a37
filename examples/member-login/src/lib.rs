//! The member service: members log in over HTTP, and what follows from it stands in two layers of subscribers.
//!
//! Read it in this order:
//!
//! 1. [`events`]: the facts that the service announces.
//! 2. [`acts`]: what members do, which change sessions and publish what happened.
//! 3. `subscribers`: what follows from a log-in, in its transaction and afterwards.
//! 4. [`http`]: how members reach it.
//! 5. [`audit`]: what must hold, whatever is killed.
//!
//! The program `member-login` runs the service's processes, logs members in, and kills some of the processes.

pub mod acts;
pub mod audit;
pub mod events;
pub mod http;
mod session;
mod subscribers;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Sqlite};

edafw::service!("member");

/// A statement, each in a file of its own.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("sql/", $name, ".sql"))
    };
}
use sql;

/// The member service, to be connected: `EDAFW_DATABASE_URL` names its database.
pub fn app() -> AppBuilder<Sqlite> {
    // The handlers take milliseconds: what a killed worker held can go to the next one soon.
    App::builder("member")
        .on_connect(create_tables)
        .settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the service's own tables where they are missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(sql!("schema")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
