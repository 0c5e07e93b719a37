//! The list of what a service has declared, checked as a whole.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use edafw_core::{
    Backend, Binding, Channel, Layer, Ordering, Queue, Result, Topology, check_name, topic_name,
};

use super::names::RESERVED;
use super::{EXTERNAL_PUBLISHERS, RECORDER, external_publisher_name, queue_name, set_up_error};
use crate::call::Scope;
use crate::registry::{
    DomainEventDeclaration, EventDeclaration, ExternalEventDeclaration, SubscriberDeclaration,
    SubscriberOptions,
};

/// Everything that a service has declared.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) service: String,
    /// The domain events, for people to read: nothing depends on an event being here.
    pub(crate) events: Vec<DomainEventDeclaration>,
    pub(crate) subscribers: Vec<SubscriberDeclaration>,
    pub(crate) externals: Vec<ExternalEventDeclaration>,
}

/// One subscriber of the worker: declared by the user, or built in.
#[derive(Clone)]
pub(crate) struct Registered {
    /// The stored name.
    pub(crate) name: Arc<str>,
    pub(crate) formerly: Vec<String>,
    /// The queue it takes its deliveries from.
    pub(crate) queue: String,
    /// Which channel the event travels on.
    pub(crate) channel: Channel,
    /// The topic that the queue is bound to.
    pub(crate) topic: String,
    pub(crate) event: EventDeclaration,
    pub(crate) options: SubscriberOptions,
    pub(crate) work: Work,
    pub(crate) location: &'static str,
}

/// What a subscriber of the worker does.
#[derive(Clone)]
pub(crate) enum Work {
    /// Calls the user's function.
    Handle(SubscriberDeclaration),
    /// Turns a domain event into an external one and stores it.
    PublishExternal(ExternalEventDeclaration),
}

impl Registered {
    /// Whether the user declared it; otherwise it is built in.
    pub(crate) fn is_declared(&self) -> bool {
        matches!(self.work, Work::Handle(_))
    }

    /// Where it stands.
    pub(crate) fn layer(&self) -> Layer {
        match &self.work {
            Work::Handle(declaration) => declaration.layer,
            Work::PublishExternal(_) => Layer::Internal,
        }
    }
}

impl Registry {
    /// What the linked annotations of `service` declare, and what was added by hand.
    pub(crate) fn collect(service: String, linked: bool, added: Vec<SubscriberDeclaration>) -> Self {
        let mut subscribers = added;
        let mut events: Vec<DomainEventDeclaration> = Vec::new();
        let mut externals: Vec<ExternalEventDeclaration> = Vec::new();
        if linked {
            events.extend(
                inventory::iter::<DomainEventDeclaration>()
                    .filter(|one| one.event.event_type.source == service),
            );
            subscribers
                .extend(inventory::iter::<SubscriberDeclaration>().filter(|one| one.service == service));
            externals
                .extend(inventory::iter::<ExternalEventDeclaration>().filter(|one| one.service == service));
        }
        // The linker's order is undefined, and a linked subscriber may have been added by hand as well.
        subscribers.sort_by_key(|one| (one.name, one.layer, one.phase, one.location));
        subscribers.dedup_by_key(|one| (one.name, one.layer, one.phase, one.location));
        events.sort_by_key(|one| (one.event.event_type.name, one.event.event_type.version));
        externals.sort_by_key(|one| (one.contract.event_type.name, one.contract.event_type.version));
        Self { service, events, subscribers, externals }
    }

    /// Finds every mistake that no single annotation can see.
    pub(crate) fn check<B: Backend>(&self, scope: &Scope) -> Result<()> {
        let mut mistakes = Vec::new();
        if let Err(error) = check_name(&self.service) {
            mistakes.push(format!("service: {error}"));
        }
        let mut names: BTreeMap<&str, &SubscriberDeclaration> = BTreeMap::new();
        for one in &self.subscribers {
            if let Some(other) = names.insert(one.name, one) {
                mistakes.push(format!(
                    "two subscribers are called `{}`: at {} and at {}; give one of them another `name = \"..\"`",
                    one.name, other.location, one.location
                ));
            }
            if one.name.starts_with(RESERVED) {
                mistakes.push(format!(
                    "`{}` ({}): names that begin with `{RESERVED}` are the framework's",
                    one.name, one.location
                ));
            }
            if let Some(database) = one.database
                && (database.type_id)() != std::any::TypeId::of::<B>()
            {
                mistakes.push(format!(
                    "`{}` ({}) takes a transaction of a {} database, but the service runs on {}",
                    one.name,
                    one.location,
                    database.scheme,
                    B::SCHEME
                ));
            }
            let shares = one.options.share_commit == Some(true);
            if one.fetches() && (shares || one.options.batch.is_some()) {
                mistakes.push(format!(
                    "`{}` ({}) takes `Fetched<_>`, which is asked for before each event's own transaction; remove {}",
                    one.name,
                    one.location,
                    if shares { "`share_commit = true`" } else { "`batch`" }
                ));
            }
            for check in one.arguments {
                if let Some(missing) = check(scope) {
                    mistakes.push(format!("`{}` ({}) {missing}", one.name, one.location));
                }
            }
        }
        for one in &self.subscribers {
            for former in one.formerly.iter().filter(|former| names.contains_key(*former)) {
                mistakes.push(format!(
                    "`{}` ({}) was formerly called `{former}`, but a subscriber of that name exists",
                    one.name, one.location
                ));
            }
        }
        self.check_events(&mut mistakes);
        self.check_queues(&mut mistakes);
        if mistakes.is_empty() { Ok(()) } else { Err(set_up_error(&self.service, &mistakes)) }
    }

