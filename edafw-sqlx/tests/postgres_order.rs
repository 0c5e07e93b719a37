//! Order per key where a claim and a commit meet halfway: the two statements of a claim, one by one.

mod postgres;

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Backend, EventStore, ManualClock, Transaction};
use edafw_sqlx::Postgres;
use edafw_testkit::new_event;
use edafw_testkit::store::fixture::names;
use postgres::{OnAServer, open};
use sqlx::{ConnectOptions, Row};

const LEASE: Duration = Duration::from_secs(30);

/// What was stored while a claim looked for heads, with a lower position than the head that it found, is not passed by
/// what was committed after it.
#[tokio::test]
async fn an_earlier_event_that_commits_during_a_claim_is_not_passed() {
    let place = OnAServer::new().await;
    let store = open(&place.address(), &Arc::new(ManualClock::default())).await;
    store.migrate().await.unwrap();
    let publish = async |number| {
        let tx = Postgres::begin(&store).await.unwrap();
        tx.store_and_commit(vec![new_event(Some("a"), number)]).await.unwrap();
    };
    let mut open = Postgres::begin(&store).await.unwrap();
    open.prepare_commit(&[new_event(Some("a"), 1)]).await.unwrap();
    publish(2).await;

    let mut claimer = place.raw().connect().await.unwrap();
    sqlx::query("begin").execute(&mut claimer).await.unwrap();
    let heads: Vec<(i64, Option<String>)> =
        sqlx::query_as(include_str!("../src/postgres/sql/claim_heads.sql"))
            .bind(10_i64)
            .bind(None::<i64>)
            .fetch_all(&mut claimer)
            .await
            .unwrap();
    assert_eq!(heads.len(), 1, "the second event is the head: the first is not committed");
    open.commit(true).await.unwrap();
    publish(3).await;
    let (positions, keys): (Vec<i64>, Vec<Option<String>>) = heads.into_iter().unzip();
    let taken = sqlx::query(include_str!("../src/postgres/sql/claim.sql"))
        .bind(positions)
        .bind(keys)
        .bind(8_i64)
        .bind(8_i64)
        .bind(None::<i64>)
        .bind(30_000_i64)
        .bind(1_i64)
        .fetch_all(&mut claimer)
        .await
        .unwrap();
    let taken: Vec<i64> = taken.iter().map(|row| row.get(0)).collect();
    sqlx::query("commit").execute(&mut claimer).await.unwrap();
    assert_eq!(taken, [0; 0], "the first event goes before");
    assert_eq!(names(&store.claim(10, LEASE).await.unwrap()), "a1 a2 a3");
}
