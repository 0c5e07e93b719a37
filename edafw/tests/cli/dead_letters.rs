//! `dead-letters list|show|retry|discard`, `keys skip` and `subscribers pause|resume`.

use crate::MemberLoggedIn;
use crate::support::Place;

const FAILING: &[(&str, &str)] = &[("MEMBER_DEVICES_FAIL", "yes")];

fn log_in(member_no: i64) -> MemberLoggedIn {
    MemberLoggedIn { member_no, device: "my phone".to_owned() }
}

/// One dead letter of `record_device` for each key, which it holds.
async fn with_dead_letters(keys: std::ops::Range<i64>) -> Place {
    let place = Place::new();
    place.run("provision apply").await;
    place.publish(keys.map(log_in)).await;
    let ended = place.run_with("run --until-idle", FAILING).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    place
}

async fn devices(place: &Place) -> i64 {
    place.number("select count(*) from device").await
}

#[tokio::test]
async fn list_and_show() {
    let place = with_dead_letters(1..4).await;
    let page = place.json("dead-letters list --subscriber record_device --limit 2").await;
    let first = &page["dead_letters"][0];
    assert_eq!(first["subscriber"], "record_device");
    assert_eq!(first["cause"], "attempts-exhausted");
    assert_eq!(first["error"], "the devices are away");
    assert_eq!(first["holds_key"], true);
    assert_eq!(first["envelope"], serde_json::Value::Null, "the payload is shown by `show` alone");
    assert_eq!(page["next"], page["dead_letters"][1]["id"]);
    let rest = place.json(&format!("dead-letters list --after {}", page["next"])).await;
    assert_eq!(rest["dead_letters"].as_array().map(Vec::len), Some(1));
    let people = place.run("dead-letters list --key 2").await.stdout;
    assert!(people.contains("2 (held)"), "{people}");
    assert!(!people.contains("my phone"), "{people}");
    let shown = place.json(&format!("dead-letters show {}", first["id"])).await;
    assert_eq!(shown["envelope"]["data"]["device"], "my phone");
    assert!(place.run("dead-letters show 1").await.stdout.contains("my phone"));
    assert_eq!(place.run("dead-letters show 77").await.code, Some(4));
}

#[tokio::test]
async fn a_retry_that_fails_changes_nothing_but_the_error() {
    let place = with_dead_letters(1..2).await;
    place.sql("update edafw_dead_letter set error = 'before'").await;
    let ended = place.run_with("dead-letters retry 1", FAILING).await;
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stdout, "dead letter 1: failed: the devices are away\n");
    let shown = place.json("dead-letters show 1").await;
    assert_eq!(shown["error"], "the devices are away");
    assert_eq!(shown["attempts"], 2);
    assert_eq!(shown["holds_key"], true, "its key still waits");
    assert_eq!(place.number("select count(*) from edafw_inbox where subscriber = 'record_device'").await, 0);
    assert_eq!(
        place.number("select count(*) from sqlite_schema where name = 'device'").await,
        0,
        "rolled back"
    );
}

#[tokio::test]
async fn a_retry_that_succeeds_takes_effect_once_and_frees_the_key() {
    let place = with_dead_letters(1..2).await;
    let ended = place.run("dead-letters retry 1").await;
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "dead letter 1: handled\n"));
    assert_eq!(devices(&place).await, 1);
    assert_eq!(place.json("dead-letters list").await["dead_letters"], serde_json::json!([]));
    assert_eq!(place.number("select count(*) from edafw_inbox where subscriber = 'record_device'").await, 1);
    assert_eq!(place.run("dead-letters retry 1").await.code, Some(4));
    place.publish([log_in(1)]).await;
    place.run("run --until-idle").await;
    assert_eq!(devices(&place).await, 2);
}