    /// Two Rust types under one event name, and contracts declared twice.
    fn check_events(&self, mistakes: &mut Vec<String>) {
        let mut types: BTreeMap<(&str, &str, u32), &EventDeclaration> = BTreeMap::new();
        for event in self.subscribers.iter().map(|one| &one.event) {
            let event_type = &event.event_type;
            let name = (event_type.source, event_type.name, event_type.version);
            if let Some(other) = types.insert(name, event)
                && (other.type_id)() != (event.type_id)()
            {
                mistakes.push(format!(
                    "`{}` and `{}` both claim to be the event `{}` version {}",
                    other.event_type.rust_name, event_type.rust_name, event_type.name, event_type.version
                ));
            }
        }
        for pair in self.externals.windows(2) {
            let [first, second] = [&pair[0], &pair[1]].map(|one| &one.contract.event_type);
            if (first.name, first.version) == (second.name, second.version) {
                mistakes.push(format!(
                    "the contract `{}` version {} is declared twice: at {} and at {}",
                    first.name, first.version, pair[0].location, pair[1].location
                ));
            }
        }
    }

    /// Groups whose members want different orders, and groups called like a subscriber.
    fn check_queues(&self, mistakes: &mut Vec<String>) {
        let workers = self.workers();
        let mut orderings: BTreeMap<&str, (Ordering, &str)> = BTreeMap::new();
        for one in &workers {
            let known = *orderings.entry(&one.queue).or_insert((one.options.ordering, &one.name));
            if known.0 != one.options.ordering {
                mistakes.push(format!(
                    "`{}` and `{}` share a queue but not their `ordering`; give both the same",
                    known.1, one.name
                ));
            }
            if one.options.queue.is_some() && one.options.batch.is_some() {
                mistakes.push(format!(
                    "`{}` ({}) takes batches, which needs a queue of its own; remove `queue` or `batch`",
                    one.name, one.location
                ));
            }
        }
        let own: HashSet<&str> =
            workers.iter().filter(|one| one.options.queue.is_none()).map(|one| one.queue.as_str()).collect();
        for one in workers.iter().filter(|one| one.options.queue.is_some()) {
            if own.contains(one.queue.as_str()) {
                mistakes.push(format!(
                    "the queue `{}` of `{}` ({}) is also the name of a subscriber; choose another",
                    one.options.queue.unwrap_or_default(),
                    one.name,
                    one.location
                ));
            }
        }
    }

    /// The subscribers of the worker: internal, external, and the publishers of external events.
    pub(crate) fn workers(&self) -> Vec<Registered> {
        let declared = self.subscribers.iter().filter(|one| one.layer != Layer::Application).map(|one| {
            let channel = one.event.event_type.channel;
            let source = match channel {
                Channel::Internal => self.service.as_str(),
                Channel::External => one.event.event_type.source,
            };
            Registered {
                name: one.name.into(),
                formerly: one.formerly.iter().map(|&former| former.to_owned()).collect(),
                queue: queue_name(&self.service, one.options.queue.unwrap_or(one.name)),
                channel,
                topic: topic_name(source, channel),
                event: one.event,
                options: one.options,
                work: Work::Handle(*one),
                location: one.location,
            }
        });
        let built_in = self.externals.iter().map(|one| Registered {
            name: external_publisher_name(&one.contract.event_type).into(),
            queue: queue_name(&self.service, EXTERNAL_PUBLISHERS),
            formerly: Vec::new(),
            channel: Channel::Internal,
            topic: topic_name(&self.service, Channel::Internal),
            event: one.of,
            options: SubscriberOptions { writes_only: true, ..SubscriberOptions::DEFAULT },
            work: Work::PublishExternal(*one),
            location: one.location,
        });
        declared.chain(built_in).collect()
    }

    /// What the service needs of a transport that carries these channels.
    pub(crate) fn topology(&self, channels: &[Channel]) -> Topology {
        let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
        for one in self.workers().iter().filter(|one| channels.contains(&one.channel)) {
            let queue = queues.entry(one.queue.clone()).or_insert_with(|| Queue {
                name: one.queue.clone(),
                formerly: Vec::new(),
                bindings: Vec::new(),
                ordering: one.options.ordering,
            });
            if one.options.queue.is_none() {
                queue.formerly.extend(one.formerly.iter().map(|former| queue_name(&self.service, former)));
            }
            let event_type = &one.event.event_type;
            for name in std::iter::once(&event_type.name).chain(event_type.formerly) {
                queue.bindings.push(Binding { topic: one.topic.clone(), event: Some((*name).to_owned()) });
            }
        }
        let own_topics = channels.iter().map(|channel| topic_name(&self.service, *channel));
        let recorder = Queue {
            name: queue_name(&self.service, RECORDER),
            formerly: Vec::new(),
            bindings: own_topics.clone().map(|topic| Binding { topic, event: None }).collect(),
            ordering: Ordering::None,
        };
        queues.insert(recorder.name.clone(), recorder);
        for queue in queues.values_mut() {
            queue.bindings.sort();
            queue.bindings.dedup();
        }
        let mut topics: BTreeSet<String> = own_topics.collect();
        topics.extend(queues.values().flat_map(|queue| queue.bindings.iter().map(|one| one.topic.clone())));
        Topology {
            service: self.service.clone(),
            topics: topics.into_iter().collect(),
            queues: queues.into_values().collect(),
        }
    }
}
