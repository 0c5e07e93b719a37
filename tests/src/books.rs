//! What the databases say, and what they must say in the end.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow};
use tokio::runtime::Runtime;

use crate::Kind;
use crate::place::{mysql, postgres, runtime};

/// Subscribers of the actor that write an effect for every undeclared act, in order.
const OF_HAPPENED: [&str; 5] = ["ledger", "follow_up", "followed", "pair_one", "pair_two"];

/// The databases of a [`World`](crate::World), opened for reading.
#[derive(Debug)]
pub struct Books {
    runtime: Runtime,
    directory: std::path::PathBuf,
    kind: Kind,
    pattern: String,
}

/// A row of any kind of database.
pub trait AnyRow:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, MySqlRow> + Send + Unpin
{
}

impl<T> AnyRow for T where
    T: for<'r> FromRow<'r, SqliteRow>
        + for<'r> FromRow<'r, PgRow>
        + for<'r> FromRow<'r, MySqlRow>
        + Send
        + Unpin
{
}

/// What a subscriber did about an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The act.
    pub no: i64,
    /// Its key.
    pub key: i64,
    /// Which attempt it was.
    pub attempt: i64,
    /// Which process it was.
    pub process: i64,
}

impl Books {
    pub(crate) fn open(directory: &Path, kind: Kind, pattern: &str) -> Self {
        Self { runtime: runtime(), directory: directory.to_owned(), kind, pattern: pattern.to_owned() }
    }

    /// The rows that a query on `actor`, `listener`, `queues` or `external` answers.
    pub fn rows<T: AnyRow>(&self, database: &str, sql: &str) -> Vec<T> {
        let query = AssertSqlSafe(sql.to_owned());
        let rows = match self.kind {
            Kind::Sqlite => self.runtime.block_on(async {
                let mut connection = self.connect(database).await?;
                sqlx::query_as(query).fetch_all(&mut connection).await
            }),
            Kind::Postgres => self.runtime.block_on(async {
                let mut connection = postgres(&self.pattern.replace("{name}", database)).await?;
                sqlx::query_as(query).fetch_all(&mut connection).await
            }),
            Kind::MySql => self.runtime.block_on(async {
                let mut connection = mysql(&self.pattern.replace("{name}", database)).await?;
                sqlx::query_as(query).fetch_all(&mut connection).await
            }),
        };
        rows.unwrap_or_else(|error: sqlx::Error| panic!("{sql}: {error}"))
    }

    /// The one number that a query answers.
    pub fn number(&self, database: &str, sql: &str) -> i64 {
        self.rows::<(i64,)>(database, sql)[0].0
    }

    async fn connect(&self, database: &str) -> sqlx::Result<SqliteConnection> {
        let path = self.directory.join(format!("{database}.db"));
        SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(std::time::Duration::from_secs(30))
            .connect()
            .await
    }

    /// Whether no process holds a database's one writer.
    pub fn is_free(&self, database: &str) -> bool {
        let work = async {
            let mut connection = self.connect(database).await?;
            sqlx::raw_sql("pragma busy_timeout = 0; begin immediate; rollback").execute(&mut connection).await
        };
        self.runtime.block_on(work).is_ok()
    }

    /// The committed acts, in the order in which they were committed: number and key.
    pub fn acts(&self) -> Vec<(i64, i64)> {
        self.rows("actor", "select no, person from act order by id")
    }

    /// What a subscriber did, in the order in which it did.
    pub fn effects(&self, database: &str, subscriber: &str) -> Vec<Effect> {
        let rows: Vec<(i64, i64, i64, i64)> = self.rows(
            database,
            &format!(
                "select no, person, attempt, process from effect where subscriber = '{subscriber}' order by id"
            ),
        );
        rows.into_iter().map(|(no, key, attempt, process)| Effect { no, key, attempt, process }).collect()
    }

    /// Acts whose event became a dead letter of a subscriber: number, cause, attempts.
    pub fn dead_letters(&self, subscriber: &str) -> Vec<(i64, String, i64)> {
        let no = match self.kind {
            Kind::Sqlite => "(body ->> 'data') ->> 'no'",
            Kind::Postgres => "(body::json -> 'data' ->> 'no')::bigint",
            Kind::MySql => "cast(json_value(body, '$.data.no') as signed)",
        };
        let sql = format!(
            "select {no}, cause, attempts from edafw_dead_letter where subscriber = '{subscriber}' order by id"
        );
        self.rows("actor", &sql)
    }

    /// What the subscriber without a transaction was called with, in that order.
    pub fn calls(&self) -> Vec<i64> {
        let calls = std::fs::read_to_string(self.directory.join("calls")).unwrap_or_default();
        calls.lines().map(|line| line.parse().expect("a number a line")).collect()
    }

    /// The subscriber's effects are those of `acts`, each once, each key in the order of the acts.
    pub fn check_effects(&self, database: &str, subscriber: &str, acts: &[(i64, i64)], ordered: bool) {
        let effects = self.effects(database, subscriber).into_iter().map(|one| (one.no, one.key));
        let (mut done, mut expected) = (by_key(effects), by_key(acts.iter().copied()));
        if !ordered {
            done.values_mut().chain(expected.values_mut()).for_each(|numbers| numbers.sort_unstable());
        }
        for (key, numbers) in &expected {
            assert_eq!(done.get(key), Some(numbers), "effects of `{subscriber}` on key {key}");
        }
        assert_eq!(done.len(), expected.len(), "keys of `{subscriber}`");
    }

