//! No hot statement reads a whole table: the plan of every statement in `src/postgres/sql`, on 200,000 events, for
//! these parameters and for any (the plan that PostgreSQL keeps after some executions). `EDAFW_PLAN_EVENTS` names
//! another number of events.

mod postgres;

use std::path::Path;
use std::sync::Arc;

use edafw_core::{EventStore, ManualClock};
use postgres::{OnAServer, open};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

/// Tables that do not grow with the events: one row per subscriber, migration, name or channel.
const SMALL: [&str; 6] =
    ["edafw_queue", "edafw_binding", "edafw_pause", "edafw_schema", "edafw_meta", "edafw_transport"];

/// Statements that may read whole tables, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("archive", "reads what waits in the queues, in the background, where archiving is asked for"),
    ("counts", "counts every event: for reports, as its documentation says"),
    ("effects", "reads dead letters and attempts as a whole where they are few: for an operator"),
    ("exhaust", "reads what is unconfirmed, once per period, and only when something is due"),
    ("has_waiting", "reads all messages when payloads are erased, as its documentation says"),
    ("republish", "reads what is unconfirmed, once per period, and only when something is due"),
    ("rename_queue", "runs once in the life of a queue"),
    ("rename_subscriber", "runs once in the life of a subscriber"),
    ("unorder_queue", "runs once in the life of a queue"),
];

/// Statements whose plan is made anew for the parameters of each execution, and which parameters those are.
const BY_PARAMETERS: &[(&str, &[(&str, &str)])] = &[
    ("events", &[("$1", "0"), ("$2", "'018f0000-0000-7000-8000-000000000001'"), ("$10", "100")]),
    ("events", &[("$1", "0"), ("$3", "'key 77'"), ("$10", "100")]),
    ("events", &[("$1", "0"), ("$10", "100"), ("$11", "'018f0000-0000-7000-8000-000000000001'")]),
    ("events", &[("$1", "150000"), ("$10", "100")]),
    ("archived", &[("$1", "-30000"), ("$3", "'key 77'"), ("$10", "100")]),
    ("archived", &[("$1", "-30000"), ("$10", "100"), ("$11", "'018f0000-0000-7000-8000-000000000001'")]),
    ("dead_letters", &[("$1", "0"), ("$5", "100")]),
];

/// Statements without a plan.
const UTILITY: [&str; 7] = [
    "begin",
    "begin_bookkeeping",
    "begin_durable",
    "create_schema_table",
    "lock_migration",
    "lock_queues",
    "server_version",
];

