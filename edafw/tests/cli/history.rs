//! `events list|show|republish|reconcile|redact|archive`.

use crate::support::Place;
use crate::{MemberLeft, MemberLoggedIn};

fn log_in(member_no: i64) -> MemberLoggedIn {
    MemberLoggedIn { member_no, device: "my phone".to_owned() }
}

/// Three events, handled.
async fn history() -> Place {
    let place = Place::new();
    place.run("provision apply").await;
    place.publish([log_in(1), log_in(2)]).await;
    place.publish([MemberLeft { member_no: 1 }]).await;
    let ended = place.run("run --until-idle").await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    place
}

async fn names(place: &Place, selection: &str) -> Vec<String> {
    let page = place.json(&format!("events list {selection}")).await;
    let events = page["events"].as_array().expect("a list");
    let text = |event: &serde_json::Value, field: &str| event[field].as_str().unwrap_or("-").to_owned();
    events.iter().map(|event| format!("{} {}", text(event, "name"), text(event, "key"))).collect()
}

#[tokio::test]
async fn list_narrows_and_pages() {
    let place = history().await;
    let internal = ["member.logged-in 1", "member.logged-in 2", "member.left 1"];
    assert_eq!(names(&place, "--channel internal").await, internal);
    assert_eq!(names(&place, "--channel external --key 2").await, ["member.logged-in 2"]);
    assert_eq!(names(&place, "--name member.left --name other").await, ["member.left 1"]);
    assert_eq!(names(&place, "--since 1h --channel internal").await.len(), 3);
    assert_eq!(names(&place, "--until 1h").await.len(), 0);
    assert_eq!(names(&place, "--until 2020-01-01").await.len(), 0);
    assert_eq!(names(&place, "--state published").await.len(), 5);
    assert_eq!(names(&place, "--state stored").await.len(), 0);
    let log_in = place.json("events list --key 2 --channel internal").await["events"][0].clone();
    let act = format!("--correlation {}", log_in["correlation_id"].as_str().expect("an id"));
    assert_eq!(names(&place, &act).await, ["member.logged-in 2", "member.logged-in 2"], "with its contract");
    assert_eq!(names(&place, &format!("{act} --channel external")).await.len(), 1);
    assert_eq!(place.run("events list --correlation seven").await.code, Some(2));
    let first = place.json("events list --limit 2").await;
    assert_eq!(first["next"], first["events"][1]["position"]);
    let rest = place.json(&format!("events list --after {}", first["next"])).await;
    assert_eq!(rest["events"].as_array().map(Vec::len), Some(3));
    assert_eq!(rest["next"], serde_json::Value::Null);
    let people = place.run("events list").await.stdout;
    assert!(people.contains("POSITION"), "{people}");
    assert!(!people.contains("my phone"), "payloads are shown by `show` alone: {people}");
}

#[tokio::test]
async fn show_tells_the_payload_and_what_became_of_it() {
    let place = history().await;
    let page = place.json("events list --limit 1").await;
    let id = page["events"][0]["id"].as_str().expect("an id");
    let shown = place.json(&format!("events show {id}")).await;
    assert_eq!(shown["data"]["device"], "my phone");
    assert_eq!(shown["subscribers"][0], serde_json::json!({ "name": "record_device", "state": "handled" }));
    let people = place.run(&format!("events show {id}")).await.stdout;
    assert!(people.contains(r#"payload      {"member_no":1,"device":"my phone"}"#), "{people}");
    let ended = place.run("events show 0198f0aa-0000-7000-8000-000000000000").await;
    assert_eq!(ended.code, Some(4));
}

#[tokio::test]
async fn republish_sends_again_and_effects_stay_once() {
    let place = history().await;
    let page = place.json("events list --limit 1").await;
    let id = page["events"][0]["id"].as_str().expect("an id").to_owned();
    let done = place.json(&format!("events republish {id}")).await;
    assert_eq!(done["results"][0]["outcome"], "will_be_sent_again");
    let again = place.json("run --until-idle").await;
    assert_eq!(again["subscribers"]["record_device"]["duplicates"], 1);
    assert_eq!(place.number("select count(*) from device").await, 2);
    let ended = place.run(&format!("events republish {id} 0198f0aa-0000-7000-8000-000000000000")).await;
    assert_eq!(ended.code, Some(4), "one of them does not exist");
    assert!(ended.stdout.contains("0198f0aa-0000-7000-8000-000000000000: not found"), "{}", ended.stdout);
    place.run("run --until-idle").await;
    place.sql("insert into edafw_outbox (position, key, due_at, sent_at, exhausted_at, generation) values (1, '1', 0, 1, 1, 3)").await;
    place.sql("update edafw_event set published_at = null where position = 1").await;
    let all = place.json("events republish --all-unconfirmed").await;
    assert_eq!(all["done"], 1);
}

#[tokio::test]
async fn reconcile_delivers_what_one_subscriber_missed() {
    let place = history().await;
    place.sql("delete from edafw_inbox where subscriber = 'record_device'; delete from device").await;
    let done = place.json("events reconcile record_device --since 1h").await;
    assert_eq!(done["sent"], 2);
    let again = place.json("run --until-idle").await;
    assert_eq!(again["subscribers"]["record_device"]["handled"], 2);
    assert_eq!(again["subscribers"]["say_goodbye"]["duplicates"], 0, "to its queue alone");
    assert_eq!(place.json("events reconcile record_device").await["sent"], 0);
    assert_eq!(place.run("events reconcile record_devices").await.code, Some(4));
    assert_eq!(place.run("events reconcile limit_devices").await.code, Some(2), "it has no queue");
    let ended = place.run("events reconcile thank").await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("stored in that service's database"), "{}", ended.stderr);
}

#[tokio::test]
async fn redact_erases_for_good_and_keeps_the_rows() {
    let place = history().await;
    let done = place.json("events redact 1").await;
    assert_eq!(done["events"], 3, "the contract's too");
    let page = place.json("events list --key 1").await;
    assert!(page["events"].as_array().expect("a list").iter().all(|event| event["redacted"] == true));
    assert_eq!(page["events"].as_array().map(Vec::len), Some(3));
    assert_eq!(place.json("events redact 1").await["events"], 0);
    assert_eq!(place.run("events redact 77").await.code, Some(4));
}

#[tokio::test]
async fn redact_refuses_what_is_still_on_its_way() {
    let place = Place::new();
    place.publish([log_in(1)]).await;
    let ended = place.run("events redact 1").await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is stored, not published"), "{}", ended.stderr);
    assert_eq!(place.json("events redact 1 --unpublished").await["events"], 1);
}

#[tokio::test]
async fn redact_refuses_what_still_waits_in_a_queue() {
    let place = Place::new();
    place.run("provision apply").await;
    assert_eq!(place.run("subscribers pause record_device").await.code, Some(0));
    place.publish([log_in(1)]).await;
    let running = place.start("run", &[]);
    // With the external event that is made of it.
    while place.number("select count(*) from edafw_event where published_at is not null").await < 2 {}
    running.signal("TERM").await;
    assert_eq!(running.end().await, Some(0));
    let ended = place.run("events redact 1").await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("still wait in queues"), "{}", ended.stderr);
}

