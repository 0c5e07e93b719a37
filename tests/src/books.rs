//! What the databases say, and what they must say in the end.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow};
use tokio::runtime::Runtime;

/// Subscribers of the actor that write an effect for every undeclared act, in order.
const OF_HAPPENED: [&str; 5] = ["ledger", "follow_up", "followed", "pair_one", "pair_two"];

/// The databases of a [`World`](crate::World), opened for reading.
#[derive(Debug)]
pub struct Books {
    runtime: Runtime,
    directory: std::path::PathBuf,
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
    pub(crate) fn open(directory: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self { runtime: runtime.expect("a runtime"), directory: directory.to_owned() }
    }

    /// The rows that a query on `actor`, `listener`, `queues` or `external` answers.
    pub fn rows<T>(&self, database: &str, sql: &str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let work = async {
            let mut connection = self.connect(database).await?;
            sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await
        };
        self.runtime.block_on(work).unwrap_or_else(|error: sqlx::Error| panic!("{sql}: {error}"))
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
        self.rows("actor", "select no, key from act order by id")
    }

    /// What a subscriber did, in the order in which it did.
    pub fn effects(&self, database: &str, subscriber: &str) -> Vec<Effect> {
        let rows: Vec<(i64, i64, i64, i64)> = self.rows(
            database,
            &format!(
                "select no, key, attempt, process from effect where subscriber = '{subscriber}' order by id"
            ),
        );
        rows.into_iter().map(|(no, key, attempt, process)| Effect { no, key, attempt, process }).collect()
    }

    /// Acts whose event became a dead letter of a subscriber: number, cause, attempts.
    pub fn dead_letters(&self, subscriber: &str) -> Vec<(i64, String, i64)> {
        let sql = format!(
            "select (body ->> 'data') ->> 'no', cause, attempts from edafw_dead_letter
             where subscriber = '{subscriber}' order by id"
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
        self.check_effects("listener", "listen", &happened, true);
        let mut letters: Vec<i64> = self.dead_letters("refuses").into_iter().map(|(no, ..)| no).collect();
        letters.sort_unstable();
        assert_eq!(letters, sorted(refused.iter().map(|(no, _)| *no)), "dead letters");
        assert_eq!(self.number("actor", "select count(*) from edafw_dead_letter"), letters.len() as i64);
        let mut called = self.calls();
        called.sort_unstable();
        called.dedup();
        assert_eq!(called, sorted(declared.iter().map(|(no, _)| *no)), "calls");
        self.check_nothing_is_left(happened.len());
    }

    /// Acts and events tell the same story, and nothing that was rolled back is in it.
    pub fn check_publisher(&self, count: i64) {
        let acts = self.acts();
        assert_eq!(sorted(acts.iter().map(|(no, _)| *no)), (0..count).collect::<Vec<_>>(), "acts");
        let events: Vec<(i64, i64)> = self.rows(
            "actor",
            "select payload ->> 'no', payload ->> 'key' from edafw_event
             where name in ('actor.happened', 'actor.ordered') and channel = 'internal' order by position",
        );
        assert_eq!(events, acts, "events");
        let keys = "select count(*) from edafw_producer_key where source = 'actor'";
        assert_eq!(self.number("actor", keys), (count + 4) / 5, "declared keys");
    }

    fn check_nothing_is_left(&self, happened: usize) {
        let made =
            |what: &str| self.number("actor", &format!("select count(*) from edafw_event where {what}"));
        assert_eq!(made("name = 'actor.followed'"), happened as i64, "follow-up events");
        assert_eq!(made("channel = 'external'"), happened as i64, "external events");
        assert_eq!(made("published_at is null"), 0, "unconfirmed events");
        assert_eq!(self.number("actor", "select count(*) from edafw_outbox"), 0, "outbox");
        for database in ["actor", "listener", "queues", "external"] {
            if self.directory.join(format!("{database}.db")).exists() {
                let left: Vec<(String, i64)> =
                    self.rows(database, "select queue, count(*) from edafw_message group by queue");
                assert_eq!(left, [], "messages in {database}.db");
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

fn sorted(numbers: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut numbers: Vec<i64> = numbers.collect();
    numbers.sort_unstable();
    numbers
}
