//! `events trace`.

use edafw::{App, Sqlite};

use crate::support::Place;
use crate::{MemberLeft, MemberLoggedIn};

fn log_in(member_no: i64) -> MemberLoggedIn {
    MemberLoggedIn { member_no, device: "my phone".to_owned() }
}

/// The id of the first event that is listed.
async fn first(place: &Place, arguments: &str) -> String {
    let page = place.json(&format!("events list --limit 1 {arguments}")).await;
    page["events"][0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn an_act_is_shown_with_what_it_caused_and_how_that_went() {
    let place = Place::new();
    place.run("provision apply").await;
    place.publish([log_in(1), log_in(2)]).await;
    place.run_with("run --until-idle", &[("MEMBER_DEVICES_FAIL", "1")]).await;

    let act = first(&place, "--key 1").await;
    let trace = place.json(&format!("events trace {act}")).await;
    assert_eq!(trace["correlation_id"], act.as_str());
    assert_eq!(trace["databases"], serde_json::json!(["member"]));
    let events = trace["events"].as_array().expect("events");
    assert_eq!(events.len(), 2, "the act of the other member is another one");
    assert_eq!((&events[0]["channel"], &events[0]["depth"]), (&"internal".into(), &0.into()));
    assert_eq!((&events[1]["channel"], &events[1]["depth"]), (&"external".into(), &1.into()));
    assert_eq!(events[1]["causation_id"], events[0]["id"]);
    assert_eq!(events[0]["state"], "published");
    let at = events[0]["subscribers"].as_array().expect("subscribers");
    let outcomes: Vec<_> = at.iter().map(|one| (one["name"].as_str(), one["outcome"].as_str())).collect();
    assert_eq!(
        outcomes,
        [
            (Some("edafw-external.member.logged-in.v1"), Some("handled")),
            (Some("record_device"), Some("dead_letter")),
        ]
    );
    assert_eq!(at[1]["error"], "the devices are away");
    assert!(at[0]["at"].as_str().is_some_and(|at| at >= events[0]["stored_at"].as_str().unwrap()));

    let contract = events[1]["id"].as_str().expect("an id");
    assert_eq!(place.json(&format!("events trace {contract}")).await, trace, "any event of it will do");
    let people = place.run(&format!("events trace {act}")).await.stdout;
    assert!(people.contains("member.logged-in v1 of member "), "{people}");
    assert!(people.contains("    member.logged-in v1 of member, external"), "{people}");
    assert!(people.contains("> record_device"), "{people}");
    assert!(people.contains("after 1 attempt: the devices are away"), "{people}");
    assert!(!people.contains("my phone"), "payloads are shown by `show` alone: {people}");

    place.run("dead-letters retry --all").await;
    let trace = place.json(&format!("events trace {act}")).await;
    assert_eq!(trace["events"][0]["subscribers"][1]["outcome"], "handled");
}

#[tokio::test]
async fn what_has_not_happened_yet_is_told() {
    let place = Place::new();
    place.run("provision apply").await;
    place.run("subscribers pause say_goodbye").await;
    place.publish([MemberLeft { member_no: 3 }]).await;
    let act = first(&place, "").await;
    let trace = place.json(&format!("events trace {act}")).await;
    assert_eq!(trace["events"][0]["state"], "stored");
    assert_eq!(trace["events"][0]["subscribers"][0]["outcome"], "paused");
    place.run("subscribers resume say_goodbye").await;
    let people = place.run(&format!("events trace {act}")).await.stdout;
    assert!(people.contains("not handled"), "{people}");
    place.sql("insert into edafw_attempt select 'say_goodbye', source, name, event_id, 2, stored_at, 'no paper' from edafw_event").await;
    let people = place.run(&format!("events trace {act}")).await.stdout;
    assert!(people.contains("retrying after 2 attempts: no paper"), "{people}");
}

#[tokio::test]
async fn a_long_act_is_cut_off() {
    let place = Place::new();
    let app = place.app().await;
    let mut tx = app.begin().await.unwrap();
    for member_no in 0..3 {
        tx.publish(MemberLeft { member_no }).await.unwrap();
    }
    tx.commit().await.unwrap();
    app.close().await;
    let act = first(&place, "").await;
    let trace = place.json(&format!("events trace {act} --limit 2")).await;
    assert_eq!(trace["events"].as_array().map(Vec::len), Some(2));
    assert_eq!(trace["is_cut_off"], true);
    let people = place.run(&format!("events trace {act} --limit 2")).await.stdout;
    assert!(people.contains("There are more events"), "{people}");
    assert_eq!(place.json(&format!("events trace {act} --limit 3")).await["is_cut_off"], false);
}

#[tokio::test]
async fn other_databases_are_read_and_left_as_they_are() {
    let place = Place::new();
    let flow = "018f4e6a-7c00-7000-8000-0000000000cc";
    for database in ["member.db", "other.db"] {
        let url = format!("sqlite:{}/{database}", place.path().display());
        let app: App<Sqlite> = App::builder("member").database_url(url).connect().await.unwrap();
        let mut tx = app.begin().await.unwrap();
        tx.set_correlation_id(flow.parse().unwrap());
        tx.publish(MemberLeft { member_no: 3 }).await.unwrap();
        tx.commit().await.unwrap();
        app.close().await;
    }
    assert_eq!(place.json(&format!("events trace {flow}")).await["events"].as_array().map(Vec::len), Some(1));
    let arguments = format!("events trace {flow} --also other=sqlite:other.db");
    let both = place.json(&arguments).await;
    assert_eq!(both["databases"], serde_json::json!(["member", "other"]));
    assert_eq!(both["events"][1]["database"], "other");
    let ended = place
        .run_with(&format!("events trace {flow} --json"), &[("EDAFW_TRACE_ALSO", "other=sqlite:other.db")])
        .await;
    assert_eq!(ended.document(), both);
    let same = place.json(&format!("events trace {flow} --also again=sqlite:member.db")).await;
    assert_eq!(same["events"].as_array().map(Vec::len), Some(1), "each event once");
}

#[tokio::test]
async fn what_cannot_be_traced_is_told() {
    let place = Place::new();
    place.run("migrate").await;
    let unknown = "018f4e6a-7c00-7000-8000-0000000000dd";
    for (arguments, code, says) in [
        (unknown.to_owned(), 4, "no act of this correlation id, in member"),
        ("7".to_owned(), 2, "invalid value '7'"),
        (format!("{unknown} --also portal"), 2, "SERVICE=URL"),
        (format!("{unknown} --also Portal=sqlite:portal.db"), 2, "SERVICE=URL"),
        (
            format!("{unknown} --also portal=oracle://me:secret@host/x"),
            2,
            "the database of `portal` cannot be read",
        ),
        (format!("{unknown} --also portal=sqlite:empty.db"), 1, "the database of `portal` cannot be read"),
        (format!("{unknown} --limit 0"), 2, "--limit"),
    ] {
        let ended = place.run(&format!("events trace {arguments}")).await;
        assert_eq!(ended.code, Some(code), "{arguments}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{arguments}: {}", ended.stderr);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
}
