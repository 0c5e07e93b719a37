//! What work costs in CPU time, on both sides of the connection.

use std::fs;
use std::ops::Sub;

use super::Database;
use crate::Result;
use crate::children::cpu_seconds;

/// CPU seconds since their processes began. On a machine that does other things too they say what the time on the
/// clock cannot: what was work, and what was waiting for others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Of this process.
    pub client: f64,
    /// Of the server's processes that serve this database; zero where the server is on another machine.
    pub server: f64,
}

impl Spent {
    /// Up to now.
    ///
    /// # Errors
    /// The server; there is no `/proc`.
    pub async fn on(database: &Database) -> Result<Self> {
        let mut connection = database.connection().await?;
        let backends: Vec<i32> = sqlx::query_scalar(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        )
        .fetch_all(&mut connection)
        .await?;
        let seconds = |process: String| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            cpu_seconds(&stat).unwrap_or_default()
        };
        Ok(Self {
            client: seconds("self".to_owned()),
            server: backends.into_iter().map(|pid| seconds(pid.to_string())).sum(),
        })
    }
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { client: self.client - earlier.client, server: self.server - earlier.server }
    }
}
