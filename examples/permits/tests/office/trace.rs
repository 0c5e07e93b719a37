//! One act, followed through both services.

use std::process::Command;

use permits::input::SAMPLE;
use serde_json::Value;

use crate::support::{Desk, rows};

#[tokio::test]
async fn what_a_step_caused_is_found_in_both_services() {
    let desk = Desk::new();
    desk.take(&desk.write("log.csv", SAMPLE), &[]);
    let first = "select event_id from edafw_event where name = 'permit.case-opened' order by position";
    let first = if cfg!(feature = "postgres") {
        first.replace("event_id", "event_id::text")
    } else {
        first.to_owned()
    };
    let opened: Vec<(String,)> = rows(&mut desk.office().await, &first).await;

    let trace = |also: &[String]| -> Value {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_permits-worker"));
        worker.args(["events", "trace", &opened[0].0, "--json"]).args(also);
        worker.env("EDAFW_DATABASE_URL", desk.url("permits")).env_remove("EDAFW_TRACE_ALSO");
        let output = worker.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let office = trace(&[]);
    let both = trace(&["--also".to_owned(), format!("portal={}", desk.url("portal"))]);

    let told = |trace: &Value| -> Vec<String> {
        let mut told = Vec::new();
        for event in trace["events"].as_array().unwrap() {
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            told.push(format!("{} {} {} {}", event["depth"], text("name"), text("channel"), text("state")));
            for at in event["subscribers"].as_array().unwrap() {
                let text = |name: &str| at[name].as_str().unwrap().to_owned();
                told.push(format!("{} {} {}", text("name"), text("database"), text("outcome")));
            }
        }
        told
    };
    let tree = [
        "0 permit.step-completed internal published",
        "activity_count permits handled",
        "case_timeline permits handled",
        "edafw-external.permit.step-completed.v1 permits handled",
        "workload permits handled",
        "1 permit.case-opened internal published",
        "1 permit.step-completed external published",
        "case_progress portal handled",
    ];
    assert_eq!(told(&both), tree);
    assert_eq!(told(&office), tree[..7], "the portal's database was not named");
    assert_eq!(both["events"][1]["causation_id"], both["events"][0]["id"]);
    assert_eq!(both["events"][2]["causation_id"], both["events"][0]["id"]);
}
