//! The generated worker binary, and a permit office that knows the portal by the contract alone.
//!
//! On files, which is what the tests make.

#![cfg(not(any(feature = "mysql", feature = "postgres")))]

use std::path::Path;
use std::process::{Command, Output};

use edafw::{App, CatalogueFormat, Sqlite, domain_event, external_event};

edafw::service!("permits");

#[domain_event(name = "permit.step-completed", key = case_id)]
struct StepCompleted {
    case_id: String,
}

#[external_event(name = "permit.step-completed", version = 1, of = StepCompleted, zero_payload)]
struct StepCompletedV1 {
    case_id: String,
}

/// Publishes a step for each case.
async fn publish(directory: &Path, cases: &[&str]) {
    let office: App<Sqlite> = App::builder("permits")
        .database_url(format!("sqlite:{}/permits.db", directory.display()))
        .external_url(format!("embedded:sqlite:{}/portal.db", directory.display()))
        .connect()
        .await
        .unwrap();
    office.register().await.unwrap();
    for &case in cases {
        let mut tx = office.begin().await.unwrap();
        tx.publish(StepCompleted { case_id: case.to_owned() }).await.unwrap();
        tx.commit().await.unwrap();
    }
    office.worker().unwrap().run_until_idle().await.unwrap();
    office.close().await;
}

/// Runs `portal-worker` until nothing is left to do.
fn work(directory: &Path, variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portal-worker"))
        .args(["run", "--until-idle"])
        .env("EDAFW_DATABASE_URL", format!("sqlite:{}/portal.db", directory.display()))
        .env_remove("EDAFW_EXTERNAL_URL")
        .env_remove("PERMITS_FAIL_RATE")
        .env_remove("PERMITS_SEED")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

async fn progress(directory: &Path) -> Vec<(String, i64)> {
    let portal: App<Sqlite> = portal::app()
        .unwrap()
        .database_url(format!("sqlite:{}/portal.db", directory.display()))
        .connect()
        .await
        .unwrap();
    let mut tx = portal.begin().await.unwrap();
    let rows = sqlx::query_as("select case_id, steps from case_progress order by case_id");
    let rows = rows.fetch_all(&mut *tx).await.unwrap();
    tx.rollback().await;
    portal.close().await;
    rows
}

fn assert_done(worked: &Output) {
    assert!(worked.status.success(), "{}", String::from_utf8_lossy(&worked.stderr));
}

#[tokio::test]
async fn every_step_counts_once_whatever_fails_in_between() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    // The portal subscribes before the office sends anything.
    assert_done(&work(directory, &[]));
    publish(directory, &["P1", "P2", "P1", "P1"]).await;
    assert_eq!(progress(directory).await, []);
    assert_done(&work(directory, &[("PERMITS_FAIL_RATE", "0.5"), ("PERMITS_SEED", "1")]));
    assert_eq!(progress(directory).await, [("P1".to_owned(), 3), ("P2".to_owned(), 1)]);
}

#[tokio::test]
async fn what_was_sent_before_the_portal_subscribed_does_not_reach_it() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    publish(directory, &["P1"]).await;
    assert_done(&work(directory, &[]));
    publish(directory, &["P2"]).await;
    assert_done(&work(directory, &[]));
    assert_eq!(progress(directory).await, [("P2".to_owned(), 1)]);
}

#[test]
fn the_code_declares_what_the_catalogue_tells() {
    let catalogue = portal::app().unwrap().catalogue();
    catalogue.check(CatalogueFormat::Markdown, "catalogue.md").unwrap();
    catalogue.check(CatalogueFormat::AsyncApi, "asyncapi.json").unwrap();
}

#[test]
fn a_wrong_rate_is_wrong_usage() {
    let directory = tempfile::tempdir().unwrap();
    let worked = work(directory.path(), &[("PERMITS_FAIL_RATE", "2")]);
    assert_eq!(worked.status.code(), Some(2));
    let message = String::from_utf8_lossy(&worked.stderr).into_owned();
    assert!(message.contains("the fail rate is 2"), "{message}");
}
