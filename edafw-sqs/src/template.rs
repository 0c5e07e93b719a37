//! The topology as a `CloudFormation` template, and the rights that it takes to use it.

use edafw_core::{Channel, Queue, Topology, topic_name};
use serde_json::{Map, Value, json};

use crate::config::SqsConfig;
use crate::names::{self, Kind};
use crate::settings::{self, topics_of};

/// A `CloudFormation` template, in JSON, of the same topics, queues, policies and subscriptions that `provision apply`
/// makes. Topics of other services are theirs to create: they are named by their ARN.
pub fn template(config: &SqsConfig, topology: &Topology) -> Value {
    let mut resources = Map::new();
    for topic in topology.topics.iter().filter(|topic| is_own(topology, topic)) {
        resources.insert(logical("Topic", topic), topic_resource(config, topic, topology));
    }
    for queue in &topology.queues {
        let [dead, own] = queue_resources(config, queue, topology);
        resources.insert(logical("DeadLetters", &queue.name), dead);
        resources.insert(logical("Queue", &queue.name), own);
        resources.insert(logical("Policy", &queue.name), policy_resource(config, queue, topology));
        for topic in topics_of(queue) {
            let name = format!("{} {topic}", queue.name);
            resources.insert(logical("Subscription", &name), subscription(config, queue, topic, topology));
        }
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("Topics and queues of the service {}", topology.service),
        "Resources": resources,
    })
}

/// The least rights: of a worker, and of whoever runs `provision apply`. A process that only publishes stores its events
/// in the database and needs none.
pub fn iam_policies(config: &SqsConfig, topology: &Topology) -> Value {
    let account = config.account.as_deref().unwrap_or("*");
    let arns = |service: &str, names: &mut dyn Iterator<Item = String>| -> Vec<String> {
        names.map(|name| names::arn(config, service, account, &name)).collect()
    };
    let published = arns(
        "sns",
        &mut Channel::ALL
            .iter()
            .map(|channel| topic_name(&topology.service, *channel))
            .filter(|topic| topology.topics.contains(topic))
            .map(|topic| names::topic(config, &topic)),
    );
    let topics = arns("sns", &mut topology.topics.iter().map(|topic| names::topic(config, topic)));
    let names_of = |queue: &Queue, name: fn(&SqsConfig, &str, Kind) -> String| -> Vec<String> {
        let called = queue.formerly.iter().chain([&queue.name]);
        called
            .flat_map(|called| [Kind::Fifo, Kind::Standard].map(|kind| name(config, called, kind)))
            .collect()
    };
    let queues = arns("sqs", &mut topology.queues.iter().flat_map(|queue| names_of(queue, names::queue)));
    let dead = topology.queues.iter().flat_map(|queue| names_of(queue, names::dead_letter_queue));
    let all_queues = [queues.clone(), arns("sqs", &mut dead.into_iter())].concat();
    let subscriptions: Vec<String> = topics.iter().map(|topic| format!("{topic}:*")).collect();
    let allow =
        |actions: &[&str], on: &[String]| json!({ "Effect": "Allow", "Action": actions, "Resource": on });
    let policy = |statements: Vec<Value>| json!({ "Version": "2012-10-17", "Statement": statements });
    let look = || {
        vec![
            allow(&["sqs:GetQueueUrl", "sqs:GetQueueAttributes"], &all_queues),
            allow(&["sns:ListSubscriptionsByTopic"], &topics),
            allow(&["sns:GetSubscriptionAttributes"], &subscriptions),
        ]
    };
    let mut worker = vec![
        allow(&["sns:Publish"], &published),
        allow(
            &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"],
            &queues,
        ),
    ];
    worker.extend(look());
    let mut provisioner = vec![
        allow(&["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"], &all_queues),
        allow(&["sns:CreateTopic", "sns:TagResource", "sns:Subscribe", "sns:SetTopicAttributes"], &topics),
        allow(&["sns:SetSubscriptionAttributes", "sns:Unsubscribe"], &subscriptions),
    ];
    provisioner.extend(look());
    json!({ "worker": policy(worker), "provision": policy(provisioner) })
}

