//! `run`: until idle, until a signal, until a second one.

use crate::support::Place;
use crate::{MemberLeft, MemberLoggedIn};

fn log_in(member_no: i64) -> MemberLoggedIn {
    MemberLoggedIn { member_no, device: "phone".to_owned() }
}

#[tokio::test]
async fn until_idle_handles_everything_and_ends() {
    let place = Place::new();
    place.run("run --until-idle").await;
    place.publish((0..20).map(log_in)).await;
    let done = place.json("run --until-idle").await;
    assert_eq!(done["subscribers"]["record_device"]["handled"], 20);
    assert_eq!(place.number("select count(*) from device").await, 20);
    assert_eq!(place.number("select count(*) from edafw_event where published_at is null").await, 0);
}

#[tokio::test]
async fn without_a_command_it_runs_and_says_on_what_without_secrets() {
    let place = Place::new();
    let mut running = place.start("", &[]);
    let line = running.line_with("starts").await;
    for part in
        ["service=\"member\"", "database=\"sqlite\"", "embedded (internal, external)", "subscribers=4"]
    {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("member.db"), "{line}");
    running.signal("TERM").await;
    running.line_with("stops").await;
    assert_eq!(running.end().await, Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    for (first, second, code) in [("TERM", "TERM", 143), ("INT", "INT", 130)] {
        let place = Place::new();
        place.run("provision apply").await;
        place.publish([MemberLeft { member_no: 1 }]).await;
        let mut running = place.start("run", &[("MEMBER_GOODBYE_HANGS", "yes")]);
        running.line_with("say_goodbye hangs").await;
        running.signal(first).await;
        running.line_with("stops").await;
        running.signal(second).await;
        assert_eq!(running.end().await, Some(code));
    }
}

#[tokio::test]
async fn a_signal_ends_until_idle_too() {
    let place = Place::new();
    place.run("provision apply").await;
    place.run("subscribers pause say_goodbye").await;
    place.publish([MemberLeft { member_no: 1 }]).await;
    let mut running = place.start("run --until-idle", &[]);
    running.line_with("starts").await;
    running.signal("INT").await;
    assert_eq!(running.end().await, Some(0));
    place.run("subscribers resume say_goodbye").await;
    place.run("run --until-idle").await;
    assert_eq!(place.number("select count(*) from edafw_inbox").await, 1, "nothing was lost");
}

#[tokio::test]
async fn logs_go_where_they_are_wanted() {
    let place = Place::new();
    let quiet = place.run_with("run --until-idle", &[("EDAFW_LOG", "error")]).await;
    assert_eq!((quiet.code, &*quiet.stdout, &*quiet.stderr), (Some(0), "", ""));
}