    /// Acts `0..count` are committed, published and confirmed; every effect took place once and in order;
    /// nothing is left of what was rolled back, and nothing is left to do.
    pub fn check(&self, count: i64) {
        self.check_publisher(count);
        let acts = self.acts();
        let (declared, happened): (Vec<_>, Vec<_>) = acts.into_iter().partition(|(no, _)| no % 5 == 0);
        let (refused, accepted): (Vec<_>, Vec<_>) = declared.iter().partition(|(no, _)| no % 20 == 15);
        for subscriber in OF_HAPPENED {
            self.check_effects("actor", subscriber, &happened, true);
        }
        self.check_effects("actor", "unordered", &happened, false);
        self.check_effects("actor", "order_ledger", &declared, true);
        self.check_effects("actor", "refuses", &accepted, true);
        self.check_effects("actor", "regrets", &accepted, true);
        self.check_effects("actor", "compensate", &refused, true);
        self.check_effects("listener", "listen", &happened, true);
        let mut letters: Vec<i64> = self.dead_letters("refuses").into_iter().map(|(no, ..)| no).collect();
        letters.sort_unstable();
        assert_eq!(letters, sorted(refused.iter().map(|(no, _)| *no)), "dead letters");
        assert_eq!(self.number("actor", "select count(*) from edafw_dead_letter"), letters.len() as i64);
        let mut called = self.calls();
        called.sort_unstable();
        called.dedup();
        assert_eq!(called, sorted(declared.iter().map(|(no, _)| *no)), "calls");
        let regretted = "select count(*) from edafw_event where name = 'actor.regretted'";
        assert_eq!(self.number("actor", regretted), refused.len() as i64, "failure events");
        self.check_nothing_is_left(happened.len());
    }

    /// Acts and events tell the same story, and nothing that was rolled back is in it.
    pub fn check_publisher(&self, count: i64) {
        let acts = self.acts();
        assert_eq!(not_once(acts.iter().map(|(no, _)| *no), count), [], "acts, and how often they are there");
        let columns = match self.kind {
            Kind::Sqlite | Kind::Postgres => {
                "cast(payload ->> 'no' as bigint), cast(payload ->> 'key' as bigint)"
            }
            Kind::MySql => {
                "cast(json_value(payload, '$.no') as signed), cast(json_value(payload, '$.key') as signed)"
            }
        };
        let events: Vec<(i64, i64)> = self.rows(
            "actor",
            &format!(
                "select {columns} from edafw_event
                 where name in ('actor.happened', 'actor.ordered') and channel = 'internal' order by position"
            ),
        );
        if self.kind == Kind::Sqlite {
            assert_eq!(events, acts, "events");
        }
        // Transactions of different keys run side by side elsewhere.
        assert_eq!(by_key(events.into_iter()), by_key(acts.into_iter()), "events");
        let keys = "select count(*) from edafw_producer_key where source = 'actor'";
        assert_eq!(self.number("actor", keys), (count + 4) / 5, "declared keys");
    }

    /// Whether a database is in use.
    fn has_queues(&self, database: &str) -> bool {
        match self.kind {
            Kind::Sqlite => self.directory.join(format!("{database}.db")).exists(),
            Kind::Postgres => self.number(database, "select count(to_regclass('edafw_message'))") > 0,
            Kind::MySql => {
                let tables = "select count(*) from information_schema.tables
                              where table_schema = database() and table_name = 'edafw_message'";
                self.number(database, tables) > 0
            }
        }
    }

    /// How often each subscriber was called beyond what took effect, where the processes note their calls.
    pub fn repeated_runs(&self) -> BTreeMap<String, i64> {
        let runs = std::fs::read_to_string(self.directory.join("runs")).unwrap_or_default();
        let mut repeated: BTreeMap<String, i64> = BTreeMap::new();
        for run in runs.lines() {
            let (subscriber, _) = run.split_once(' ').expect("a subscriber and a number");
            *repeated.entry(subscriber.to_owned()).or_default() += 1;
        }
        for (subscriber, runs) in &mut repeated {
            let database = if subscriber == "listen" { "listener" } else { "actor" };
            *runs -= self
                .number(database, &format!("select count(*) from effect where subscriber = '{subscriber}'"));
        }
        repeated
    }

    fn check_nothing_is_left(&self, happened: usize) {
        let made =
            |what: &str| self.number("actor", &format!("select count(*) from edafw_event where {what}"));
        assert_eq!(made("name = 'actor.followed'"), happened as i64, "follow-up events");
        assert_eq!(made("channel = 'external'"), happened as i64, "external events");
        assert_eq!(made("published_at is null"), 0, "unconfirmed events");
        assert_eq!(self.number("actor", "select count(*) from edafw_outbox"), 0, "outbox");
        for database in ["actor", "listener", "queues", "external"] {
            if self.has_queues(database) {
                let left: Vec<(String, i64)> =
                    self.rows(database, "select queue, count(*) from edafw_message group by queue");
                assert_eq!(left, [], "messages in {database}");
            }
        }
    }
}

fn by_key(acts: impl Iterator<Item = (i64, i64)>) -> BTreeMap<i64, Vec<i64>> {
    let mut keys: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (no, key) in acts {
        keys.entry(key).or_default().push(no);
    }
    keys
}

/// Of the numbers `0..count` those that are not there once, and all others; with how often they are.
fn not_once(numbers: impl IntoIterator<Item = i64>, count: i64) -> Vec<(i64, u32)> {
    let mut times: BTreeMap<i64, u32> = (0..count).map(|no| (no, 0)).collect();
    for no in numbers {
        *times.entry(no).or_default() += 1;
    }
    times.into_iter().filter(|(no, times)| *times != 1 || !(0..count).contains(no)).collect()
}

fn sorted(numbers: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut numbers: Vec<i64> = numbers.collect();
    numbers.sort_unstable();
    numbers
}
