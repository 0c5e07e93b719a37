//! What is connected to what: computed from the declared subscribers, plain data from there on.

use serde::{Deserialize, Serialize};

use crate::Ordering;

/// Whether an event travels inside one system or between systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Inside the system that publishes it: domain events.
    Internal,
    /// To other systems: external events.
    External,
}

impl Channel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Internal, Self::External];

    /// The name as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::External => "external",
        }
    }
}

/// The topic on which `service` publishes the events of a channel, such as `member.internal`.
pub fn topic_name(service: &str, channel: Channel) -> String {
    format!("{service}.{}", channel.as_str())
}

/// One reason for a queue to get messages: an event of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// The topic.
    pub topic: String,
    /// The event's name; `None` stands for every event of the topic.
    pub event: Option<String>,
}

/// A queue: one per subscriber, or one per group of subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The name, such as `member.record_device`.
    pub name: String,
    /// Names it had before; an existing queue of such a name is taken over with its messages.
    pub formerly: Vec<String>,
    /// What it gets.
    pub bindings: Vec<Binding>,
    /// Whether messages of one key are delivered one after the other.
    #[serde(with = "ordering")]
    pub ordering: Ordering,
}

/// Everything that one service needs of one transport.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Topology {
    /// The service.
    pub service: String,
    /// The topics that it publishes to or consumes from, sorted.
    pub topics: Vec<String>,
    /// Its queues, sorted by name.
    pub queues: Vec<Queue>,
}

mod ordering {
    use super::Ordering;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde decides the signature")]
    pub(super) fn serialize<S: Serializer>(value: &Ordering, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match value {
            Ordering::Key => "key",
            Ordering::None => "none",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Ordering, D::Error> {
        match String::deserialize(from)?.as_str() {
            "key" => Ok(Ordering::Key),
            "none" => Ok(Ordering::None),
            other => Err(serde::de::Error::custom(format!("ordering `{other}`: expected `key` or `none`"))),
        }
    }
}
