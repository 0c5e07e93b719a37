//! The family-account service: which members form a family.
//!
//! A system with a database of its own. It knows the member service by one contract, the external event
//! `member.identity-reset`, and by the answers to its questions ([`member_service`]), and shares no code with it.
//!
//! 1. [`families`]: the acts, joining and leaving.
//! 2. [`member_service`]: asking another system.
//! 3. [`reset`]: what follows when a verification was reset over there.

pub mod database;
pub mod events;
pub mod families;
pub mod http;
pub mod member_service;
pub mod reset;

use std::time::Duration;

use edafw::{App, AppBuilder, Failure};

use database::{Database, schema};
use member_service::{InvalidUrl, MemberService};

edafw::service!("family");

/// A statement, each in a file of its own, in words that both kinds of database understand.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("sql/", $name, ".sql"))
    };
}
use sql;

/// The family-account service, to be connected: `EDAFW_DATABASE_URL` names its database, `EDAFW_EXTERNAL_URL` what
/// carries the events of other systems, and `MEMBER_URL` the member service.
///
/// # Errors
/// `MEMBER_URL` is not there, or is no URL.
pub fn app() -> Result<AppBuilder<Database>, InvalidUrl> {
    Ok(app_with(MemberService::from_env()?))
}

/// The same, which asks this member service.
pub fn app_with(members: MemberService) -> AppBuilder<Database> {
    // What a killed worker held can go to the next one soon.
    App::builder("family")
        .state(members)
        .on_connect(create_tables)
        .settings(|settings| settings.lease = Duration::from_secs(3))
}

/// Creates the service's own table where it is missing.
async fn create_tables(app: App<Database>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::raw_sql(schema!()).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
