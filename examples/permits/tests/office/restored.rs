//! What the office knew as of a moment: restored by a replay, it is what plain SQL makes of the history.

use permits::input::SAMPLE;
use serde_json::Value;

use crate::support::place::of_payload;
use crate::support::{Desk, rows};

/// Resource, steps.
type Workload = Vec<(String, i64)>;
/// Case, number, activity, resource, time.
type Timeline = Vec<(String, i64, String, String, String)>;

/// Restores both projections as `id`; answers how many events each replay has handled.
fn restore(desk: &Desk, id: &str, until: &str) -> [i64; 2] {
    ["workload", "case_timeline"].map(|subscriber| {
        let replay = ["events", "replay", subscriber, "--id", id, "--until", until, "--json"];
        let replayed = desk.operate(&replay);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        let report: Value = serde_json::from_slice(&replayed.stdout).unwrap();
        report["handled"].as_i64().unwrap()
    })
}

async fn restored(desk: &Desk, id: &str) -> (Workload, Timeline) {
    let workload = format!("select resource, steps from workload_as_of where restored = '{id}'");
    let timeline = format!(
        "select case_id, seq, activity, resource, at from case_timeline_as_of where restored = '{id}'"
    );
    sorted(desk, &workload, &timeline).await
}

/// What plain SQL makes of the history before a time in milliseconds.
async fn computed(desk: &Desk, before: i64) -> (Workload, Timeline) {
    let [case, activity, resource, at] = ["case_id", "activity", "resource", "at"].map(of_payload);
    let steps = format!(
        "from edafw_event where name = 'permit.step-completed' and channel = 'internal' and time < {before}"
    );
    let workload = format!("select {resource}, count(*) {steps} group by {resource}");
    let timeline = format!(
        "select {case}, row_number() over (partition by {case} order by position), {activity}, {resource}, {at} {steps}"
    );
    sorted(desk, &workload, &timeline).await
}

async fn sorted(desk: &Desk, workload: &str, timeline: &str) -> (Workload, Timeline) {
    let mut office = desk.office().await;
    let mut workload: Workload = rows(&mut office, workload).await;
    let mut timeline: Timeline = rows(&mut office, timeline).await;
    workload.sort();
    timeline.sort();
    (workload, timeline)
}

/// The moment after everything that has happened so far, in milliseconds and as text.
async fn now(desk: &Desk) -> (i64, String) {
    let last: Vec<(i64,)> = rows(&mut desk.office().await, "select max(time) from edafw_event").await;
    let moment = last[0].0 + 1;
    (moment, jiff::Timestamp::from_millisecond(moment).unwrap().to_string())
}

#[tokio::test]
async fn a_projection_is_restored_as_of_a_moment() {
    let desk = Desk::new();
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let half = lines[..=lines.len() / 2].join("\n");
    desk.take(&desk.write("half.csv", &half), &[]);
    let (moment, until) = now(&desk).await;
    desk.take(&desk.write("log.csv", SAMPLE), &[]);
    let live = desk.projections().await;

    let steps = (lines.len() / 2) as i64;
    assert_eq!(restore(&desk, "half", &until), [steps; 2]);
    let half = restored(&desk, "half").await;
    assert_eq!(half, computed(&desk, moment).await);
    assert_eq!(half.1.len() as i64, steps);
    assert_eq!(restore(&desk, "half", &until), [0; 2], "a second time changes nothing");
    assert_eq!(restored(&desk, "half").await, half);

    let all = lines.len() as i64 - 1;
    assert_eq!(restore(&desk, "all", "2999-01-01"), [all; 2]);
    let whole = restored(&desk, "all").await;
    assert_eq!(whole, computed(&desk, i64::MAX).await);
    assert_eq!((whole.0.into_iter().collect(), whole.1), (live.workload.clone(), live.case_timeline.clone()));
    assert_eq!(desk.projections().await, live, "what is live is not touched");
}
