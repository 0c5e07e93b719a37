//! What the environment asks of a binary.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

/// What the environment asks of a binary. Without a variable, everything works.
#[derive(Debug)]
pub struct Options {
    /// Where the databases are; the first argument.
    pub directory: PathBuf,
    /// `ACTOR_DATABASES`: the URL of a database, with `{name}` for its name; files in the directory without it.
    pub databases: String,
    /// `ACTOR_CONNECTIONS`: connections for the service's transactions.
    pub connections: u32,
    /// `ACTOR_SKEW_MS`: by how much the clock of the machine is wrong.
    pub skew: i64,
    /// `ACTOR_SEPARATE_QUEUES=1`: the queues are in a database of their own.
    pub separate_queues: bool,
    /// `ACTOR_EXTERNAL_QUEUES`: the name of the database that the queues of external events are in.
    pub external_queues: String,
    /// `ACTOR_SEED`: varies the failures.
    pub seed: u64,
    /// `ACTOR_FAIL_PERCENT`: how many of the first two attempts at an effect fail.
    pub fail_percent: u64,
    /// `ACTOR_POISON`: the number of the act that aborts the process.
    pub poison: Option<i64>,
    /// `ACTOR_HOLD`: the number of the act on which the subscriber `ledger` waits for a line on standard input.
    pub hold: Option<i64>,
    /// `ACTOR_SWALLOW`: the number of the act whose first attempt by `ledger` ignores that a constraint is violated.
    pub swallow: Option<i64>,
    /// `ACTOR_COUNT_RUNS=1`: subscribers note that they were called in the file `runs`.
    pub count_runs: bool,
    /// `ACTOR_WAIT=1`: the subscriber `call` waits for a line on standard input.
    pub wait: bool,
    /// `ACTOR_SHARED`: deliveries that share a commit; the batch where it is not given.
    pub shared: Option<usize>,
    /// `ACTOR_BATCH`, `ACTOR_LEASE_MS`, `ACTOR_ACQUIRE_MS`, `ACTOR_DEADLINE_MS`, `ACTOR_REPUBLISH_MS`.
    pub batch: usize,
    /// See [`batch`](Self::batch).
    pub lease: Duration,
    /// See [`batch`](Self::batch).
    pub acquire: Duration,
    /// See [`batch`](Self::batch).
    pub deadline: Duration,
    /// See [`batch`](Self::batch).
    pub republish: Duration,
}

fn read<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

fn millis(name: &str, default: u64) -> Duration {
    Duration::from_millis(read(name).unwrap_or(default))
}

impl Options {
    /// The URL of a database.
    pub fn url(&self, name: &str) -> String {
        self.databases.replace("{name}", name)
    }
}

/// The options of this process.
pub fn options() -> &'static Options {
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    let directory = PathBuf::from(std::env::args().nth(2).unwrap_or_else(|| ".".to_owned()));
    OPTIONS.get_or_init(|| Options {
        databases: std::env::var("ACTOR_DATABASES")
            .unwrap_or_else(|_| format!("sqlite:{}/{{name}}.db?synchronous=off", directory.display())),
        directory,
        connections: read("ACTOR_CONNECTIONS").unwrap_or(10),
        skew: read("ACTOR_SKEW_MS").unwrap_or(0),
        separate_queues: read::<u8>("ACTOR_SEPARATE_QUEUES").is_some(),
        external_queues: read("ACTOR_EXTERNAL_QUEUES").unwrap_or_else(|| "external".to_owned()),
        seed: read("ACTOR_SEED").unwrap_or(0),
        fail_percent: read("ACTOR_FAIL_PERCENT").unwrap_or(0),
        poison: read("ACTOR_POISON"),
        hold: read("ACTOR_HOLD"),
        swallow: read("ACTOR_SWALLOW"),
        count_runs: read::<u8>("ACTOR_COUNT_RUNS").is_some(),
        wait: read::<u8>("ACTOR_WAIT").is_some(),
        shared: read("ACTOR_SHARED"),
        batch: read("ACTOR_BATCH").unwrap_or(200),
        lease: millis("ACTOR_LEASE_MS", 400),
        acquire: millis("ACTOR_ACQUIRE_MS", 30_000),
        deadline: millis("ACTOR_DEADLINE_MS", 20_000),
        republish: millis("ACTOR_REPUBLISH_MS", 300_000),
    })
}
