//! Databases of earlier releases.

mod postgres;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::Backend;
use edafw_core::{EventStore, ManualClock, RawEnvelope, Transaction, Transport};
use edafw_sqlx::Postgres;
use edafw_testkit::{name_of, new_event};
use postgres::{OnAServer, lanes, open};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

async fn run(connection: &mut PgConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(connection).await.unwrap();
}

/// What waited in a queue as one row per message, with and without a lane, some of it in hands that let go of it, is delivered after the
/// upgrade, in order, and what comes later comes behind it.
#[tokio::test]
async fn messages_of_a_row_each_are_delivered() {
    let place = OnAServer::new().await;
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    let mut raw = place.raw().connect().await.unwrap();
    run(&mut raw, include_str!("../src/postgres/sql/create_schema_table.sql")).await;
    for (version, statements) in store.migrations().iter().take(6) {
        run(&mut raw, statements).await;
        run(&mut raw, &format!("insert into edafw_schema values ({version}, least({version}, 5), 0)")).await;
    }
    let mut tx = Postgres::begin(&store).await.unwrap();
    tx.prepare_commit(&[new_event(Some("a"), 1), new_event(Some("a"), 2), new_event(None, 3)]).await.unwrap();
    tx.commit(false).await.unwrap();
    run(
        &mut raw,
        "insert into edafw_queue values ('shop.ship', 'shop', true, 0);
         insert into edafw_lane (queue, lane, visible_at, token) values ('shop.ship', 'a', 0, null),
             ('shop.ship', 'b', 5000, 7);
         insert into edafw_message (queue, lane, body, event, visible_at, token, receives) values
             ('shop.ship', 'a', null, 1, null, null, 0), ('shop.ship', 'b', 'b4', null, null, 7, 1),
             ('shop.ship', 'a', null, 2, null, null, 0), ('shop.ship', null, null, 3, 0, null, 0),
             ('shop.ship', 'a', 'a5', null, null, null, 0), ('shop.ship', null, '-6', null, 5000, 8, 1);",
    )
    .await;
    assert_eq!(store.migrate().await.unwrap().first(), Some(&7));
    lanes::check(&mut raw).await;
    let delivered = store.receive("shop.ship", 10, Duration::from_secs(30), Duration::ZERO).await.unwrap();
    let text =
        |body: &str| RawEnvelope::from_json(body).map_or_else(|_| body.to_owned(), |event| name_of(&event));
    let names: Vec<String> = delivered.iter().map(|one| text(&one.body)).collect();
    assert_eq!(names, ["a1", "b4", "a2", "-3", "a5", "-6"]);
    assert!(
        delivered.iter().all(|one| one.receive_count == 1 + u32::from(["b4", "-6"].contains(&&*one.body)))
    );
    let next =
        "insert into edafw_message (queue, body, visible_at) values ('shop.ship', '', 0) returning position";
    let next: i64 = sqlx::query_scalar(next).fetch_one(&mut raw).await.unwrap();
    assert!(
        delivered.iter().all(|one| one.receipt.handle.parse::<i64>().unwrap() + 99 < next),
        "behind {next}"
    );
}
