//! A handle to one MySQL or MariaDB database.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Error, ErrorKind, Result, StoreOptions};
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, Row};

use super::config::Config;
use super::connection::Framework;
use super::error::database;
use super::script::{Answers, Moment, Now, Place, Script};
use crate::boxed::boxed;
use crate::connections::Connections;
use crate::doorbell::{Doorbell, OUTBOX};
use crate::poller::{Look, Poller, Pulse};
use crate::registry::Registry;

/// A MySQL or MariaDB database: event store, inbox and embedded transport.
#[derive(Debug)]
pub struct MySqlStore {
    pub(super) identity: String,
    pub(super) options: StoreOptions,
    /// For the user's transactions.
    pub(super) users: Connections<MySqlConnection>,
    /// For the framework's own work.
    pub(super) framework: Arc<Framework>,
    pub(super) doorbell: Arc<Doorbell>,
    poller: Poller,
}

/// What the handles of one database share in this process.
static DOORBELLS: Registry<Doorbell> = Registry::new();

/// The oldest servers that can skip locked rows and read tables from JSON.
const OLDEST_MYSQL: (u32, u32) = (8, 0);
const OLDEST_MARIADB: (u32, u32) = (10, 6);

impl MySqlStore {
    /// Connects, and checks that the server is new enough.
    pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Self> {
        let config = Config::parse(url)?;
        let pool = |most| Connections::new(config.options.clone(), most, options.acquire_timeout);
        let users = pool(options.max_connections);
        let framework = pool((options.max_connections / 2).clamp(2, 8));
        // Named, because a process may open several.
        let opening = || database(format!("open the database {}", config.identity));
        let mut first = framework.take().await.map_err(opening())?;
        let server = Script::of(include_str!("sql/server.sql"), &[]);
        let answers = server.run(first.connection()).await.map_err(opening())?;
        first.keep();
        let read = |row: &MySqlRow| Ok((row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)?));
        let (version, autocommit) = answers.first_row().and_then(read).map_err(opening())?;
        check_version(&version, &config.identity)?;
        if autocommit == 0 {
            return Err(Error::configuration(format!(
                "{} opens a transaction with every statement; set `autocommit` of the server, or its `init_connect`, \
                 to 1",
                config.identity
            )));
        }
        let doorbell = DOORBELLS.of(&config.identity);
        Ok(Self {
            framework: Framework::new(framework),
            poller: Poller::new(Arc::clone(&doorbell)),
            identity: config.identity,
            options,
            users,
            doorbell,
        })
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
        let (framework, options) = (Arc::clone(&self.framework), self.options.clone());
        Box::new(move || {
            let (framework, now) = (Arc::clone(&framework), now(&options));
            boxed(async move {
                let doing = "look for work";
                let mut script = Script::of(include_str!("sql/pulse.sql"), &[&now]);
                let due = script.add(include_str!("sql/due.sql"), &[&now]);
                let answers = framework.once(doing, script).await?;
                pulses(&answers, due).map_err(database(doing))
            })
        })
    }

    /// Closes every connection.
    pub(super) async fn close_all(&self) {
        self.poller.stop();
        self.framework.close().await;
        self.users.close().await;
    }
}

fn pulses(answers: &Answers, due: Place) -> sqlx::Result<Vec<Pulse>> {
    let outbox = Pulse { queue: OUTBOX.to_owned(), due: answers.value(due)? != 0, next_in: None };
    let queue = |row: &MySqlRow| {
        let next = [row.try_get::<Option<i64>, _>(2)?, row.try_get(3)?];
        Ok(Pulse {
            queue: row.try_get(0)?,
            due: row.try_get::<i64, _>(1)? != 0,
            next_in: next
                .into_iter()
                .flatten()
                .min()
                .map(|millis| Duration::from_millis(millis.max(1) as u64)),
        })
    };
    std::iter::once(Ok(outbox)).chain(answers.first_rows().iter().map(queue)).collect()
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
