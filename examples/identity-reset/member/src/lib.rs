//! The member service: who its members are, and whether their identity is verified.
//!
//! It knows nothing of families. It says what happened to a member, and answers who asks for the rest.

pub mod events;
pub mod http;
pub mod members;

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

/// The member service, to be connected: `EDAFW_DATABASE_URL` names its database, and `EDAFW_EXTERNAL_URL` what
/// carries its events to other systems.
pub fn app() -> AppBuilder<Sqlite> {
    // What a killed worker held can go to the next one soon.
    App::builder("member")
        .on_connect(create_tables)
        .settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the service's own table where it is missing.
async fn create_tables(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(sql!("schema")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