#[tokio::test]
async fn a_retry_recognises_an_effect_that_has_taken_place() {
    let place = with_dead_letters(1..2).await;
    // As if the process had ended between the commit and the removal.
    place
        .sql(
            "insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
             select subscriber, source, name, idempotency_key, 0 from edafw_dead_letter",
        )
        .await;
    let ended = place.run("dead-letters retry 1").await;
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "dead letter 1: already handled\n"));
    assert_eq!(place.number("select count(*) from edafw_dead_letter").await, 0);
    assert_eq!(place.number("select count(*) from sqlite_schema where name = 'device'").await, 0);
}

#[tokio::test]
async fn a_later_dead_letter_of_a_held_key_waits_for_the_earlier_one() {
    let place = with_dead_letters(1..3).await;
    place.sql("update edafw_dead_letter set key = '1'").await;
    let ended = place.run("dead-letters retry 2").await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("waits: dead letter 1 comes first"), "{}", ended.stdout);
    let all = place.json("dead-letters retry --all").await;
    assert_eq!(all["done"], 2, "oldest first");
}

#[tokio::test]
async fn all_of_a_subscriber_are_retried_while_a_worker_runs() {
    let place = with_dead_letters(0..30).await;
    let mut running = place.start("run", &[]);
    running.line_with("starts").await;
    let done = place.json("dead-letters retry --all --subscriber record_device").await;
    assert_eq!(done["done"], 30);
    assert_eq!(devices(&place).await, 30);
    assert_eq!(place.run("dead-letters retry --all --subscriber record_devices").await.code, Some(4));
    assert_eq!(place.run("dead-letters retry 1 --all").await.code, Some(2));
    running.signal("TERM").await;
    assert_eq!(running.end().await, Some(0));
}

#[tokio::test]
async fn what_cannot_be_decoded_stays_undecodable() {
    let place = with_dead_letters(1..2).await;
    place.sql("update edafw_dead_letter set body = 'no event'").await;
    let ended = place.run("dead-letters retry 1").await;
    assert_eq!(ended.code, Some(1));
    let shown = place.json("dead-letters show 1").await;
    assert_eq!(shown["cause"], "undecodable");
    assert_eq!(shown["body"], "no event");
}

#[tokio::test]
async fn discarded_is_given_up_for_good() {
    let place = with_dead_letters(1..3).await;
    let done = place.json("dead-letters discard 1").await;
    assert_eq!(done["results"][0]["outcome"], "discarded");
    assert_eq!(place.number("select count(*) from edafw_inbox where subscriber = 'record_device'").await, 1);
    assert_eq!(place.json("events reconcile record_device").await["sent"], 1, "the other one alone");
    assert_eq!(place.json("dead-letters discard --all").await["done"], 1);
    assert_eq!(place.run("dead-letters discard 1").await.code, Some(4));
}

#[tokio::test]
async fn a_skipped_key_flows_on() {
    let place = with_dead_letters(1..3).await;
    place.publish([log_in(1)]).await;
    let done = place.json("keys skip record_device 1").await;
    assert_eq!(done["discarded"], serde_json::json!([1]));
    place.run("run --until-idle").await;
    assert_eq!(devices(&place).await, 1, "the later event of the key, not the skipped one");
    assert_eq!(place.run("keys skip record_device 1").await.code, Some(4), "nothing holds it any more");
    assert_eq!(place.run("keys skip record_devices 2").await.code, Some(4));
}

#[tokio::test]
async fn a_paused_subscriber_waits_until_it_is_resumed() {
    let place = Place::new();
    place.run("provision apply").await;
    assert_eq!(place.json("subscribers pause record_device").await["paused"], true);
    place.publish([log_in(1)]).await;
    let mut running = place.start("run", &[("EDAFW_LOG", "info")]);
    running.line_with("starts").await;
    let resumed = place.run("subscribers resume record_device").await;
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    running.signal("TERM").await;
    assert_eq!(running.end().await, Some(0));
    place.run("run --until-idle").await;
    assert_eq!(devices(&place).await, 1);
    let ended = place.run("subscribers pause record_devic").await;
    assert_eq!(ended.code, Some(4));
    assert!(ended.stderr.contains("did you mean `record_device`?"), "{}", ended.stderr);
    assert_eq!(place.run("subscribers pause limit_devices").await.code, Some(2));
}