#[tokio::test]
async fn replay_hands_the_past_to_one_subscriber() {
    let place = history().await;
    let done = place.json("events replay record_device --id again").await;
    assert_eq!((&done["handled"], &done["skipped"]), (&2.into(), &0.into()), "{done}");
    assert_eq!(place.number("select count(*) from device").await, 4, "it does not look at its delivery");
    let people = place.run("events replay record_device --id again").await.stdout;
    assert!(people.contains("`record_device@again` has nothing left to handle"), "{people}");
    assert_eq!(place.json("events replay record_device --id one --key 1").await["handled"], 1);
    assert_eq!(place.json("events replay record_device --id none --until 2020-01-01").await["handled"], 0);
    for (wrong, code, says) in [
        ("record_device", 2, "--id"),
        ("record_device --id Again", 2, "no id of a replay"),
        ("record_device --id x --since yesterday", 2, "is not a time"),
        ("record_devices --id x", 4, "record_device"),
        ("limit_devices --id x", 2, "application layer"),
        ("say_goodbye --id x", 2, "--with-effects"),
        ("thank --id x", 2, "stored in that service's database"),
        ("edafw-external.member.logged-in.v1 --id x", 2, "events republish"),
    ] {
        let ended = place.run(&format!("events replay {wrong}")).await;
        assert_eq!(ended.code, Some(code), "{wrong}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{wrong}: {}", ended.stderr);
    }
    assert_eq!(place.json("events replay say_goodbye --id x --with-effects").await["handled"], 1);
    let failing = [("MEMBER_DEVICES_FAIL", "1")];
    let ended = place.run_with("events replay record_device --id failing", &failing).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("the devices are away"), "{}", ended.stderr);
    let ended = place.run_with("events replay record_device --id failing --skip-failures", &failing).await;
    assert!(ended.stdout.contains("2 were left out"), "{}{}", ended.stdout, ended.stderr);
}

#[tokio::test]
async fn archive_moves_what_was_published() {
    let place = history().await;
    assert_eq!(place.json("events archive --before 1h").await["archived"], 0);
    assert_eq!(place.json("events archive --before 1ms").await["archived"], 4);
    assert_eq!(names(&place, "").await.len(), 1, "the last one stays");
    assert_eq!(place.number("select count(*) from edafw_archive").await, 4);
    assert_eq!(names(&place, "--archived").await.len(), 5);
    let first = place.json("events list --archived --limit 1").await["events"][0]["id"].clone();
    let shown = place.json(&format!("events show {}", first.as_str().expect("an id"))).await;
    assert_eq!(shown["data"]["device"], "my phone");
    let people = place.run("events archive --before 1ms").await.stdout;
    assert!(people.contains("nothing is that old"), "{people}");
    for (wrong, says) in [("--before 2999-01-01", "a time to come"), ("", "--before")] {
        let ended = place.run(&format!("events archive {wrong}")).await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}
