//! An event, where it arises and where it goes.

use edafw_core::{Channel, EventType, Layer, Phase, topic_name};
use serde::Serialize;

use super::arises::Arises;
use super::data;
use super::options::Options;
use super::place::Places;
use crate::app::{Registered, Registry, Work};

/// An event that the service knows: its own, or one that it takes from another service.
pub(crate) struct Known {
    pub(crate) event: EventType,
    location: Option<&'static str>,
}

/// All of them, each once, in an order that does not depend on the linker's.
pub(crate) fn known(registry: &Registry) -> Vec<Known> {
    let own = registry.events.iter().map(|one| (one.event.event_type, Some(one.location)));
    let given = registry.externals.iter().map(|one| (one.contract.event_type, Some(one.location)));
    // Without the linker's list, an event is known by its subscribers alone.
    let taken = registry.subscribers.iter().map(|one| (one.event.event_type, None));
    let failures = registry.subscribers.iter().filter_map(|one| one.options.publish_failure);
    let failures = failures.map(|failure| (failure.event, None));
    let all = own.chain(given).chain(taken).chain(failures);
    let mut known: Vec<Known> = all.map(|(event, location)| Known { event, location }).collect();
    let name = |one: &Known| {
        let EventType { channel, source, name, version, rust_name, .. } = one.event;
        (channel, name, version, source, rust_name)
    };
    known.sort_by_key(|one| (name(one), one.location.is_none(), one.location));
    known.dedup_by_key(|one| name(one));
    known
}

/// What is known of an event; one name may be a domain event and the contract that is made of it.
#[derive(Debug, Serialize)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    #[serde(rename = "type")]
    pub(crate) rust_name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) source: String,
    pub(crate) has_key: bool,
    pub(crate) formerly: &'static [&'static str],
    pub(crate) topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) made_of: Option<&'static str>,
    pub(crate) arises: Vec<Arises>,
    pub(crate) in_publisher: Vec<InPublisher>,
    pub(crate) in_worker: Vec<InWorker>,
    pub(crate) contracts: Vec<Contract>,
    /// The schema of its data, if it is a contract that the service gives and the feature `contracts` is on.
    #[serde(skip)]
    pub(crate) schema: Option<serde_json::Value>,
}

/// Which side of the service's border an event is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    DomainEvent,
    ExternalEvent,
}

/// A subscriber of the application layer.
#[derive(Debug, Serialize)]
pub(crate) struct InPublisher {
    #[serde(serialize_with = "phase_name")]
    pub(crate) phase: Phase,
    pub(crate) subscriber: &'static str,
    pub(crate) order: i32,
    pub(crate) on_error: &'static str,
    pub(crate) location: String,
}

/// A subscriber with a queue.
#[derive(Debug, Serialize)]
pub(crate) struct InWorker {
    pub(crate) subscriber: String,
    pub(crate) layer: &'static str,
    pub(crate) queue: String,
    /// The event names that the queue takes for it.
    pub(crate) filter: Vec<&'static str>,
    pub(crate) options: Options,
    /// The contract that it makes, `name vN`, if it is the framework's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) publishes: Option<String>,
    /// The event of `on_failure = publish(..)`, `name vN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_event: Option<String>,
    pub(crate) location: String,
}

/// A contract that is made of the event.
#[derive(Debug, Serialize)]
pub(crate) struct Contract {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    pub(crate) topic: String,
    pub(crate) location: String,
}

impl Event {
    pub(crate) fn of(registry: &Registry, known: &Known, places: Places) -> Self {
        let event = known.event;
        let given = registry.externals.iter().find(|one| same(&one.contract.event_type, &event));
        let source = match event.channel {
            Channel::Internal => registry.service.clone(),
            Channel::External if given.is_some() => registry.service.clone(),
            Channel::External => event.source.to_owned(),
        };
        let mut in_publisher: Vec<InPublisher> = registry
            .subscribers
            .iter()
            .filter(|one| one.layer == Layer::Application && same(&one.event.event_type, &event))
            .map(|one| InPublisher {
                phase: one.phase,
                subscriber: one.name,
                order: one.options.order,
                on_error: on_error(one.phase),
                location: places.of(one.location),
            })
            .collect();
        in_publisher.sort_by_key(|one| (one.phase, one.order, one.subscriber));
        let workers = registry.workers();
        let in_worker = workers.iter().filter(|one| same(&one.event.event_type, &event));
        let contracts = registry.externals.iter().filter(|one| same(&one.of.event_type, &event));
        Self {
            name: event.name,
            version: event.version,
            rust_name: event.rust_name,
            kind: match event.channel {
                Channel::Internal => Kind::DomainEvent,
                Channel::External => Kind::ExternalEvent,
            },
            topic: topic_name(&source, event.channel),
            source,
            has_key: event.has_key,
            formerly: event.formerly,
            location: known.location.map(|location| places.of(location)),
            made_of: given.map(|one| one.of.event_type.name),
            arises: Arises::of(registry, &event, places),
            in_publisher,
            in_worker: in_worker.map(|one| InWorker::of(one, places)).collect(),
            contracts: contracts
                .map(|one| Contract {
                    name: one.contract.event_type.name,
                    version: one.contract.event_type.version,
                    topic: topic_name(&registry.service, Channel::External),
                    location: places.of(one.location),
                })
                .collect(),
            schema: given.and_then(data::schema),
        }
    }

    /// Whether this service publishes it.
    pub(crate) fn is_own(&self) -> bool {
        !self.arises.iter().any(|one| matches!(one, Arises::Taken { .. }))
    }
}

impl InWorker {
    fn of(one: &Registered, places: Places) -> Self {
        let event = &one.event.event_type;
        let layer = one.layer();
        Self {
            subscriber: one.name.to_string(),
            layer: layer.as_str(),
            queue: one.queue.clone(),
            filter: std::iter::once(event.name).chain(event.formerly.iter().copied()).collect(),
            options: Options::of(&one.options, layer),
            publishes: match &one.work {
                Work::PublishExternal(made) => Some(versioned(&made.contract.event_type)),
                Work::Handle(_) => None,
            },
            failure_event: one.options.publish_failure.map(|failure| versioned(&failure.event)),
            location: places.of(one.location),
        }
    }

    /// What becomes of an event whose attempts are over.
    pub(crate) fn failure(&self) -> Option<String> {
        match &self.failure_event {
            Some(event) => Some(format!("publishes {event}")),
            None => self.options.failure().map(str::to_owned),
        }
    }
}

fn versioned(event: &EventType) -> String {
    format!("{} v{}", event.name, event.version)
}

/// Whether two declarations speak of one event.
pub(super) fn same(one: &EventType, other: &EventType) -> bool {
    (one.channel, one.source, one.name, one.version)
        == (other.channel, other.source, other.name, other.version)
}

fn on_error(phase: Phase) -> &'static str {
    match phase {
        Phase::InTransaction => "`publish` returns it",
        Phase::BeforeCommit => "rolls the transaction back; `commit` returns it",
        Phase::AfterCommit | Phase::AfterRollback | Phase::AfterCompletion => {
            "recorded; the next subscriber runs"
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde decides the signature")]
fn phase_name<S: serde::Serializer>(phase: &Phase, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(phase.as_str())
}
