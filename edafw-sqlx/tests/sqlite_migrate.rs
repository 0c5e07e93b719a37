//! Databases of earlier releases.

mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{EventStore, ManualClock, Transport};
use sqlite::{OnAFile, open};
use sqlx::ConnectOptions;

/// What waited in a queue is delivered after the upgrade, in order, and what comes later comes behind it.
#[tokio::test]
async fn messages_of_the_first_release_are_delivered() {
    let place = OnAFile::new();
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    let mut raw = place.raw().connect().await.unwrap();
    for (_, statements) in store.migrations().iter().take(1) {
        sqlx::raw_sql(*statements).execute(&mut raw).await.unwrap();
    }
    let first_release = "
        create table edafw_schema (version integer primary key, oldest_compatible integer, applied_at integer) strict;
        insert into edafw_schema values (1, 1, 0);
        insert into edafw_queue values ('shop.ship', 'shop', 1, 0);
        insert into edafw_message (position, queue, lane, body, visible_at)
        values (7, 'shop.ship', 'a', 'first', 0), (8, 'shop.ship', 'a', 'second', null), (9, 'shop.ship', 'b', 'gone', 0);
        delete from edafw_message where position = 9;
        create view backlog as select queue, count(*) as messages from edafw_message group by queue;
        create view broken as select * from dropped_long_ago;";
    sqlx::raw_sql(first_release).execute(&mut raw).await.unwrap();
    let applied = store.migrate().await.unwrap();
    assert_eq!(applied.first(), Some(&2));
    let delivered = store.receive("shop.ship", 10, Duration::from_secs(30), Duration::ZERO).await.unwrap();
    let bodies: Vec<&str> = delivered.iter().map(|one| &*one.body).collect();
    assert_eq!(bodies, ["first", "second"]);
    let backlog: i64 = sqlx::query_scalar("select messages from backlog").fetch_one(&mut raw).await.unwrap();
    assert_eq!(backlog, 2, "a view of the user's still works");
    let next = "insert into edafw_message (queue, body) values ('shop.ship', '') returning position";
    let next: i64 = sqlx::query_scalar(next).fetch_one(&mut raw).await.unwrap();
    assert_eq!(next, 10, "a position is never given out twice");
}
