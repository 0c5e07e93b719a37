//! No hot statement reads a whole table: the query plan of every statement in `src/sqlite/sql`.

mod sqlite;

use std::path::Path;
use std::sync::Arc;

use edafw_core::{EventStore, ManualClock};
use sqlite::{OnAFile, open};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

/// Scans of a part: the index holds the rows of one state only, and that is what is wanted.
const PARTIAL: &[&str] = &["edafw_outbox_unsent", "edafw_outbox_holding", "edafw_outbox_unconfirmed"];

/// Statements that may read whole tables, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("archive", "reads what waits in the queues, in the background, where archiving is asked for"),
    ("counts", "counts every event: for reports, as its documentation says"),
    ("purge_inbox", "reads the oldest rows by row id, as many as its limit says"),
    ("has_waiting", "reads all messages when payloads are erased, as its documentation says"),
    ("rename_queue", "runs once in the life of a queue"),
    ("queues", "reads the queues of a service, one row per subscriber, when they are registered"),
    ("bindings", "reads the bindings of a queue, a few rows per subscriber, when they are registered"),
    ("paused", "reads the paused subscribers, at most one row each"),
    ("schema", "reads the newest of one row per migration"),
    ("schema_version", "reads the newest of one row per migration"),
];

/// Names in statements that stand for intermediate results, or for the few rows of `edafw_queue`.
const DERIVED: &[&str] = &[
    "target",
    "next",
    "named",
    "due",
    "lane",
    "q",
    "known",
    "entry",
    "sendable",
    "any_attempt",
    "inboxed",
    "buried",
    "tried",
];

/// The statements of a file, without its comments.
fn statements(sql: &str) -> Vec<String> {
    let code: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    code.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// Whether a step of a plan reads all rows of a table that grows.
fn reads_all(detail: &str) -> bool {
    let Some(scan) = detail.strip_prefix("SCAN ") else { return false };
    let what = scan.split(' ').next().unwrap_or_default();
    let derived = scan.contains("VIRTUAL TABLE")
        || scan == "CONSTANT ROW"
        || what.starts_with("(subquery")
        || DERIVED.contains(&what);
    let partial = scan.rsplit_once("INDEX ").is_some_and(|(_, index)| PARTIAL.contains(&index));
    !derived && !partial
}

#[tokio::test]
async fn hot_statements_read_what_they_need() {
    let place = OnAFile::new();
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    store.migrate().await.unwrap();
    let mut connection = place.raw().connect().await.unwrap();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sqlite/sql");
    let mut problems = Vec::new();
    let mut explained = 0;
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        for statement in statements(&std::fs::read_to_string(&path).unwrap()) {
            if statement.starts_with("release") {
                continue;
            }
            let plan = sqlx::query(AssertSqlSafe(format!("explain query plan {statement}")))
                .fetch_all(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            explained += 1;
            for step in plan {
                let detail: String = step.get(3);
                if reads_all(&detail) && !EXCEPTIONS.iter().any(|(exception, _)| *exception == name) {
                    problems.push(format!("{name}: {detail}"));
                }
            }
        }
    }
    assert!(explained > 40, "only {explained} statements were found");
    assert!(problems.is_empty(), "these read whole tables: {problems:#?}");
}
