//! `list`, `explain`, `catalogue` and `provision plan`, which need no database.

use insta::assert_snapshot;

use crate::support::Place;

#[tokio::test]
async fn list_for_people() {
    let ended = Place::new().run_with("list", &[("EDAFW_DATABASE_URL", "")]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stable(), @r"
    member

    Events
      NAME              VERSION  KEY  TYPE
      member.left       1        yes  MemberLeft
      member.logged-in  1        yes  MemberLoggedIn

    Subscribers
      NAME                                LAYER        PHASE          EVENT             QUEUE                  OPTIONS
      limit_devices                       application  before_commit  member.logged-in  -                      order = 5
      record_device                       internal     after_commit   member.logged-in  member.record_device   retry(max_attempts = 1), after_dead_letter = hold
      say_goodbye                         internal     after_commit   member.left       member.mail            concurrency = 2
      thank                               external     after_commit   order.paid        member.thank           ordering = none
      edafw-external.member.logged-in.v1  internal     after_commit   member.logged-in  member.edafw-external

    Contracts with other systems
      NAME              VERSION  DIRECTION  SERVICE  MADE OF
      member.logged-in  1        given      member   member.logged-in
      order.paid        2        taken      order    -
    ");
}

#[tokio::test]
async fn list_for_programs() {
    let list = Place::new().json("list").await;
    assert_eq!(list["service"], "member");
    assert_eq!(list["events"][1]["name"], "member.logged-in");
    assert_eq!(list["events"][1]["has_key"], true);
    let device = &list["subscribers"][1];
    assert_eq!(device["name"], "record_device");
    assert_eq!(device["queue"], "member.record_device");
    assert_eq!(device["built_in"], false);
    assert_eq!(device["options"]["retry"]["max_attempts"], 1);
    assert_eq!(device["options"]["retry"]["backoff"], "1s..5m");
    assert_eq!(device["options"]["after_dead_letter"], "hold");
    assert_eq!(device["options"]["share_commit"], true);
    assert_eq!(list["contracts"][0]["direction"], "given");
    assert_eq!(list["contracts"][1]["source"], "order");
}

#[tokio::test]
async fn explain_an_event_and_the_contract_of_its_name() {
    let ended = Place::new().run_with("explain member.logged-in", &[("EDAFW_DATABASE_URL", "")]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stable(), @r"
    member.logged-in version 1 (MemberLoggedIn), a domain event of `member`
      declared at edafw/examples/cli_worker.rs:LINE
      has a key: ordered per subject
      arises where the code of `member` publishes it

    In the publishing process
      before_commit: limit_devices (order 5), edafw/examples/cli_worker.rs:LINE
        an error: rolls the transaction back; `commit` returns it

    In the worker, from topic member.internal
      record_device: edafw/examples/cli_worker.rs:LINE
        queue       member.record_device, takes member.logged-in, in order per key
        attempts    one attempt
        on failure  kept as a dead letter; later events of its key wait until it is retried or discarded
      edafw-external.member.logged-in.v1: edafw/examples/cli_worker.rs:LINE
        queue       member.edafw-external, takes member.logged-in, in order per key
        does        publishes the contract member.logged-in v1
        attempts    10 attempts, 1s..5m apart
        on failure  kept as a dead letter; later events of its key flow on

    To other systems
      member.logged-in version 1 on topic member.external, edafw/examples/cli_worker.rs:LINE

    member.logged-in version 1 (MemberLoggedInV1), a contract made of member.logged-in
      declared at edafw/examples/cli_worker.rs:LINE
      arises of member.logged-in version 1, by `edafw-external.member.logged-in.v1`

    In the worker, from topic member.external
      nobody in this service subscribes to it
    ");
}

#[tokio::test]
async fn explain_an_event_by_its_rust_type() {
    let document = Place::new().json("explain OrderPaidV2").await;
    let event = &document["events"][0];
    assert_eq!(event["name"], "order.paid");
    assert_eq!(event["topic"], "order.external");
    assert_eq!(event["in_worker"][0]["subscriber"], "thank");
    assert_eq!(event["in_worker"][0]["options"]["ordering"], "none");
}

#[tokio::test]
async fn an_unknown_event_is_answered_with_near_ones() {
    let place = Place::new();
    let ended = place.run("explain member.loggedin").await;
    assert_eq!(ended.code, Some(4));
    assert_snapshot!(ended.stderr, @"error: there is no event `member.loggedin`; did you mean `member.logged-in` or `member.left`?");
    let ended = place.run("explain zebra --json").await;
    assert_eq!(ended.code, Some(4));
    assert_eq!(ended.document()["error"]["kind"], "not_found");
}

#[tokio::test]
async fn the_declared_topology() {
    let place = Place::new();
    let ended = place.run_with("provision plan", &[("EDAFW_DATABASE_URL", "")]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @r"
    EDAFW_DATABASE_URL is not set: this is what is declared

    Topics
      member.external
      member.internal
      order.external

    Queues
      member.edafw-external (ordered by key)
        gets member.logged-in of member.internal
      member.edafw-recorder (unordered)
        gets every event of member.external
        gets every event of member.internal
      member.mail (ordered by key)
        gets member.left of member.internal
      member.record_device (ordered by key)
        gets member.logged-in of member.internal
      member.thank (unordered)
        gets order.paid of order.external
    ");
    let document = place.json("provision plan --offline").await;
    assert_eq!(document["declared"]["queues"][2]["name"], "member.mail");
    assert_eq!(document["note"], serde_json::Value::Null, "it was asked for");
    assert!(!place.path().join("member.db").exists(), "nothing was opened");
}

#[tokio::test]
async fn help_documents_the_exit_codes() {
    let ended = Place::new().run("--help").await;
    assert_eq!(ended.code, Some(0));
    let codes = ended.stdout.split_once("Exit codes:").expect("documented").1;
    assert_snapshot!(codes, @r"
    0    done
    1    failed; trying again may help
    2    wrong usage: the arguments, the environment or the set-up; trying again cannot help
    3    a check found differences: `provision check`, `catalogue --check`, `contract check`, `doctor`
    4    what was named does not exist
    128+n  ended at once by a second signal n: 130 for SIGINT, 143 for SIGTERM
    ");
}

#[tokio::test]
async fn the_catalogue_is_printed_written_and_compared() {
    let place = Place::new();
    let printed = place.run_with("catalogue", &[("EDAFW_DATABASE_URL", "")]).await;
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    assert!(printed.stdout.starts_with("# The events of `member`"), "{}", printed.stdout);
    assert_eq!(place.json("catalogue").await["events"][0]["name"], "member.left");
    let asyncapi = place.json("catalogue --format asyncapi --app-version 2.0.1").await;
    assert_eq!(asyncapi["info"]["version"], "2.0.1");

    let ended = place.run("catalogue --output catalogue.md").await;
    assert_eq!(ended.stdout, "wrote catalogue.md\n");
    let ended = place.run("catalogue --check catalogue.md").await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "catalogue.md is what the code declares\n"));
    let file = place.path().join("catalogue.md");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, printed.stdout);
    std::fs::write(&file, text.replace("say_goodbye", "wave_goodbye")).unwrap();
    let ended = place.run("catalogue --check catalogue.md").await;
    assert_eq!(ended.code, Some(3));
    assert!(ended.stdout.contains("-| `wave_goodbye` | internal | `member.mail`"), "{}", ended.stdout);
    let ended = place.run("catalogue --check catalogue.md --json").await;
    assert_eq!(ended.code, Some(3));
    let difference = ended.document()["difference"].as_str().unwrap().to_owned();
    assert!(difference.starts_with("--- catalogue.md\n+++ the code\n"), "{difference}");
}

#[tokio::test]
async fn a_catalogue_that_cannot_be_had_is_told() {
    let place = Place::new();
    for (arguments, code, says) in [
        (
            "catalogue --check catalogue.md",
            4,
            "`catalogue --format markdown --output catalogue.md` writes it",
        ),
        ("catalogue --output missing/catalogue.md", 2, "missing/catalogue.md cannot be written"),
        ("catalogue --format yaml", 2, "markdown, asyncapi, json"),
        ("catalogue --format markdown --json", 2, "ask for two things"),
        ("catalogue --output a --check b", 2, "cannot be used with"),
    ] {
        let ended = place.run(arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments}: {}", ended.stderr);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains(says), "{arguments}: {said}");
    }
}
