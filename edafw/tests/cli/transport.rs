//! A transport that changed while deliveries waited: refused or drained, none lost.

use std::time::Duration;

use edafw::{App, Channel, Destination, EventStore, Message, Sqlite};
use edafw_core::SendResult;

use crate::MemberLeft;
use crate::support::Place;

const OTHER: &[(&str, &str)] = &[("EDAFW_TRANSPORT_URL", "embedded:sqlite:other.db")];

/// Events that were sent and that nobody has received.
async fn undelivered(place: &Place, events: i64) {
    place.run("provision apply").await;
    send(&place.app().await, events).await;
}

async fn send(app: &App<Sqlite>, events: i64) {
    let mut tx = app.begin().await.expect("begins");
    for member_no in 0..events {
        tx.publish(MemberLeft { member_no }).await.expect("publishes");
    }
    tx.commit().await.expect("commits");
    let transport = app.transport(Channel::Internal);
    let topic = Destination::Topic("member.internal".to_owned());
    loop {
        let claimed =
            app.store().claim(transport.limits().batch, Duration::from_mins(1)).await.expect("claims");
        if claimed.is_empty() {
            break;
        }
        let message = |event: &edafw_core::Outgoing| Message {
            id: event.envelope.id,
            name: event.envelope.name.clone(),
            key: event.envelope.key.clone(),
            generation: event.generation,
            body: event.envelope.to_json(),
        };
        let messages: Vec<Message> = claimed.iter().map(message).collect();
        transport.publish(&topic, &messages).await.expect("publishes");
        let sent: Vec<SendResult> = claimed
            .iter()
            .map(|event| SendResult::Sent { position: event.position, token: event.token })
            .collect();
        app.store().settle(&sent).await.expect("settles");
    }
    app.close().await;
}

#[tokio::test]
async fn a_worker_refuses_to_leave_deliveries_behind() {
    let place = Place::new();
    undelivered(&place, 1_000).await;
    let ended = place.run_with("run", OTHER).await;
    assert_eq!(ended.code, Some(2));
    let message = ended.stderr.split_once("error: ").expect("an error").1;
    let directory = place.path().canonicalize().expect("exists");
    insta::assert_snapshot!(message.replace(&*directory.to_string_lossy(), "DIRECTORY"), @r#"
    the transport changed: 2000 deliveries still wait in embedded queues of the database, and the configured transport (embedded at sqlite:DIRECTORY/other.db) will never receive them:
      - member.edafw-recorder: 1000
      - member.mail: 1000
    drain them first: stop the workers of the old configuration, then start with `run --drain embedded:`; or run once with EDAFW_TRANSPORT_URL="embedded:" and `--until-idle`
    "#);
    let sick = place.run_with("doctor", OTHER).await;
    assert_eq!(sick.code, Some(3));
    assert!(
        sick.stdout.contains("while 1000 deliveries waited in the embedded queue member.mail"),
        "{}",
        sick.stdout
    );
    // Nothing was taken, and the old configuration still works.
    let done = place.json("run --until-idle").await;
    assert_eq!(done["subscribers"]["say_goodbye"]["handled"], 1_000);
}

#[tokio::test]
async fn a_worker_drains_them_when_told_to() {
    let place = Place::new();
    undelivered(&place, 1_000).await;
    let ended = place.run_with("run --drain embedded: --until-idle", OTHER).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(
        place.number("select count(*) from edafw_inbox where subscriber = 'say_goodbye'").await,
        1_000
    );
    assert_eq!(place.number("select count(*) from edafw_message").await, 0);
    assert_eq!(place.number("select count(*) from edafw_event where published_at is null").await, 0);
    // From now on it runs on the new transport, without being told anything.
    place.publish([MemberLeft { member_no: 7 }]).await;
    let ended = place.run_with("run --until-idle", OTHER).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(
        place.number("select count(*) from edafw_inbox where subscriber = 'say_goodbye'").await,
        1_001
    );
}

#[tokio::test]
async fn an_external_channel_that_moved_leaves_nothing_behind_either() {
    let place = Place::new();
    place.run("provision apply").await;
    place.sql("insert into edafw_message (queue, body, visible_at) values ('member.thank', '{}', 0)").await;
    let ended = place.run_with("run", &[("EDAFW_EXTERNAL_URL", "embedded:sqlite:shared.db")]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("member.thank: 1"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_worker_remembers_where_its_queues_were() {
    let place = Place::new();
    // Its queues are elsewhere, and stay full: their worker is gone.
    place.run_with("run --until-idle", OTHER).await;
    let other = place.path().join("other.db");
    let builder = App::builder("member")
        .database_url(place.url())
        .transport_url(format!("embedded:sqlite:{}", other.display()));
    send(&builder.connect().await.expect("connects"), 1_000).await;

    let ended = place.run_with("run", &[]).await;
    assert_eq!(ended.code, Some(2));
    let message = ended.stderr.split_once("error: ").expect("an error").1;
    let directory = place.path().canonicalize().expect("exists");
    insta::assert_snapshot!(message.replace(&*directory.to_string_lossy(), "DIRECTORY"), @r"
    the transport changed: workers of `member` have used another one, and deliveries may wait there:
      - embedded at sqlite:DIRECTORY/other.db (internal and external events)
    handle them first: stop the workers of the old configuration, then start with `run --drain URL`, the URL being the old transport's; or with `run --abandon-former` if it is the same place under another name, or nothing is left there
    ");
    let sick = place.run_with("doctor", &[]).await;
    assert_eq!(sick.code, Some(3));
    assert!(sick.stdout.contains("for internal and external events"), "{}", sick.stdout);

    let wrong = place.run_with("run --drain embedded:sqlite:third.db", &[]).await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("third.db, and workers of `member` have used"), "{}", wrong.stderr);

    let ended = place.run_with("run --drain embedded:sqlite:other.db --until-idle", &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let handled = "select count(*) from edafw_inbox where subscriber = 'say_goodbye'";
    assert_eq!(place.number(handled).await, 1_000);
    assert_eq!(place.number("select count(*) from edafw_event where published_at is null").await, 0);
    // Said once.
    let ended = place.run_with("run --until-idle", &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[tokio::test]
async fn a_former_transport_can_be_abandoned() {
    let place = Place::new();
    place.run_with("run --until-idle", OTHER).await;
    assert_eq!(place.run_with("run --until-idle", &[]).await.code, Some(2));
    let ended = place.run_with("run --abandon-former --until-idle", &[]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(place.run_with("run --until-idle", &[]).await.code, Some(0));
}
