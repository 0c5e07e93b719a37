//! What provisioning makes beyond queues and subscriptions, and the same as a template.

mod support;

use aws_sdk_sqs::types::QueueAttributeName;
use edafw_core::{Drift, Ordering, Provision, Queue, Topology, Transport};
use edafw_sqs::{SqsConfig, Topics, iam_policies, template};
use edafw_testkit::transport::fixture::{TOPIC, binding, queue, topology};
use serde_json::{Value, json};

use support::place::{Place, REGION, sns, sqs};

const QUEUE: &str = "shop.ship";

fn declared() -> Topology {
    topology(vec![queue(QUEUE, &[Some("order.paid")])])
}

async fn url(place: &Place, name: &str) -> String {
    let sqs = sqs(place.emulator.endpoint());
    let name = format!("{}{name}", place.config.prefix);
    sqs.get_queue_url().queue_name(name).send().await.expect("it exists").queue_url.expect("it has a URL")
}

#[tokio::test]
async fn a_setting_that_somebody_changed_is_drift_and_is_mended() {
    let place = Place::new(Topics::Fifo);
    let transport = place.connect();
    transport.apply(&declared()).await.expect("applies");
    assert_eq!(transport.plan(&declared()).await.expect("compares"), []);

    let changes = [
        (QueueAttributeName::MessageRetentionPeriod, "60", "1209600"),
        (QueueAttributeName::Policy, r#"{"Version":"2012-10-17","Statement":[]}"#, "aws:SourceArn"),
        (QueueAttributeName::RedrivePolicy, "", "-dead.fifo"),
    ];
    for (name, value, expected) in changes {
        let request = sqs(place.emulator.endpoint()).set_queue_attributes();
        let request = request.queue_url(url(&place, "shop-ship.fifo").await).attributes(name.clone(), value);
        request.send().await.expect("somebody may");
        let drift = transport.plan(&declared()).await.expect("compares");
        let [Drift::SettingDiffers { queue, setting, declared: wanted, .. }] = &drift[..] else {
            panic!("{drift:?}");
        };
        assert_eq!((&**queue, &**setting), (QUEUE, name.as_str()));
        assert!(wanted.contains(expected), "{wanted}");
        assert_eq!(transport.apply(&declared()).await.expect("applies"), drift);
        assert_eq!(transport.plan(&declared()).await.expect("compares"), []);
    }
}

#[tokio::test]
async fn a_subscription_that_was_changed_is_mended_in_place() {
    let place = Place::new(Topics::Fifo);
    let transport = place.connect();
    transport.apply(&declared()).await.expect("applies");
    let sns = sns(place.emulator.endpoint());
    let all = sns.list_subscriptions().send().await.expect("lists");
    let arn = all.subscriptions()[0].subscription_arn().expect("it has an ARN").to_owned();
    for (name, value) in [("FilterPolicy", r#"{"event":["order.sent"]}"#), ("RawMessageDelivery", "false")] {
        let request = sns.set_subscription_attributes().subscription_arn(&arn);
        request.attribute_name(name).attribute_value(value).send().await.expect("somebody may");
        assert!(!transport.plan(&declared()).await.expect("compares").is_empty(), "{name}");
        transport.apply(&declared()).await.expect("applies");
        assert_eq!(transport.plan(&declared()).await.expect("compares"), [], "{name}");
    }
    let all = sns.list_subscriptions().send().await.expect("lists");
    assert_eq!(all.subscriptions().len(), 1, "no second one");
}

#[tokio::test]
async fn a_queue_that_was_deleted_is_made_again_under_a_running_worker() {
    let place = Place::new(Topics::Fifo);
    let transport = place.connect();
    transport.apply(&declared()).await.expect("applies");
    let wait = std::time::Duration::ZERO;
    let lease = std::time::Duration::from_secs(1);
    assert!(transport.receive(QUEUE, 1, lease, wait).await.expect("receives").is_empty());
    let sqs = sqs(place.emulator.endpoint());
    sqs.delete_queue().queue_url(url(&place, "shop-ship.fifo").await).send().await.expect("somebody may");
    let error = transport.receive(QUEUE, 1, lease, wait).await.expect_err("it is gone");
    assert!(error.chain().contains("provision apply"), "{}", error.chain());
    let drift = place.connect().apply(&declared()).await.expect("applies");
    assert_eq!(drift[0], Drift::MissingQueue { queue: QUEUE.to_owned() });
    assert!(transport.receive(QUEUE, 1, lease, wait).await.expect("it is there again").is_empty());
}

#[tokio::test]
async fn a_filter_names_no_more_than_sns_takes() {
    let place = Place::new(Topics::Fifo);
    let names: Vec<String> = (0..151).map(|n| format!("order.paid.v{n}")).collect();
    let events: Vec<Option<&str>> = names.iter().map(|name| Some(&**name)).collect();
    let error = place.connect().apply(&topology(vec![queue(QUEUE, &events)])).await.expect_err("too many");
    assert!(error.chain().contains("151 different events") && !error.is_transient(), "{}", error.chain());
}

/// A service with everything: an ordered queue, an unordered one, and one for events of another service.
fn shop() -> Topology {
    let mut count = queue("shop.count", &[None]);
    count.ordering = Ordering::None;
    let foreign =
        Queue { bindings: vec![binding("depot.external", Some("stock.low"))], ..queue("shop.order", &[]) };
    topology(vec![count, foreign, queue(QUEUE, &[Some("order.paid"), Some("order.sent")])])
}

fn of_kind<'a>(template: &'a Value, kind: &str) -> Vec<&'a Value> {
    let resources = template["Resources"].as_object().expect("resources").values();
    resources.filter(|one| one["Type"] == kind).map(|one| &one["Properties"]).collect()
}

