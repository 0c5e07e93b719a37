//! The generated worker binary, after `permits --no-worker` has taken the input.

use std::process::Output;

use permits::input::SAMPLE;

use crate::support::{Desk, event_counts, row_counts, rows};

/// Runs `permits-worker` until nothing is left to do.
fn work(desk: &Desk, variables: &[(&str, &str)]) -> Output {
    desk.worker().envs(variables.iter().copied()).output().unwrap()
}

#[tokio::test]
async fn the_workers_deliver_what_was_taken_without_them() {
    let together = Desk::new();
    together.take(&together.write("log.csv", SAMPLE), &[]);
    let apart = Desk::new();
    let steps = SAMPLE.lines().count() as u64 - 1;

    let (code, report) = apart.take(&apart.write("log.csv", SAMPLE), &["--no-worker"]);
    assert_eq!((code, row_counts(&report)), (0, [steps, 0, 0]));
    assert_eq!(event_counts(&report)[1..], [0, 0], "nothing is sent yet");
    assert!(report["deliveries"].is_null());

    let worked = work(&apart, &[("PERMITS_FAIL_RATE", "0.2"), ("PERMITS_SEED", "5")]);
    assert!(worked.status.success(), "{}", String::from_utf8_lossy(&worked.stderr));
    let waiting = "select count(*) from edafw_message where queue = 'portal.case_progress'";
    let waiting: Vec<(i64,)> = rows(&mut apart.portal().await, waiting).await;
    assert_eq!(waiting, [(steps as i64,)], "the portal was not there yet, and misses nothing");

    apart.run_portal().await;
    assert_eq!(apart.projections().await, together.projections().await);
    let (stored, published) = apart.events("permit.step-completed").await;
    assert_eq!((stored as u64, published as u64), (2 * steps, 2 * steps));
}

#[test]
fn a_wrong_rate_is_wrong_usage() {
    let desk = Desk::new();
    let worked = work(&desk, &[("PERMITS_FAIL_RATE", "sometimes")]);
    assert_eq!(worked.status.code(), Some(2));
    let message = String::from_utf8_lossy(&worked.stderr).into_owned();
    assert!(message.contains("PERMITS_FAIL_RATE is `sometimes`, not a number between 0 and 1"), "{message}");
}
