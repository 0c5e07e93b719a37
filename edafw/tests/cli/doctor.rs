//! `doctor`: nothing to say about a healthy service, and everything about a sick one.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edafw::{EventStore, ManualClock};
use edafw_core::SendResult;

use crate::MemberLoggedIn;
use crate::support::Place;

#[tokio::test]
async fn a_healthy_service() {
    let place = Place::new();
    place.run("provision apply").await;
    let ended = place.run("doctor").await;
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "nothing is wrong with `member`\n"));
    assert_eq!(place.json("doctor").await["healthy"], true);
}

#[tokio::test]
async fn a_database_without_tables() {
    let ended = Place::new().run("doctor").await;
    assert_eq!(ended.code, Some(3));
    assert!(ended.stdout.contains("run `migrate`"), "{}", ended.stdout);
}

/// Publishes an event an hour ago; sends it, as far as anybody knows, if it is to be `sent`.
async fn an_hour_ago(place: &Place, sent: bool) {
    let clock = Arc::new(ManualClock::new(SystemTime::now() - Duration::from_hours(1)));
    let app = place.app_at(clock).await;
    let mut tx = app.begin().await.expect("begins");
    tx.publish(MemberLoggedIn { member_no: 1, device: "phone".to_owned() }).await.expect("publishes");
    tx.commit().await.expect("commits");
    if sent {
        let claimed = app.store().claim(10, Duration::from_mins(1)).await.expect("claims");
        let sent = SendResult::Sent { position: claimed[0].position, token: claimed[0].token };
        app.store().settle(&[sent]).await.expect("settles");
    }
    app.close().await;
}

#[tokio::test]
async fn events_that_are_never_confirmed() {
    let place = Place::new();
    place.run("provision apply").await;
    an_hour_ago(&place, true).await;
    let finding = |diagnosis: &serde_json::Value, check: &str| {
        let findings = diagnosis["findings"].as_array().expect("a list");
        findings.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("{diagnosis}"))["do"]
            .clone()
    };
    let sick = place.run("doctor --json").await;
    assert_eq!(sick.code, Some(3));
    let remedy = finding(&sick.document(), "unconfirmed");
    assert!(remedy.as_str().expect("text").contains("a running worker"), "{remedy}");
    place.sql("delete from edafw_binding where queue = 'member.edafw-recorder'").await;
    let sick = place.run("doctor --json").await.document();
    let remedy = finding(&sick, "unconfirmed");
    assert!(remedy.as_str().expect("text").contains("subscription is missing"), "{remedy}");
    finding(&sick, "topology");
    place.sql("update edafw_outbox set exhausted_at = 1").await;
    finding(&place.run("doctor --json").await.document(), "exhausted");
}

#[tokio::test]
async fn events_that_are_never_sent() {
    let place = Place::new();
    place.run("provision apply").await;
    an_hour_ago(&place, false).await;
    let sick = place.run("doctor").await;
    insta::assert_snapshot!(sick.stdout, @r"
    error: 1 events wait to be sent for 5m
      do: start a worker; if one runs, look at its log
    ");
}

#[tokio::test]
async fn everything_else_in_one_list() {
    let place = Place::new();
    place.run("provision apply").await;
    place.publish((1..3).map(|member_no| MemberLoggedIn { member_no, device: "phone".to_owned() })).await;
    place.run_with("run --until-idle", &[("MEMBER_DEVICES_FAIL", "yes")]).await;
    place.run("subscribers pause say_goodbye").await;
    place
        .sql(
            "insert into edafw_queue values ('member.old', 'member', 1, 0);
             insert into edafw_message (queue, body, visible_at) values ('member.old', '{}', 0)",
        )
        .await;
    let sick = place.run("doctor").await;
    assert_eq!(sick.code, Some(3));
    insta::assert_snapshot!(sick.stdout, @r#"
    warning: queue member.old holds 1 messages, and no subscriber of this binary takes them
      do: if its subscriber was renamed, declare `formerly = ".."`; if it was removed, its messages can go
    warning: `record_device` has 2 dead letters
      do: see `dead-letters list --subscriber record_device`, then `dead-letters retry` or `discard` them
    error: `record_device` holds 2 keys, whose later events wait: 1, 2
      do: retry the dead letters, or give up on a key with `keys skip record_device KEY`
    warning: `say_goodbye` is paused; its deliveries wait
      do: `subscribers resume say_goodbye` when it may run again
    "#);
}
