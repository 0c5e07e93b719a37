//! The one command of the read-me, and what it says.

use std::process::Command;

const README: &str = include_str!("../README.md");

/// A line without what differs from run to run: how long it took, and what others saw meanwhile.
fn constant(line: &str) -> String {
    let measured =
        ["saga ", "try-confirm/cancel ", "two-phase commit "].iter().any(|way| line.starts_with(way));
    let word =
        |word: &str| if measured && word.parse::<f64>().is_ok() { "#".to_owned() } else { word.to_owned() };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_read_me_shows_what_it_says() {
    let ran = Command::new(env!("CARGO_BIN_EXE_consistency")).env_remove("RUST_LOG").output().unwrap();
    let (said, errors) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert!(ran.status.success(), "{}: {said}{errors}", ran.status);
    assert_eq!(errors, "");
    let shown = README.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let (said, shown): (Vec<_>, Vec<_>) =
        (said.lines().map(constant).collect(), shown.lines().map(constant).collect());
    assert_eq!(said, shown);
}

#[test]
fn a_server_that_is_named_must_do() {
    let named = |url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consistency"));
        let ran = command.args(["--way", "2pc", "--postgres", url]).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, message) = named("postgres://anne:secret@127.0.0.1:1/bookings");
    assert_eq!(code, Some(1));
    assert!(message.contains("without a database") && !message.contains("secret"), "{message}");
    let (code, message) = named("postgres://anne:secret@127.0.0.1:1");
    assert_eq!(code, Some(1));
    assert!(!message.contains("secret"), "{message}");
}