#[test]
fn the_template_makes_the_same() {
    let config = SqsConfig::parse(&format!("sqs://{REGION}?prefix=prod-")).expect("a URL");
    let template = template(&config, &shop());
    let topics = of_kind(&template, "AWS::SNS::Topic");
    assert_eq!(topics.len(), 1, "another service's topic is not ours to make");
    assert_eq!(
        (&topics[0]["TopicName"], &topics[0]["FifoTopic"]),
        (&json!("prod-shop-internal.fifo"), &json!(true))
    );
    let mut queues: Vec<&str> =
        of_kind(&template, "AWS::SQS::Queue").iter().filter_map(|one| one["QueueName"].as_str()).collect();
    queues.sort_unstable();
    let expected = [
        "prod-shop-count",
        "prod-shop-count-dead",
        "prod-shop-order-dead.fifo",
        "prod-shop-order.fifo",
        "prod-shop-ship-dead.fifo",
        "prod-shop-ship.fifo",
    ];
    assert_eq!(queues, expected);
    let subscriptions = of_kind(&template, "AWS::SNS::Subscription");
    let mut filters: Vec<String> = subscriptions.iter().map(|one| one["FilterPolicy"].to_string()).collect();
    filters.sort();
    assert_eq!(filters, ["null", r#"{"event":["order.paid","order.sent"]}"#, r#"{"event":["stock.low"]}"#]);
    assert!(subscriptions.iter().all(|one| one["RawMessageDelivery"] == true));
    let policies = of_kind(&template, "AWS::SQS::QueuePolicy");
    assert_eq!(policies.len(), 3);
    assert!(
        policies
            .iter()
            .all(|one| one["PolicyDocument"]["Statement"].as_array().is_some_and(|all| all.len() == 1))
    );
}

#[test]
fn a_worker_may_create_nothing() {
    let url = format!("sqs://{REGION}?prefix=prod-&account=123456789012");
    let rights = iam_policies(&SqsConfig::parse(&url).expect("a URL"), &shop());
    let worker = rights["worker"].to_string();
    for word in [
        "Create",
        "SetQueueAttributes",
        "SetSubscription",
        "Subscribe\"",
        "ListTopics",
        "ListQueues",
        "\"*\"",
    ] {
        assert!(!worker.contains(word), "{word} in {worker}");
    }
    assert!(worker.contains("arn:aws:sqs:eu-central-1:123456789012:prod-shop-ship.fifo"));
    let publish = rights["worker"]["Statement"].as_array().expect("statements");
    let publish = publish.iter().find(|one| one["Action"] == json!(["sns:Publish"])).expect("it publishes");
    assert_eq!(publish["Resource"], json!(["arn:aws:sns:eu-central-1:123456789012:prod-shop-internal.fifo"]));
    assert!(rights["provision"].to_string().contains("sqs:CreateQueue"));
    assert!(shop().topics.contains(&TOPIC.to_owned()));
}