fn is_own(topology: &Topology, topic: &str) -> bool {
    Channel::ALL.iter().any(|channel| topic_name(&topology.service, *channel) == topic)
}

/// A name within the template: letters and digits alone.
fn logical(kind: &str, name: &str) -> String {
    let mut logical = kind.to_owned();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        let (first, rest) = part.split_at(1);
        logical.push_str(&first.to_ascii_uppercase());
        logical.push_str(rest);
    }
    // Two names that differ in their punctuation alone are told apart all the same.
    let hash = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string();
    format!("{logical}{}", &hash[..6])
}

fn tags(topology: &Topology) -> Vec<Value> {
    settings::tags(topology).iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn topic_resource(config: &SqsConfig, topic: &str, topology: &Topology) -> Value {
    let mut properties = Map::new();
    properties.insert("TopicName".to_owned(), json!(names::topic(config, topic)));
    for (name, value) in settings::of_topic(config) {
        properties.insert(name.to_owned(), plain(&value));
    }
    properties.insert("Tags".to_owned(), json!(tags(topology)));
    json!({ "Type": "AWS::SNS::Topic", "Properties": properties })
}

/// The dead letter queue and the queue itself.
fn queue_resources(config: &SqsConfig, queue: &Queue, topology: &Topology) -> [Value; 2] {
    let kind = settings::kind(config, queue);
    let properties = |name: String| {
        let mut properties = Map::new();
        properties.insert("QueueName".to_owned(), json!(name));
        for (name, value) in settings::of_queue(config).into_iter().chain(settings::of_kind(kind)) {
            properties.insert(name.as_str().to_owned(), plain(&value));
        }
        properties.insert("Tags".to_owned(), json!(tags(topology)));
        properties
    };
    let dead = properties(names::dead_letter_queue(config, &queue.name, kind));
    let mut own = properties(settings::name(config, queue));
    let target = json!({ "Fn::GetAtt": [logical("DeadLetters", &queue.name), "Arn"] });
    own.insert(
        "RedrivePolicy".to_owned(),
        json!({ "deadLetterTargetArn": target, "maxReceiveCount": settings::MOST_RECEIVES }),
    );
    [dead, own].map(|properties| json!({ "Type": "AWS::SQS::Queue", "Properties": properties }))
}

fn policy_resource(config: &SqsConfig, queue: &Queue, topology: &Topology) -> Value {
    let topics: Vec<Value> =
        topics_of(queue).into_iter().map(|topic| topic_arn(config, topic, topology)).collect();
    let own = json!({ "Fn::GetAtt": [logical("Queue", &queue.name), "Arn"] });
    json!({
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{ "Ref": logical("Queue", &queue.name) }],
            "PolicyDocument": settings::policy(&own, &topics),
        },
    })
}

fn subscription(config: &SqsConfig, queue: &Queue, topic: &str, topology: &Topology) -> Value {
    let mut properties = json!({
        "TopicArn": topic_arn(config, topic, topology),
        "Protocol": "sqs",
        "Endpoint": { "Fn::GetAtt": [logical("Queue", &queue.name), "Arn"] },
        "RawMessageDelivery": true,
    });
    if let Some(filter) = settings::filter(queue, topic) {
        properties["FilterPolicy"] = filter;
    }
    json!({
        "Type": "AWS::SNS::Subscription",
        // Without the right to send, what is published meanwhile is lost to the queue.
        "DependsOn": logical("Policy", &queue.name),
        "Properties": properties,
    })
}

fn topic_arn(config: &SqsConfig, topic: &str, topology: &Topology) -> Value {
    if is_own(topology, topic) {
        return json!({ "Ref": logical("Topic", topic) });
    }
    let name = names::topic(config, topic);
    json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{name}") })
}

/// Numbers and truth values are written as such in templates.
fn plain(value: &str) -> Value {
    serde_json::from_str(value)
        .ok()
        .filter(|value: &Value| !value.is_object())
        .unwrap_or_else(|| json!(value))
}
