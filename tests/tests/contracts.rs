//! What the example `permits` has promised to other systems, held against changed copies of it.

use std::process::{Command, Output};

/// `contract check` of a worker, against the files that the example has committed.
fn check(worker: &str, arguments: &[&str]) -> Output {
    let accepted = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/permits/contracts");
    let mut command = Command::new(worker);
    command.args(["contract", "check", "--dir", accepted]).args(arguments);
    command.env_remove("EDAFW_DATABASE_URL").output().expect("the worker runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_breaking_change_fails_and_is_named_by_field_and_rule() {
    let checked = check(env!("CARGO_BIN_EXE_permits_breaking"), &[]);
    let text = text(&checked);
    assert_eq!(checked.status.code(), Some(3), "{text}");
    for said in [
        "permit.step-completed version 1 is broken:",
        "field-removed at `case_id`: the field is gone; is it called `permit_id` now?",
        "#[external_event(name = \"permit.step-completed\", version = 2, of = ..)]",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn an_allowed_change_and_a_new_version_pass() {
    let worker = env!("CARGO_BIN_EXE_permits_extended");
    let checked = check(worker, &[]);
    let said = text(&checked);
    assert_eq!(checked.status.code(), Some(0), "{said}");
    assert!(said.contains("allowed at `activity`: the field is new, and optional"), "{said}");
    assert!(said.contains("permit.step-completed version 2 is new"), "{said}");
    let strict = check(worker, &["--accepted"]);
    assert_eq!(strict.status.code(), Some(3), "what was not accepted yet: {}", text(&strict));
}