async fn run(connection: &mut PgConnection, statement: &str) {
    let ran = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await;
    ran.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn explain(connection: &mut PgConnection, name: &str, statement: &str) -> Vec<String> {
    let plan = sqlx::query_scalar(AssertSqlSafe(format!("explain {statement}")));
    plan.persistent(false).fetch_all(connection).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Sequential scans of tables that grow.
fn scans(plan: &[String]) -> Vec<&str> {
    let scan = |line: &'_ String| -> Option<usize> {
        let at = line.find("Seq Scan on edafw_")?;
        let table = line[at..].split_whitespace().nth(3)?;
        (!SMALL.contains(&table)).then_some(at)
    };
    plan.iter().filter_map(|line| scan(line).map(|at| &line[at..])).collect()
}

/// The greatest number of a parameter in a statement.
fn parameters(sql: &str) -> usize {
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    sql.split('$').skip(1).filter_map(number).max().unwrap_or(0)
}

/// {events} events, all but 20,000 of them published; 40,000 messages in ten queues and as many inbox rows.
const FILL: &str = "
    insert into edafw_event (event_id, channel, source, name, version, key, time, payload, headers, stored_at,
                             published_at)
    select ('018f0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'internal', 'shop', 'order.paid', 1,
           'key ' || n % 5000, n, '{}', json_build_object('correlationid', gen_random_uuid()), n, case when n <= {events} - 20000 then n end
    from generate_series(1, {events}) n;
    insert into edafw_outbox (position, key, sent_at)
    select position, key, case when position <= {events} - 10000 then position end
    from edafw_event where position > {events} - 20000;
    insert into edafw_archive (position, event_id, channel, source, name, version, key, time, payload, headers,
                               stored_at, published_at, archived_at)
    select -n, gen_random_uuid(), 'internal', 'shop', 'order.paid', 1, 'key ' || n % 5000, n, '{}', '{}', n, n, n
    from generate_series(1, 20000) n;
    insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
    select 'ship', 'shop', 'order.paid', n::text, n from generate_series(1, 50000) n;
    insert into edafw_producer_key (source, name, idempotency_key, event_id)
    select 'shop', 'order.paid', n::text, gen_random_uuid() from generate_series(1, 20000) n;
    insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at)
    select 'ship', 'shop', 'order.paid', n::text, 1, n from generate_series(1, 20000) n;
    insert into edafw_dead_letter (subscriber, source, name, idempotency_key, key, queue, body, cause, error,
                                   attempts, holds_key, at)
    select 'ship', 'shop', 'order.paid', n::text, 'key ' || n, 'shop.ship', '{}', 'permanent', '', 1, n % 2 = 0, n
    from generate_series(1, 20000) n;
    insert into edafw_queue (name, service, ordered, registered_at)
    select 'shop.q' || n, 'shop', true, 0 from generate_series(1, 10) n;
    insert into edafw_binding (topic, event, queue) select 'shop.internal', '*', name from edafw_queue;
    insert into edafw_lane (queue, lane, visible_at)
    select 'shop.q' || q, 'key ' || n, n from generate_series(1, 10) q, generate_series(1, 1000) n;
    insert into edafw_message (queue, lane, body)
    select 'shop.q' || q, 'key ' || n % 1000 + 1, '{}' from generate_series(1, 10) q, generate_series(1, 2000) n;
    insert into edafw_message (queue, body, visible_at)
    select 'shop.q' || q, '{}', n from generate_series(1, 10) q, generate_series(1, 2000) n;
    analyze;";

#[tokio::test]
async fn hot_statements_read_what_they_need() {
    let place = OnAServer::new().await;
    open(&place.address(), &Arc::new(ManualClock::default())).await.migrate().await.unwrap();
    let mut connection = place.raw().connect().await.unwrap();
    let events = std::env::var("EDAFW_PLAN_EVENTS").unwrap_or_else(|_| "200000".to_owned());
    run(&mut connection, &FILL.replace("{events}", &events)).await;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres/sql");
    let (mut problems, mut explained) = (Vec::new(), 0);
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let by_parameters = BY_PARAMETERS.iter().any(|(other, _)| *other == name);
        if UTILITY.contains(&&*name)
            || by_parameters
            || EXCEPTIONS.iter().any(|(exception, _)| *exception == name)
        {
            continue;
        }
        let sql = std::fs::read_to_string(&path).unwrap();
        run(&mut connection, &format!("prepare hot as {sql}")).await;
        let nulls = vec!["null"; parameters(&sql)].join(", ");
        let execute =
            if nulls.is_empty() { "execute hot".to_owned() } else { format!("execute hot({nulls})") };
        run(&mut connection, "set plan_cache_mode = force_generic_plan").await;
        let plan = explain(&mut connection, &name, &execute).await;
        problems.extend(scans(&plan).into_iter().map(|scan| format!("{name}: {scan}")));
        run(&mut connection, "deallocate hot").await;
        explained += 1;
    }
    run(&mut connection, "set plan_cache_mode = auto").await;
    for (name, values) in BY_PARAMETERS {
        let sql = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/postgres/sql/{name}.sql")),
        )
        .unwrap();
        run(&mut connection, &format!("prepare hot as {sql}")).await;
        let arguments: Vec<_> = (1..=parameters(&sql))
            .map(|n| {
                let value = values.iter().find(|(parameter, _)| *parameter == format!("${n}"));
                value.map_or("null", |(_, value)| value)
            })
            .collect();
        let plan = explain(&mut connection, name, &format!("execute hot({})", arguments.join(", "))).await;
        problems.extend(scans(&plan).into_iter().map(|scan| format!("{name} {values:?}: {scan}")));
        run(&mut connection, "deallocate hot").await;
        explained += 1;
    }
    assert!(explained > 40, "only {explained} statements were found");
    assert!(problems.is_empty(), "these read whole tables: {problems:#?}");
}
