//! The generated worker binary, after `permits --no-worker` has taken the input.
//!
//! On files, which is what the tests make.

#![cfg(not(any(
    feature = "mysql",
    feature = "postgres",
    feature = "portal-mysql",
    feature = "portal-postgres"
)))]

mod support;

use std::process::{Command, Output};

use permits::input::SAMPLE;
use support::{Desk, event_counts, row_counts};

/// Runs `permits-worker` until nothing is left to do.
fn work(desk: &Desk, variables: &[(&str, &str)]) -> Output {
    let directory = desk.data().display().to_string();
    Command::new(env!("CARGO_BIN_EXE_permits-worker"))
        .args(["run", "--until-idle"])
        .env("EDAFW_DATABASE_URL", format!("sqlite:{directory}/permits.db"))
        .env("EDAFW_EXTERNAL_URL", format!("embedded:sqlite:{directory}/portal.db"))
        .env_remove("PERMITS_FAIL_RATE")
        .env_remove("PERMITS_SEED")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_workers_deliver_what_was_taken_without_them() {
    let together = Desk::new();
    together.take(&together.write("log.csv", SAMPLE), &[]);
    let apart = Desk::new();
    let rows = SAMPLE.lines().count() as u64 - 1;

    let (code, report) = apart.take(&apart.write("log.csv", SAMPLE), &["--no-worker"]);
    assert_eq!((code, row_counts(&report)), (0, [rows, 0, 0]));
    assert_eq!(event_counts(&report)[1..], [0, 0], "nothing is sent yet");
    assert!(report["deliveries"].is_null());

    let worked = work(&apart, &[("PERMITS_FAIL_RATE", "0.2"), ("PERMITS_SEED", "5")]);
    assert!(worked.status.success(), "{}", String::from_utf8_lossy(&worked.stderr));
    let waiting = "select count(*) from edafw_message where queue = 'portal.case_progress'";
    let (waiting,): (i64,) = sqlx::query_as(waiting).fetch_one(&mut apart.portal().await).await.unwrap();
    assert_eq!(waiting as u64, rows, "the portal was not there yet, and misses nothing");

    let portal = portal::app()
        .unwrap()
        .database_url(format!("sqlite:{}", apart.data().join("portal.db").display()))
        .connect()
        .await
        .unwrap();
    portal.worker().unwrap().run_until_idle().await.unwrap();
    portal.close().await;
    assert_eq!(apart.projections().await, together.projections().await);
    let (stored, published) = apart.events("permit.step-completed").await;
    assert_eq!((stored as u64, published as u64), (2 * rows, 2 * rows));
}

#[test]
fn a_wrong_rate_is_wrong_usage() {
    let desk = Desk::new();
    std::fs::create_dir(desk.data()).unwrap();
    let worked = work(&desk, &[("PERMITS_FAIL_RATE", "sometimes")]);
    assert_eq!(worked.status.code(), Some(2));
    let message = String::from_utf8_lossy(&worked.stderr).into_owned();
    assert!(message.contains("PERMITS_FAIL_RATE is `sometimes`, not a number between 0 and 1"), "{message}");
}
