//! The names of queues and of the framework's own subscribers.

use edafw_core::EventType;

/// The built-in subscriber that marks events as published. Names of this beginning are the framework's.
pub(crate) const RECORDER: &str = "edafw-recorder";

/// What the names of the framework's own subscribers begin with.
pub(crate) const RESERVED: &str = "edafw-";

/// The queue that the publishers of a service's external events share: it keeps the order of a key also where its
/// events go by several contracts.
pub(crate) const EXTERNAL_PUBLISHERS: &str = "edafw-external";

/// The built-in subscriber that turns a domain event into an external one.
pub(crate) fn external_publisher_name(contract: &EventType) -> String {
    format!("{RESERVED}external.{}.v{}", contract.name, contract.version)
}

/// The queue of a subscriber or of a group.
pub(crate) fn queue_name(service: &str, subscriber_or_group: &str) -> String {
    format!("{service}.{subscriber_or_group}")
}
