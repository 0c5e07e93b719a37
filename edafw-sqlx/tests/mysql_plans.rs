//! No hot statement reads a whole table: the plan of every statement in `src/mysql/sql`, on 200,000 events; and
//! the statements that lock rows find them by their keys in small tables, too, where reading all would be cheaper
//! and would wait for rows that are none of their business.

mod mysql;

use std::path::Path;
use std::sync::Arc;

use edafw_core::{EventStore, ManualClock};
use mysql::{OnAServer, open};
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection, Row};

/// Statements that may read whole tables, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("archive", "reads what waits in the queues, in the background, where archiving is asked for"),
    ("bindings", "reads the queues of a service, one row per subscriber, when they are registered"),
    ("counts", "counts every event: for reports, as its documentation says"),
    ("oldest_of_inbox", "reads the oldest rows by id, as many as its limit says"),
    ("paused", "reads the paused subscribers, at most one row each"),
    ("pulse", "reads the queues, one row per subscriber"),
    ("queues", "reads the queues of a service, one row per subscriber, when they are registered"),
    ("rename_queue", "runs once in the life of a queue"),
    ("rename_subscriber", "runs once in the life of a subscriber"),
    ("schema", "reads the newest of one row per migration"),
];

/// Statements without a plan.
const UTILITY: &[&str] = &[
    "begin",
    "begin_work",
    "commit",
    "create_schema_table",
    "limit_idle",
    "migration_lock",
    "migration_unlock",
    "release_edafw",
    "savepoint_edafw",
    "server",
    "unlimit_idle",
];

/// What stands for a parameter.
const VALUES: &[(&str, &str, &str)] = &[
    ("events", "?1", "0"),
    ("events", "?2", "null"),
    ("events", "?3", "'key 77'"),
    ("events", "?4", "1"),
    ("events", "?5", "('')"),
    ("events", "?6", "null"),
    ("events", "?7", "null"),
    ("events", "?8", "null"),
    ("events", "?9", "null"),
    ("events", "?10", "'ship'"),
    ("events", "?11", "100"),
    ("events", "?12", "null"),
    ("archived", "?1", "0"),
    ("archived", "?2", "null"),
    ("archived", "?3", "'key 77'"),
    ("archived", "?4", "1"),
    ("archived", "?5", "('')"),
    ("archived", "?6", "null"),
    ("archived", "?7", "null"),
    ("archived", "?8", "null"),
    ("archived", "?9", "null"),
    ("archived", "?10", "'ship'"),
    ("archived", "?11", "100"),
    ("archived", "?12", "null"),
    ("dead_letters", "?2", "null"),
    ("dead_letters", "?4", "null"),
    ("record", "?1", "('a', 'b', 'c', 'd', 1)"),
    ("send_lanes", "?1", "('q', 'l', 1)"),
    ("send_messages", "?1", "('q', 'l', 'b', null)"),
    ("store_events", "?1", "('i', 'c', 's', 'n', 1, 'k', 1, 'p', 'h', 1)"),
    ("receive_lanes", "?1", "'shop.q1'"),
    ("receive_loose", "?1", "'shop.q1'"),
    ("receive_followers", "?1", "'shop.q1'"),
    ("receive_followers", "?2", "'key 5'"),
    ("claim_key", "?3", "'key 5'"),
];

/// A statement with values in it: the same list for all that take one, as long as the framework makes them, and for
/// everything else what can be read as a text and as a number.
fn filled(name: &str, statement: &str) -> String {
    const TABLE: &str = "'[[1,2,3,4],[2,3,4,5]]'";
    let list = |quote: &str| (1..=200).map(|n| format!("{quote}{n}{quote}")).collect::<Vec<_>>().join(", ");
    let mut text = statement
        .replace("json_table(?1", &format!("json_table({TABLE}"))
        .replace("position in ?1", &format!("position in ({})", list("")))
        .replace("lane in ?2", &format!("lane in ({})", list("'")))
        .replace("case lane ?3 end", "case lane when '1' then 2 when 'it''s' then 3 end");
    for number in (1..=12).rev() {
        let parameter = format!("?{number}");
        text = text.replace(&format!("limit {parameter}"), "limit 5");
        let value = VALUES.iter().find(|(of, place, _)| *of == name && *place == parameter);
        text = text.replace(&parameter, value.map_or("'5'", |(.., value)| value));
    }
    text
}

