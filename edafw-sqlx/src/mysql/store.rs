//! A handle to one MySQL or MariaDB database.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Error, ErrorKind, Result, StoreOptions};
use sqlx::Row;

use super::config::Config;
use super::connection::Pool;
use super::error::database;
use super::script::{Moment, Now, Script};
use crate::boxed::boxed;
use crate::doorbell::{Doorbell, OUTBOX};
use crate::poller::{Look, Poller, Pulse};
use crate::registry::Registry;

/// A MySQL or MariaDB database: event store, inbox and embedded transport.
#[derive(Debug)]
pub struct MySqlStore {
    pub(super) identity: String,
    pub(super) options: StoreOptions,
    /// For the user's transactions.
    pub(super) users: Arc<Pool>,
    /// For the framework's own work.
    pub(super) own: Arc<Pool>,
    pub(super) doorbell: Arc<Doorbell>,
    poller: Poller,
}

/// What the handles of one database share in this process.
static BELLS: Registry<Doorbell> = Registry::new();

/// Connections for the framework's own work: a relay, a recorder and a few queues at a time. More would not make
/// the server's disk faster.
const OWN_CONNECTIONS: u32 = 6;

/// The oldest servers that can skip locked rows and read tables from JSON.
const OLDEST_MYSQL: (u32, u32) = (8, 0);
const OLDEST_MARIADB: (u32, u32) = (10, 6);

impl MySqlStore {
    /// Connects, and checks that the server is new enough.
    pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Self> {
        let config = Config::parse(url)?;
        let doorbell = BELLS.of(&config.identity);
        let users = Pool::new(config.options.clone(), options.max_connections, options.acquire_timeout);
        let own = Pool::new(config.options, OWN_CONNECTIONS, options.acquire_timeout);
        // Named, because a process may open several.
        let opening = || database(format!("open the database {}", config.identity));
        let mut lease = own.lease().await.map_err(opening())?;
        let answers = lease.run(Script::of(include_str!("sql/server.sql"), &[])).await.map_err(opening())?;
        lease.keep();
        let version: String = answers.first_row().and_then(|row| row.try_get(0)).map_err(opening())?;
        check_version(&version, &config.identity)?;
        let poller = Poller::new(Arc::clone(&doorbell));
        Ok(Self { identity: config.identity, options, users, own, doorbell, poller })
    }

    /// The present moment, for a statement.
    pub(super) fn now(&self) -> Now {
        now(&self.options)
    }

    /// The moment that comes in so long.
    pub(super) fn after(&self, delay: Duration) -> Moment {
        Moment(self.now(), delay.as_millis() as i64)
    }

    /// The moment that was so long ago.
    pub(super) fn before(&self, age: Duration) -> Moment {
        Moment(self.now(), -(age.as_millis() as i64))
    }

    /// Waits up to `wait` for the bell of a queue, or of the outbox under the empty name.
    pub(super) async fn wait_for(&self, queue: &str, wait: Duration) {
        self.poller.wait(queue, wait, self.options.poll_interval, || self.look()).await;
    }

    /// One round trip that looks for what other processes have stored.
    fn look(&self) -> Look {
        let (own, options) = (Arc::clone(&self.own), self.options.clone());
        Box::new(move || {
            let (own, now) = (Arc::clone(&own), now(&options));
            boxed(async move {
                let mut script = Script::of(include_str!("sql/pulse.sql"), &[&now]);
                let due = script.add(include_str!("sql/due.sql"), &[&now]);
                let mut lease = own.lease().await?;
                let answers = lease.run(script).await?;
                lease.keep();
                let outbox = Pulse { queue: OUTBOX.to_owned(), due: answers.value(due)? != 0, next_in: None };
                let mut pulses = vec![outbox];
                for row in answers.first_rows() {
                    let next = [row.try_get::<Option<i64>, _>(2)?, row.try_get(3)?];
                    let next = next.into_iter().flatten().min();
                    pulses.push(Pulse {
                        queue: row.try_get(0)?,
                        due: row.try_get::<i64, _>(1)? != 0,
                        next_in: next.map(|millis| Duration::from_millis(millis.max(1) as u64)),
                    });
                }
                Ok(pulses)
            })
        })
    }

    /// Closes every connection.
    pub(super) async fn close_all(&self) {
        self.poller.stop();
        self.own.close().await;
        self.users.close().await;
    }
}

fn now(options: &StoreOptions) -> Now {
    if options.clock.replaces_database_clock() {
        Now::Fixed(options.clock.now_millis())
    } else {
        Now::OfServer
    }
}

/// Refuses a server that is too old; one whose version is no number is taken at its word.
fn check_version(version: &str, identity: &str) -> Result<()> {
    let is_mariadb = version.contains("MariaDB");
    // Some servers say "5.5.5-10.11.6-MariaDB", for clients that want a 5 there.
    let number = version.strip_prefix("5.5.5-").filter(|_| is_mariadb).unwrap_or(version);
    let mut parts = number.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else { return Ok(()) };
    let (name, oldest) = if is_mariadb { ("MariaDB", OLDEST_MARIADB) } else { ("MySQL", OLDEST_MYSQL) };
    if (major, minor) >= oldest {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Configuration,
        format!(
            "{identity} is {name} {major}.{minor}; edafw needs {name} {}.{} or later, which can skip locked rows",
            oldest.0, oldest.1
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn old_servers_are_refused() {
        for version in
            ["8.0.36", "8.4.0", "9.1.0-commercial", "10.6.1-MariaDB", "5.5.5-10.11.6-MariaDB-log", "?"]
        {
            check_version(version, "mysql:h:3306/db").unwrap();
        }
        for version in ["5.7.44-log", "10.5.20-MariaDB", "5.5.5-10.4.1-MariaDB"] {
            let error = check_version(version, "mysql:h:3306/db").unwrap_err();
            assert!(error.to_string().contains("or later"), "{error}");
        }
    }
}
