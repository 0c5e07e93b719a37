//! What is wrong with arguments, environment or set-up: a clear message, no secret, and the exit code.

use insta::assert_snapshot;

use crate::support::Place;

#[tokio::test]
async fn wrong_arguments() {
    let place = Place::new();
    for arguments in ["nonsense", "events", "events list --state gone", "dead-letters retry", "run --until"] {
        let ended = place.run(arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments}");
        assert!(ended.stderr.contains("--help"), "{arguments}: {}", ended.stderr);
    }
    let ended = place.run("events list --since yesterday").await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"error: --since `yesterday` is not a time: write 2026-03-01, 2026-03-01T12:00:00Z, or how long ago: 90m, 2h, 7d");
}

#[tokio::test]
async fn no_database() {
    let ended = Place::new().run_with("run", &[("EDAFW_DATABASE_URL", "")]).await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @r#"error: no database: set EDAFW_DATABASE_URL="sqlite:..", or call `.database_url("sqlite:..")`"#);
}

#[tokio::test]
async fn another_kind_of_database() {
    let url = "postgres://member:secret@localhost/member";
    let ended = Place::new().run_with("run", &[("EDAFW_DATABASE_URL", url)]).await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"error: `postgres` is not a SQLite URL; write `sqlite:path/to/file.db`");
}

#[tokio::test]
async fn another_kind_of_transport() {
    let url = "amqp://member:secret@localhost/";
    let ended = Place::new().run_with("run", &[("EDAFW_TRANSPORT_URL", url)]).await;
    assert_eq!(ended.code, Some(2));
    // With the feature `sqs` there is one more.
    let stderr = ended.stderr.replace("; and `sqs://REGION`, SNS with SQS", "");
    assert_snapshot!(stderr, @"error: `amqp` is not a transport of this binary; there is `embedded:`, and `embedded:sqlite:..` for a queue database shared by services");
}

#[tokio::test]
async fn a_place_that_cannot_be_written() {
    let place = Place::new();
    let ended = place.run_with("run", &[("EDAFW_DATABASE_URL", "sqlite:missing/member.db")]).await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"error: the directory `missing` of the database cannot be used; create it first: No such file or directory (os error 2)");
    // A directory in the file's place is refused by the system to everybody, whatever rights they have.
    std::fs::create_dir(place.path().join("taken.db")).expect("creates");
    let ended = place.run_with("run", &[("EDAFW_DATABASE_URL", "sqlite:taken.db")]).await;
    assert_eq!(ended.code, Some(1));
    let place = place.path().canonicalize().expect("exists");
    assert_snapshot!(ended.stderr.replace(&*place.to_string_lossy(), "DIRECTORY"), @"error: could not open the database sqlite:DIRECTORY/taken.db: error returned from database: (code: 14) unable to open database file");
}

#[tokio::test]
async fn a_schema_beyond_compatibility() {
    let place = Place::new();
    place.sql("insert into edafw_schema values (99, 98, 0)").await;
    for command in ["run", "events list", "migrate"] {
        let ended = place.run(command).await;
        assert_eq!(ended.code, Some(1), "{command}");
        assert!(ended.stderr.contains("deploy a newer one"), "{command}: {}", ended.stderr);
    }
    let ended = place.run("doctor").await;
    assert_eq!(ended.code, Some(3));
    assert_snapshot!(ended.stdout, @r"
    error: the schema has version 99, which binaries older than version 98 cannot run on; this one was built for version 5
      do: deploy a newer binary
    ");
}

#[tokio::test]
async fn a_database_without_tables_is_left_alone() {
    let place = Place::new();
    let ended = place.run("dead-letters list").await;
    assert_eq!(ended.code, Some(1));
    assert_snapshot!(ended.stderr, @"error: the database has no tables of edafw, this binary needs version 5: run the `migrate` command");
    let pending = place.json("migrate --print").await;
    assert_eq!(pending["present"], 0);
    assert!(pending["pending"][0]["sql"].as_str().expect("text").contains("create table edafw_event"));
    let versions: Vec<_> =
        pending["pending"].as_array().expect("a list").iter().map(|one| &one["version"]).collect();
    assert_eq!(place.json("migrate").await["applied"], serde_json::json!(versions));
    assert_eq!(place.json("migrate").await["applied"], serde_json::json!([]));
    assert_eq!(place.json("migrate --print").await["pending"], serde_json::json!([]));
}

#[tokio::test]
async fn two_subscribers_of_one_name() {
    let ended = Place::new().run_with("run", &[("MEMBER_MISTAKE", "two-of-one-name")]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("two subscribers are called `record_device`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("src/copy.rs:7"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_worker_that_links_no_subscriber() {
    let ended = Place::new().run_with("run", &[("MEMBER_MISTAKE", "no-subscriber")]).await;
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @r#"error: the worker of `mebmer` has no subscriber: no linked crate declares one under `edafw::service!("mebmer")`; name a function of the crate that does, as `edafw::worker!(that_crate::app)` would"#);
}

#[tokio::test]
async fn an_application_that_cannot_be_described() {
    let ended = Place::new().run_with("list --json", &[("MEMBER_MISTAKE", "no-application")]).await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.document()["error"]["kind"], "configuration");
    assert_eq!(
        ended.document()["error"]["message"],
        "the application cannot be described: MEMBER_MISTAKE is set"
    );
}

#[tokio::test]
async fn a_service_that_cannot_prepare_itself_can_be_looked_at() {
    let place = Place::new();
    place.run("provision apply").await;
    let unprepared = [("MEMBER_MISTAKE", "unprepared")];
    let ended = place.run_with("run", &unprepared).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("no table for members"), "{}", ended.stderr);
    for command in ["doctor", "events list", "dead-letters list", "provision check"] {
        let ended = place.run_with(command, &unprepared).await;
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
    }
}

#[cfg(not(feature = "contracts"))]
#[tokio::test]
async fn a_binary_without_contracts_says_so() {
    let ended = Place::new().run("contract check").await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("add the feature `contracts`"), "{}", ended.stderr);
}
