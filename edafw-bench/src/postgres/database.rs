//! Databases that exist as long as a measurement.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::Result;

/// Names the server on which the databases are made.
const VARIABLE: &str = "EDAFW_TEST_POSTGRES_URL";

const DEFAULT: &str = "postgres://postgres@127.0.0.1:5432";

/// A database of its own on the server that `EDAFW_TEST_POSTGRES_URL` names.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// Creates it; `what` becomes a part of its name.
    ///
    /// # Errors
    /// The server.
    pub async fn create(what: &str) -> Result<Self> {
        let name = format!("edafw_bench_{what}_{}", uuid::Uuid::now_v7().simple());
        administrate(&format!("create database {name} template template0")).await?;
        Ok(Self { name })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        url(&self.name)
    }

    /// Its URL for a process that notifies others and is notified.
    pub fn notifying(&self) -> String {
        let url = self.url();
        format!("{url}{}notify=on", if url.contains('?') { '&' } else { '?' })
    }

    /// How the driver connects to it.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn options(&self) -> Result<PgConnectOptions> {
        Ok(PgConnectOptions::from_str(&self.url())?)
    }

    /// A connection past everything that is measured.
    ///
    /// # Errors
    /// The server.
    pub async fn connection(&self) -> Result<PgConnection> {
        Ok(self.options()?.connect().await?)
    }

    /// Brings what was written to the disk, so that no measurement pays for what went before.
    ///
    /// # Errors
    /// The server.
    pub async fn settle(&self) -> Result<()> {
        let mut connection = self.connection().await?;
        sqlx::raw_sql("checkpoint").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Removes it.
    ///
    /// # Errors
    /// The server.
    pub async fn remove(self) -> Result<()> {
        administrate(&format!("drop database if exists {} with (force)", self.name)).await
    }
}

fn url(database: &str) -> String {
    let server = std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned());
    let (place, query) = server.split_once('?').unwrap_or((&server, ""));
    let authority = place.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("postgres://{authority}/{database}{query}")
}

async fn administrate(statement: &str) -> Result<()> {
    let mut admin = PgConnectOptions::from_str(&url("postgres"))?.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut admin).await?;
    Ok(admin.close().await?)
}
