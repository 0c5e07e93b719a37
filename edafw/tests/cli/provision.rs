//! `provision plan|apply|check` on a database.

use crate::support::Place;

#[tokio::test]
async fn check_fails_until_apply_has_run() {
    let place = Place::new();
    place.json("migrate").await;
    let ended = place.run("provision check").await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stdout.contains("+ queue member.record_device"), "{}", ended.stdout);
    let planned = place.json("provision plan").await;
    assert_eq!(planned["in_sync"], false);
    assert_eq!(planned["transports"][0]["drift"][0]["kind"], "missing_queue");
    let applied = place.json("provision apply").await;
    assert_eq!(applied["transports"][0]["drift"], planned["transports"][0]["drift"]);
    let ended = place.run("provision check").await;
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stdout, "embedded (internal, external) is as declared\n");
}

#[tokio::test]
async fn a_changed_filter_is_drift_and_an_undeclared_queue_is_not() {
    let place = Place::new();
    place.json("provision apply").await;
    place
        .sql(
            "insert into edafw_queue values ('member.old', 'member', 1, 0);
             insert into edafw_binding values ('member.internal', 'member.moved', 'member.mail')",
        )
        .await;
    let ended = place.run("provision check").await;
    assert_eq!(ended.code, Some(3));
    assert!(ended.stdout.contains("- member.mail gets member.moved of member.internal"), "{}", ended.stdout);
    place.json("provision apply").await;
    let ended = place.run("provision check").await;
    assert_eq!(ended.code, Some(0), "what `apply` keeps must not fail the check for ever");
    assert!(ended.stdout.contains("queue member.old belongs to no subscriber"), "{}", ended.stdout);
}