/// The statements of a file, without its comments.
fn statements(sql: &str) -> Vec<String> {
    let code: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    code.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// Steps of a plan that read all rows, or the whole of an index, of a table; JSON lists and intermediate results are
/// read as a whole. `insert` is the step that writes.
async fn scans(connection: &mut MySqlConnection, name: &str, statement: &str) -> Vec<String> {
    let plan = sqlx::raw_sql(AssertSqlSafe(format!("explain {}", filled(name, statement))))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let text = |row: &sqlx::mysql::MySqlRow, column: &str| {
        row.try_get_unchecked::<Option<String>, _>(column).unwrap().unwrap_or_default()
    };
    plan.iter()
        .filter(|row| {
            let (kind, extra) = (text(row, "type"), text(row, "Extra"));
            let (table, select) = (text(row, "table"), text(row, "select_type"));
            let derived = extra.contains("Table function") || table.starts_with('<') || select == "INSERT";
            let inserted = kind == "ALL" && text(row, "rows").is_empty();
            (kind == "ALL" || kind == "index") && !derived && !inserted
        })
        .map(|row| format!("{name}: {} of {} ({})", text(row, "type"), text(row, "table"), text(row, "key")))
        .collect()
}

/// 200,000 events, most of them published; 40,000 messages in ten queues and as many inbox rows.
const FILL: &str = "
    create temporary table n (n int primary key);
    insert into n with recursive d as (select 0 as d union all select d + 1 from d where d < 9)
    select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d
    from d a, d b, d c, d e, d f, (select 0 as d union all select 1) g;
    insert into edafw_event (event_id, channel, source, name, version, `key`, time, payload, headers, stored_at,
                             published_at)
    select concat('018f0000-0000-7000-8000-', lpad(hex(n), 12, '0')), 'internal', 'shop', 'order.paid', 1,
           concat('key ', n % 5000), n, '{}', '{}', n, case when n <= 180000 then n end
    from n;
    insert into edafw_outbox (position, `key`, due_at, sent_at)
    select position, `key`, 0, case when position <= 190000 then position end
    from edafw_event where position > 180000;
    insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
    select 'ship', 'shop', 'order.paid', n, n from n where n <= 50000;
    insert into edafw_producer_key (source, name, idempotency_key, event_id)
    select 'shop', 'order.paid', n, uuid() from n where n <= 20000;
    insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at)
    select 'ship', 'shop', 'order.paid', n, 1, n from n where n <= 20000;
    insert into edafw_dead_letter (subscriber, source, name, idempotency_key, `key`, queue, body, cause, error,
                                   attempts, holds_key, at)
    select 'ship', 'shop', 'order.paid', n, concat('key ', n), 'shop.ship', '{}', 'permanent', '', 1, n % 2, n
    from n where n <= 20000;
    insert into edafw_queue (name, service, ordered, registered_at)
    select concat('shop.q', n), 'shop', 1, 0 from n where n <= 10;
    insert into edafw_binding (topic, event, queue) select 'shop.internal', '*', name from edafw_queue;
    insert into edafw_lane (queue, lane, visible_at)
    select concat('shop.q', n % 10 + 1), concat('key ', n div 10), n from n where n <= 10000;
    insert into edafw_message (queue, lane, body)
    select concat('shop.q', n % 10 + 1), concat('key ', n % 10000 div 10), '{}' from n where n <= 20000;
    insert into edafw_message (queue, body, visible_at)
    select concat('shop.q', n % 10 + 1), '{}', n from n where n <= 20000;
    analyze table edafw_event, edafw_outbox, edafw_inbox, edafw_producer_key, edafw_attempt, edafw_dead_letter,
                  edafw_queue, edafw_binding, edafw_lane, edafw_message;";

/// A few rows in every table that is locked by keys.
const A_FEW: &str = "
    insert into edafw_event (event_id, channel, source, name, version, time, payload, headers, stored_at)
    values ('1', 'internal', 'shop', 'order.paid', 1, 1, '{}', '{}', 1),
           ('2', 'internal', 'shop', 'order.paid', 1, 1, '{}', '{}', 1);
    insert into edafw_outbox (position, `key`, due_at) values (1, 'a', 0), (2, 'b', 0);
    insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at)
    values ('1', '2', '3', '4', 1, 1), ('2', '3', '4', '5', 1, 1);
    insert into edafw_lane (queue, lane, visible_at) values ('1', '2', 1), ('2', '3', 1);
    insert into edafw_message (queue, lane, body) values ('1', '2', '{}'), ('2', '3', '{}');
    analyze table edafw_event, edafw_outbox, edafw_attempt, edafw_lane, edafw_message;";

fn files() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mysql/sql");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let named = |(name, _): &(String, String)| !UTILITY.contains(&&**name);
    std::fs::read_dir(directory).unwrap().map(read).filter(named).collect()
}

async fn place() -> (OnAServer, MySqlConnection) {
    let place = OnAServer::new().await;
    open(&place.address(), &Arc::new(ManualClock::default())).await.migrate().await.unwrap();
    let connection = place.raw().connect().await.unwrap();
    (place, connection)
}

#[tokio::test]
async fn hot_statements_read_what_they_need() {
    let (_place, mut connection) = place().await;
    sqlx::raw_sql(FILL).execute(&mut connection).await.unwrap();
    let (mut problems, mut explained) = (Vec::new(), 0);
    for (name, sql) in files() {
        if EXCEPTIONS.iter().any(|(exception, _)| *exception == name) {
            continue;
        }
        for statement in statements(&sql) {
            problems.extend(scans(&mut connection, &name, &statement).await);
            explained += 1;
        }
    }
    assert!(explained > 60, "only {explained} statements were found");
    assert!(problems.is_empty(), "these read whole tables: {problems:#?}");
}

#[tokio::test]
async fn few_rows_are_locked_by_their_keys() {
    let (_place, mut connection) = place().await;
    sqlx::raw_sql(A_FEW).execute(&mut connection).await.unwrap();
    let (mut problems, mut explained) = (Vec::new(), 0);
    for (name, sql) in files() {
        for statement in statements(&sql) {
            let locks = ["update ", "delete "].iter().any(|verb| statement.starts_with(verb))
                || statement.contains("for update");
            if locks {
                problems.extend(scans(&mut connection, &name, &statement).await);
                explained += 1;
            }
        }
    }
    assert!(explained > 50, "only {explained} statements were found");
    assert!(problems.is_empty(), "these look at rows that are none of their business: {problems:#?}");
}
