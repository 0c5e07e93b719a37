//! The settings that topics and queues have: what is declared, in the words of AWS.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::QueueAttributeName;
use edafw_core::{Queue, Topology};
use serde_json::{Value, json};

use crate::config::{SqsConfig, Topics};
use crate::message::MAX_BYTES;
use crate::names::{self, Kind};

/// Receives after which SQS itself takes a message away. The framework gives a message up long before and keeps it as a
/// dead letter of its own; this is the net for a message that ends the process before that is counted. SQS takes no
/// more than this.
pub(crate) const MOST_RECEIVES: u32 = 1_000;

/// A queue keeps a message for 14 days, the longest that SQS does.
const RETENTION: u32 = 14 * 24 * 60 * 60;

/// The events of one topic that a queue can name, at most: SNS takes as many values in one filter.
pub(crate) const MOST_EVENTS: usize = 150;

/// The settings of one queue.
pub(crate) type Settings = BTreeMap<QueueAttributeName, String>;

/// What a queue must be set to, apart from its policy and its dead letter queue.
pub(crate) fn of_queue(config: &SqsConfig) -> Settings {
    let mut settings = Settings::from([
        (QueueAttributeName::MaximumMessageSize, MAX_BYTES.to_string()),
        (QueueAttributeName::MessageRetentionPeriod, RETENTION.to_string()),
    ]);
    match &config.kms_key {
        Some(key) => settings.insert(QueueAttributeName::KmsMasterKeyId, key.clone()),
        None => settings.insert(QueueAttributeName::SqsManagedSseEnabled, "true".to_owned()),
    };
    settings
}

/// What only a new queue can be set to: its kind, and an order of groups that do not slow each other down.
pub(crate) fn of_kind(kind: Kind) -> Settings {
    match kind {
        Kind::Standard => Settings::new(),
        Kind::Fifo => Settings::from([
            (QueueAttributeName::FifoQueue, "true".to_owned()),
            (QueueAttributeName::DeduplicationScope, "messageGroup".to_owned()),
            (QueueAttributeName::FifoThroughputLimit, "perMessageGroupId".to_owned()),
        ]),
    }
}

/// Where SQS puts a message that was received too often.
pub(crate) fn redrive(dead_letter_arn: &str) -> Value {
    json!({ "deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": MOST_RECEIVES })
}

/// Lets the topics, and nobody else of the service SNS, send to the queue: one statement, however many topics.
pub(crate) fn policy(queue: &Value, topics: &[Value]) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "edafw",
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": { "ArnEquals": { "aws:SourceArn": topics } },
        }],
    })
}

/// Which messages of a topic a queue gets; `None` for all of them.
pub(crate) fn filter(queue: &Queue, topic: &str) -> Option<Value> {
    let bindings = queue.bindings.iter().filter(|binding| binding.topic == topic);
    let mut events: Vec<&str> = bindings.map(|binding| binding.event.as_deref()).collect::<Option<_>>()?;
    events.sort_unstable();
    events.dedup();
    Some(json!({ crate::message::EVENT: events }))
}

/// The topics that a queue is bound to, sorted.
pub(crate) fn topics_of(queue: &Queue) -> Vec<&str> {
    let mut topics: Vec<&str> = queue.bindings.iter().map(|binding| &*binding.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}

/// What a topic is set to.
pub(crate) fn of_topic(config: &SqsConfig) -> BTreeMap<&'static str, String> {
    let mut settings = BTreeMap::new();
    if config.topics == Topics::Fifo {
        settings.insert("FifoTopic", "true".to_owned());
        settings.insert("ContentBasedDeduplication", "false".to_owned());
        settings.insert("FifoThroughputScope", "MessageGroup".to_owned());
    }
    if let Some(key) = &config.kms_key {
        settings.insert("KmsMasterKeyId", key.clone());
    }
    settings
}

/// How topics and queues are marked.
pub(crate) fn tags(topology: &Topology) -> BTreeMap<&'static str, &str> {
    BTreeMap::from([("edafw:service", &*topology.service)])
}

/// The declared kind of a queue.
pub(crate) fn kind(config: &SqsConfig, queue: &Queue) -> Kind {
    match (config.topics, queue.ordering) {
        (Topics::Fifo, edafw_core::Ordering::Key) => Kind::Fifo,
        _ => Kind::Standard,
    }
}

/// The name in AWS of a declared queue.
pub(crate) fn name(config: &SqsConfig, queue: &Queue) -> String {
    names::queue(config, &queue.name, kind(config, queue))
}
