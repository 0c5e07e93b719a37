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

const ON_SQS: &[(&str, &str)] = &[("EDAFW_TRANSPORT_URL", "sqs://eu-central-1?prefix=prod-")];

#[cfg(feature = "sqs")]
#[tokio::test]
async fn export_prints_a_template_and_the_rights_without_a_database() {
    let place = Place::new();
    let ended = place.run_with("provision export", ON_SQS).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let template = ended.document();
    let resources = template["Resources"].as_object().expect("resources").values();
    let queues: Vec<_> = resources.filter_map(|one| one["Properties"]["QueueName"].as_str()).collect();
    assert!(queues.contains(&"prod-member-record_device.fifo"), "{queues:?}");
    let ended = place.run_with("provision export --iam", ON_SQS).await;
    assert!(ended.document()["worker"]["Statement"].is_array(), "{}", ended.stdout);
    let wrong = [("EDAFW_TRANSPORT_URL", "sqs://eu-central-1?speed=high")];
    let ended = place.run_with("provision export", &wrong).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`speed` is not known"), "{}", ended.stderr);
}

#[cfg(not(feature = "sqs"))]
#[tokio::test]
async fn a_binary_without_the_feature_says_so() {
    let place = Place::new();
    let ended = place.run_with("run", ON_SQS).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("build it with the feature `sqs`"), "{}", ended.stderr);
    let ended = place.run("provision export").await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("there is nothing to export"), "{}", ended.stderr);
}
