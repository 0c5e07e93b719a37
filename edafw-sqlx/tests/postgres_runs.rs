//! Every behaviour of a transport, where the messages are events of the same database on PostgreSQL: those that were
//! sent together share a row.

mod postgres;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{EventStore, ManualClock};
use postgres::by_events::ByEvents;
use postgres::{OnAServer, open};
use sqlx::{ConnectOptions, Connection};

edafw_testkit::transport_suite!(ByEvents);

/// A recorder that finds the first rows in another one's hands, and runs behind them, takes as many messages as it wants
/// and leaves the rest as it was.
#[tokio::test]
async fn a_recorder_takes_a_part_of_a_run() {
    let place = OnAServer::new().await;
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    store.migrate().await.unwrap();
    let mut raw = place.raw().connect().await.unwrap();
    let fill = "insert into edafw_queue values ('shop.recorder', 'shop', false, 0);
                insert into edafw_message (queue, events, visible_at)
                values ('shop.recorder', '{1}', 0), ('shop.recorder', '{2}', 0),
                       ('shop.recorder', '{3, 4, 5}', 0), ('shop.recorder', '{6, 7, 8}', 0)";
    sqlx::raw_sql(fill).execute(&mut raw).await.unwrap();
    let mut other = raw.begin().await.unwrap();
    let hold = "select from edafw_message where cardinality(events) = 1 for update";
    sqlx::raw_sql(hold).execute(&mut *other).await.unwrap();
    let own = store.own_queues().unwrap();
    let polled = own.confirm_received("shop.recorder", 2, Duration::ZERO).await.unwrap();
    assert_eq!((polled.messages, polled.published), (2, 2));
    other.rollback().await.unwrap();
    let left: Vec<Vec<i64>> = sqlx::query_scalar("select events from edafw_message order by position")
        .fetch_all(&mut raw)
        .await
        .unwrap();
    assert_eq!(left, [vec![1], vec![2], vec![5], vec![6, 7, 8]]);
    let polled = own.confirm_received("shop.recorder", 10, Duration::ZERO).await.unwrap();
    assert_eq!((polled.messages, polled.published), (6, 6));
}
