//! A handle to one PostgreSQL database.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Error, Result, StoreOptions};
use sqlx::{PgConnection, Row};

use super::config::Config;
use super::connection::Framework;
use super::error::database;
use super::listener::Listener;
use crate::boxed::boxed;
use crate::connections::Connections;
use crate::doorbell::Doorbell;
use crate::poller::{Look, Poller, Pulse};
use crate::registry::Registry;

/// The oldest server that does, as `server_version_num` has it: 13.
const OLDEST_SERVER: i32 = 130_000;

/// Who waits for what in a database, by its identity.
static DOORBELLS: Registry<Doorbell> = Registry::new();

/// A PostgreSQL database: event store, inbox and embedded transport.
#[derive(Debug)]
pub struct PostgresStore {
    pub(super) identity: String,
    pub(super) options: StoreOptions,
    /// For the user's transactions.
    pub(super) users: Connections<PgConnection>,
    /// For the framework's own statements.
    pub(super) framework: Arc<Framework>,
    pub(super) doorbell: Arc<Doorbell>,
    /// Whether other processes are to be notified.
    pub(super) notify: bool,
    poller: Poller,
    listener: Option<Listener>,
}

impl PostgresStore {
    /// Opens a database; creates nothing.
    pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Self> {
        let config = Config::parse(url)?;
        let pool = |most| Connections::new(config.connect.clone(), most, options.acquire_timeout);
        let users = pool(options.max_connections);
        let framework = pool((options.max_connections / 2).clamp(2, 8));
        // Named, because a process may open several.
        let opening = format!("open the database {}", config.identity);
        let mut first = framework.take().await.map_err(database(&opening))?;
        let by_itself = look_at_server(first.connection(), &opening).await?;
        first.keep();
        let doorbell = DOORBELLS.of(&config.identity);
        Ok(Self {
            framework: Arc::new(Framework::new(framework, options.durable_bookkeeping, by_itself)),
            poller: Poller::new(Arc::clone(&doorbell)),
            listener: config.notify.then(|| Listener::new(Arc::clone(&doorbell), config.connect.clone())),
            identity: config.identity,
            notify: config.notify,
            options,
            users,
            doorbell,
        })
    }

    /// The present moment in milliseconds where a test decides it; otherwise the server says what time it is.
    pub(super) fn now(&self) -> Option<i64> {
        let clock = &self.options.clock;
        clock.replaces_database_clock().then(|| clock.now_millis())
    }

    /// Waits up to `wait` for the bell of a queue, or of the outbox under the empty name.
    pub(super) async fn wait_for(&self, queue: &str, wait: Duration) {
        if let Some(listener) = &self.listener {
            listener.start(self.options.poll_interval);
        }
        self.poller.wait(queue, wait, self.options.poll_interval, || self.look()).await;
    }

    /// One statement that looks for what other processes have stored.
    fn look(&self) -> Look {
        let framework = Arc::clone(&self.framework);
        let clock = Arc::clone(&self.options.clock);
        Box::new(move || {
            let framework = Arc::clone(&framework);
            let now = clock.replaces_database_clock().then(|| clock.now_millis());
            boxed(async move {
                let query = || sqlx::query(include_str!("sql/pulse.sql")).bind(now);
                let rows = framework.read("look for work", query).await?;
                rows.iter().map(pulse).collect::<sqlx::Result<_>>().map_err(database("look for work"))
            })
        })
    }

    /// Closes every connection.
    pub(super) async fn close_all(&self) {
        self.poller.stop();
        if let Some(listener) = &self.listener {
            listener.stop();
        }
        self.framework.close().await;
        self.users.close().await;
    }
}

fn pulse(row: &sqlx::postgres::PgRow) -> sqlx::Result<Pulse> {
    let next_in: Option<i64> = row.try_get(2)?;
    Ok(Pulse {
        queue: row.try_get(0)?,
        due: row.try_get(1)?,
        next_in: next_in.map(|millis| Duration::from_millis(millis.max(1) as u64)),
    })
}

/// Refuses an old server; answers whether a statement without BEGIN runs as the framework's transactions do.
async fn look_at_server(connection: &mut PgConnection, opening: &str) -> Result<bool> {
    let (number, name, by_itself): (i32, String, bool) =
        sqlx::query_as(include_str!("sql/server_version.sql"))
            .fetch_one(connection)
            .await
            .map_err(database(opening))?;
    refuse_old(number, &name, opening)?;
    Ok(by_itself)
}

fn refuse_old(number: i32, name: &str, opening: &str) -> Result<()> {
    if number < OLDEST_SERVER {
        return Err(Error::configuration(format!(
            "could not {opening}: the server is PostgreSQL {name}, and edafw needs 13 or later"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use edafw_core::ErrorKind;

    use super::refuse_old;

    #[test]
    fn old_servers_are_refused() {
        for (number, name) in
            [(130_000, "13.0"), (150_016, "15.16 (Debian 15.16-0+deb12u1)"), (180_001, "18.1")]
        {
            refuse_old(number, name, "open the database").unwrap();
        }
        let error = refuse_old(120_022, "12.22", "open the database").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(
            error.to_string(),
            "could not open the database: the server is PostgreSQL 12.22, and edafw needs 13 or later"
        );
    }
}
