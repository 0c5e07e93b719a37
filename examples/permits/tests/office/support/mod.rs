//! Running the real binaries, and reading what they have left in their databases.

pub(crate) mod generated;
pub(crate) mod place;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use place::{Connection, PAYLOAD, Place, Row};
use serde_json::Value;
use sqlx::{AssertSqlSafe, FromRow};
use tempfile::TempDir;

pub(crate) const HEADER: &str = "case,activity,resource,timestamp";

/// A directory for one test, with its inputs, and its databases.
pub(crate) struct Desk {
    place: Place,
    directory: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { place: Place::new(&directory.path().join("data")), directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the databases are that are files.
    #[cfg(not(any(feature = "mysql", feature = "postgres")))]
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The URL of a service's database.
    pub(crate) fn url(&self, service: &str) -> String {
        self.place.url(service)
    }

    /// `permits` on these databases.
    pub(crate) fn permits(&self) -> Command {
        let mut command = permits();
        command.args(self.place.arguments());
        command
    }

    /// `permits-worker` on these databases, until nothing is left to do.
    pub(crate) fn worker(&self) -> Command {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_permits-worker"));
        worker
            .args(["run", "--until-idle"])
            .env("EDAFW_DATABASE_URL", self.url("permits"))
            .env("EDAFW_EXTERNAL_URL", format!("embedded:{}", self.url("portal")))
            .env_remove("PERMITS_FAIL_RATE")
            .env_remove("PERMITS_SEED");
        worker
    }

    /// Another command of `permits-worker`.
    pub(crate) fn operate(&self, arguments: &[&str]) -> Output {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_permits-worker"));
        worker.env("EDAFW_DATABASE_URL", self.url("permits"));
        worker.env("EDAFW_EXTERNAL_URL", format!("embedded:{}", self.url("portal")));
        worker.env_remove("PERMITS_FAIL_RATE").env_remove("PERMITS_SEED");
        worker.args(arguments).output().unwrap()
    }

    /// The portal's worker, in this process, until nothing is left to do.
    pub(crate) async fn run_portal(&self) {
        let portal = portal::app().unwrap().database_url(self.url("portal")).connect().await.unwrap();
        portal.worker().unwrap().run_until_idle().await.unwrap();
        portal.close().await;
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Takes an input, and answers the exit code and the report.
    pub(crate) fn take(&self, input: &Path, options: &[&str]) -> (i32, Value) {
        report(&self.permits().args(["--json", "--input"]).arg(input).args(options).output().unwrap())
    }

    pub(crate) async fn office(&self) -> Connection {
        place::open(&self.url("permits")).await.unwrap()
    }

    pub(crate) async fn portal(&self) -> Connection {
        place::open(&self.url("portal")).await.unwrap()
    }

    /// The payloads of the office's events that a condition chooses.
    pub(crate) async fn payloads(&self, condition: &str) -> Vec<String> {
        let query = format!("select {PAYLOAD} from edafw_event where {condition} order by position");
        let payloads: Vec<(String,)> = rows(&mut self.office().await, &query).await;
        payloads.into_iter().map(|(payload,)| payload).collect()
    }

    /// All that follows from the steps, in both databases.
    pub(crate) async fn projections(&self) -> Projections {
        let (mut office, mut portal) = (self.office().await, self.portal().await);
        let mut found = Projections {
            workload: pairs(&mut office, "select resource, steps from workload").await,
            activity_count: pairs(&mut office, "select activity, steps from activity_count").await,
            case_timeline: rows(
                &mut office,
                "select case_id, seq, activity, resource, at from case_timeline",
            )
            .await,
            case_progress: pairs(&mut portal, "select case_id, steps from case_progress").await,
        };
        found.case_timeline.sort();
        found
    }

    /// The events of a name, and how many of them are published.
    pub(crate) async fn events(&self, name: &str) -> (i64, i64) {
        let count = format!("select count(*), count(published_at) from edafw_event where name = '{name}'");
        rows(&mut self.office().await, &count).await[0]
    }
}

/// What follows from the steps.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Projections {
    pub(crate) workload: BTreeMap<String, i64>,
    pub(crate) activity_count: BTreeMap<String, i64>,
    /// Case, number, activity, resource, time.
    pub(crate) case_timeline: Vec<(String, i64, String, String, String)>,
    pub(crate) case_progress: BTreeMap<String, i64>,
}

impl Projections {
    /// What must follow from these steps: case, activity, resource, time, in the order of the input.
    pub(crate) fn of<'a>(steps: impl IntoIterator<Item = [&'a str; 4]>) -> Self {
        let mut expected = Self::default();
        for [case, activity, resource, at] in steps {
            *expected.workload.entry(resource.to_owned()).or_default() += 1;
            *expected.activity_count.entry(activity.to_owned()).or_default() += 1;
            let steps = expected.case_progress.entry(case.to_owned()).or_default();
            *steps += 1;
            let [case, activity, resource, at] = [case, activity, resource, at].map(str::to_owned);
            expected.case_timeline.push((case, *steps, activity, resource, at));
        }
        expected.case_timeline.sort();
        expected
    }
}

pub(crate) fn permits() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permits"));
    command.env_remove("PERMITS_FAIL_RATE").env_remove("PERMITS_SEED").env_remove("RUST_LOG");
    command
}

/// The exit code and the report of a run with `--json`.
pub(crate) fn report(output: &Output) -> (i32, Value) {
    let code = output.status.code().expect("it ended by itself");
    match serde_json::from_slice(&output.stdout) {
        Ok(report) => (code, report),
        Err(error) => panic!("exit code {code}, {error}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Taken, already taken, refused.
pub(crate) fn row_counts(report: &Value) -> [u64; 3] {
    ["taken", "already_taken", "refused"].map(|name| report["rows"][name].as_u64().unwrap())
}

/// Stored, sent, published.
pub(crate) fn event_counts(report: &Value) -> [u64; 3] {
    ["stored", "sent", "published"].map(|name| report["events"][name].as_u64().unwrap())
}

/// What became of one subscriber's deliveries: delivered, retries, duplicates, dead letters.
pub(crate) fn deliveries(report: &Value, service: &str, subscriber: &str) -> [u64; 4] {
    let all = report["deliveries"].as_array().unwrap();
    let one = all.iter().find(|one| one["service"] == service && one["subscriber"] == subscriber).unwrap();
    ["delivered", "retries", "duplicates", "dead_letters"].map(|name| one[name].as_u64().unwrap())
}

/// The handlers of both services, and the publisher of the contract.
pub(crate) const SUBSCRIBERS: [(&str, &str); 5] = [
    ("permits", "activity_count"),
    ("permits", "case_timeline"),
    ("permits", "edafw-external.permit.step-completed.v1"),
    ("permits", "workload"),
    ("portal", "case_progress"),
];

pub(crate) async fn rows<T>(connection: &mut Connection, query: &str) -> Vec<T>
where
    T: for<'row> FromRow<'row, Row> + Send + Unpin,
{
    sqlx::query_as(AssertSqlSafe(query.to_owned())).fetch_all(connection).await.unwrap()
}

async fn pairs(connection: &mut Connection, query: &str) -> BTreeMap<String, i64> {
    rows::<(String, i64)>(connection, query).await.into_iter().collect()
}
