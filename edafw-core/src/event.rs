//! What an event is: a stable name, a version, a key and a payload.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::topology::Channel;
use crate::{Failure, RawEnvelope};

/// The identity of one published event: a UUID of version 7 (ordered by time of publishing) for a domain
/// event, of version 5 for an external event, derived from the domain event that it was made of.
pub type EventId = Uuid;

/// The constant part of an event: everything that does not depend on an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// The stable, stored name, such as `member.logged-in`. Never a Rust path.
    pub name: &'static str,
    /// Counts from 1; raised when the payload changes in a way that old readers cannot read.
    pub version: u32,
    /// Names that this event had before; deliveries under them are decoded as this type.
    pub formerly: &'static [&'static str],
    /// Whether it travels inside the system or to other systems.
    pub channel: Channel,
    /// The service that publishes it.
    pub source: &'static str,
    /// The Rust name of the struct, for messages to people; never stored.
    pub rust_name: &'static str,
    /// Whether instances carry a key, and so an order.
    pub has_key: bool,
}

impl EventType {
    /// Whether `name` is this event's name, now or formerly.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.formerly.contains(&name)
    }
}

/// Characters of a key or an idempotency key, at most: four bytes each, with the names beside it in an index, is
/// what the databases take (PostgreSQL: about 2,700 bytes of an index entry, MySQL: 3,072).
pub const KEY_CHARS: usize = 512;

/// Anything that can be in an [`Envelope`](crate::Envelope). Implemented by the annotations.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "annotate the struct: `#[domain_event(name = \"order.paid\", key = order_no)]`, or `#[external_event(..)]` for a contract with other systems"
)]
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Name, version and the rest of what every instance shares.
    const TYPE: EventType;

    /// Who it happened to: the publishing subject, the unit of order. `None` for an event without a key. At most
    /// [`KEY_CHARS`] characters, none of them U+0000.
    fn key(&self) -> Option<String>;

    /// What makes two publications the same act. `None` takes the event's id: every publication is new. The same
    /// limits as for the [`key`](Self::key).
    fn idempotency_key(&self) -> Option<String>;

    /// Turns the payload of `version` into that of `version + 1`.
    ///
    /// # Errors
    /// A payload that the upcaster refuses, and a version without one.
    fn upcast(version: u32, data: serde_json::Value) -> Result<serde_json::Value, Failure>;
}

/// An event of this service's domain, declared by `#[domain_event]`: what a transaction publishes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain event",
    label = "only domain events are published through a transaction",
    note = "annotate the struct: `#[domain_event(name = \"order.paid\", key = order_no)]`",
    note = "an `#[external_event(.., of = OrderPaid)]` is published by the framework when `OrderPaid` is"
)]
pub trait DomainEvent: Event {}

/// A closed contract with other systems, declared by `#[external_event]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an external event",
    label = "subscribers of the external layer take external events",
    note = "declare what you consume: `#[external_event(name = \"order.paid\", version = 1, source = \"order\")]`",
    note = "for a domain event of this service use `layer = internal`"
)]
pub trait ExternalEvent: Event {}

/// What a key field may be: text, a number, an id. The stored form is what `Display` prints.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "not usable as `key` or `idempotency_key`",
    note = "a key is text, an integer or a type that implements `Display`; wrap other types in a newtype with `Display`"
)]
pub trait EventKey {
    /// The stored form.
    fn to_key(&self) -> String;
}

impl<T: std::fmt::Display + ?Sized> EventKey for T {
    fn to_key(&self) -> String {
        self.to_string()
    }
}

/// Several key fields as one key: joined by `/`. A `/` or `%` inside a part is written `%2F` or `%25`, so that
/// two different lists of parts never make the same key.
pub fn join_keys(parts: &[String]) -> String {
    let escaped: Vec<String> =
        parts.iter().map(|part| part.replace('%', "%25").replace('/', "%2F")).collect();
    escaped.join("/")
}

/// Why an envelope cannot be turned into the event that a subscriber takes.
pub(crate) fn upcast_to<E: Event>(envelope: &RawEnvelope) -> Result<serde_json::Value, String> {
    let mut data: serde_json::Value =
        serde_json::from_str(envelope.data.get()).map_err(|error| error.to_string())?;
    for version in envelope.version..E::TYPE.version {
        data = E::upcast(version, data).map_err(|failure| {
            format!(
                "version {version} of `{}` could not be brought to version {}: {failure}",
                E::TYPE.name,
                version + 1
            )
        })?;
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::join_keys;

    #[test]
    fn different_parts_never_make_the_same_key() {
        let join = |parts: [&str; 2]| join_keys(&parts.map(str::to_owned));
        assert_eq!(join(["acme", "7"]), "acme/7");
        assert_ne!(join(["a/b", "c"]), join(["a", "b/c"]));
        assert_ne!(join(["a%2Fb", "c"]), join(["a/b", "c"]));
    }
}
