//! What can be wrong with a call, what is said about it, and the exit code.

use crate::support::{Desk, HEADER, permits};

/// Runs `permits`, which must fail: the exit code and what it says.
fn fails(arguments: &[&str]) -> (i32, String) {
    let output = permits().args(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_that_is_not_there() {
    let desk = Desk::new();
    let file = desk.path("nowhere.csv").display().to_string();
    let (code, message) = fails(&["--input", &file, "--data-dir", &desk.data().display().to_string()]);
    assert_eq!(code, 1);
    assert!(message.starts_with(&format!("permits: {file}: No such file or directory")), "{message}");
    assert!(!desk.data().exists(), "nothing is created for an input that cannot be taken");
}

#[test]
fn a_column_that_is_missing() {
    let desk = Desk::new();
    let file = desk.write("log.csv", "case,activity,when\n").display().to_string();
    let (code, message) = fails(&["--input", &file]);
    assert_eq!(code, 1);
    assert!(message.contains("log.csv: the columns `resource`, `timestamp` are missing"), "{message}");
}

#[test]
fn a_directory_that_cannot_be_made() {
    let desk = Desk::new();
    let directory = desk.write("file", "").join("data").display().to_string();
    let (code, message) = fails(&["--data-dir", &directory]);
    assert_eq!(code, 1);
    assert!(message.starts_with(&format!("permits: the data directory {directory}: ")), "{message}");
}

#[test]
fn a_database_that_cannot_be_opened() {
    let desk = Desk::new();
    let log = desk.write("log.csv", HEADER).display().to_string();
    for database in ["permits.db", "portal.db"] {
        let directory = desk.path(&format!("data with a directory {database}"));
        std::fs::create_dir_all(directory.join(database)).unwrap();
        let (code, message) = fails(&["--input", &log, "--data-dir", &directory.display().to_string()]);
        assert_eq!(code, 1);
        assert!(message.contains(database) && message.contains("unable to open database file"), "{message}");
    }
}

#[test]
fn a_database_that_is_none() {
    let desk = Desk::new();
    std::fs::create_dir(desk.data()).unwrap();
    std::fs::write(desk.data().join("permits.db"), "this is a text of some length, and no database").unwrap();
    let (code, message) = fails(&["--data-dir", &desk.data().display().to_string()]);
    assert_eq!(code, 1);
    assert!(message.contains("permits.db") && message.contains("not a database"), "{message}");
}

#[test]
fn a_directory_that_no_url_can_name() {
    let desk = Desk::new();
    let (code, message) = fails(&["--data-dir", &desk.path("what?").display().to_string()]);
    assert_eq!(code, 1);
    assert!(message.contains("what? cannot be written in a database URL"), "{message}");
}

#[test]
fn options_that_are_wrong() {
    for (arguments, part) in [
        (&["--inputs", "log.csv"][..], "--inputs"),
        (&["--fail-rate", "1.5"], "between 0 (never) and 1 (always)"),
        (&["--fail-rate", "often"], "often"),
        (&["--seed", "-1"], "-1"),
        (&["log.csv"], "log.csv"),
    ] {
        let (code, message) = fails(arguments);
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(part) && message.contains("--help"), "{message}");
    }
}

#[test]
fn help_tells_the_exit_codes() {
    let output = permits().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for part in ["Exit codes:", "3  finished, but rows were refused", "--no-worker", "--fail-rate"] {
        assert!(help.contains(part), "{help}");
    }
}
