//! Archiving in the background, where a service asks for it.

use std::time::Duration;

use edafw::testing::Harness;
use edafw::{App, Sqlite};

use crate::bank::{Faults, Moved};

const DAY: Duration = Duration::from_hours(24);

async fn start(archive_after: Option<Duration>) -> edafw::Result<Harness<Sqlite>> {
    let builder = App::<Sqlite>::builder("bank")
        .state(Faults::default())
        .settings(|settings| settings.archive_after = archive_after)
        .on_connect(|app| async move {
            let mut tx = app.begin().await?;
            let effects =
                "create table effect (id integer primary key, subscriber text, account text, number integer)";
            sqlx::query(effects).execute(&mut *tx).await?;
            Ok(tx.commit().await?)
        });
    Harness::start(builder).await
}

/// How many events are left of some that were published twenty days ago.
async fn left(archive_after: Option<Duration>) -> (usize, usize) {
    let harness = start(archive_after).await.unwrap();
    for number in 1..=5 {
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(Moved { account: "a".to_owned(), number }).await.unwrap();
        tx.commit().await.unwrap();
    }
    harness.run_until_idle().await.unwrap();
    let before = harness.events().await.unwrap().len();
    harness.clock().advance(20 * DAY);
    harness.republish().await.unwrap();
    (before, harness.events().await.unwrap().len())
}

#[tokio::test]
async fn old_events_are_archived_on_request_alone() {
    assert_eq!(left(None).await, (10, 10));
    assert_eq!(left(Some(30 * DAY)).await, (10, 10));
    assert_eq!(left(Some(15 * DAY)).await, (10, 1), "the last one stays");
}

#[tokio::test]
async fn nothing_is_archived_that_a_queue_may_hold() {
    let error = start(Some(DAY)).await.err().unwrap().to_string();
    assert!(error.contains("archived after 1.0 days, but queues keep messages for 14.0"), "{error}");
}
