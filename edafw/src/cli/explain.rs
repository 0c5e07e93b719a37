//! `explain EVENT`: where an event goes, and why. Needs no database.

use std::fmt::{Display, Formatter};

use clap::{Arg, ArgMatches, Command};
use edafw_core::{Backend, Channel, EventType, Layer, Ordering, Phase, Result, topic_name};
use serde::Serialize;

use super::exit::Exit;
use super::options::Options;
use super::output::Output;
use super::subscribers::text;
use super::suggestion::unknown;
use crate::AppBuilder;
use crate::app::{Registered, Registry, Work};

pub(super) fn command() -> Command {
    Command::new("explain")
        .about("Tell where an event goes and why; needs no database")
        .arg(Arg::new("event").value_name("EVENT").required(true).help("Its name, or its Rust type"))
}

pub(super) fn run<B: Backend>(app: &AppBuilder<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    let registry = app.registry();
    let name = text(matches, "event");
    let known = known(&registry);
    let meant: Vec<&Known> =
        known.iter().filter(|one| one.event.answers_to(name) || one.event.rust_name == name).collect();
    if meant.is_empty() {
        return Err(unknown("event", name, known.iter().map(|one| one.event.name)));
    }
    let events = meant.into_iter().map(|one| Explanation::of(&registry, one)).collect();
    output.print(&Explanations { events });
    Ok(Exit::Done)
}

/// An event that the service knows: its own, or one that it takes from another service.
struct Known {
    event: EventType,
    location: Option<&'static str>,
}

fn known(registry: &Registry) -> Vec<Known> {
    let own = registry.events.iter().map(|one| (one.event.event_type, Some(one.location)));
    let given = registry.externals.iter().map(|one| (one.contract.event_type, Some(one.location)));
    let taken = registry.subscribers.iter().map(|one| (one.event.event_type, None));
    let mut known: Vec<Known> =
        own.chain(given).chain(taken).map(|(event, location)| Known { event, location }).collect();
    known.sort_by_key(|one| (one.event.channel, one.event.name, one.event.version, one.location.is_none()));
    known.dedup_by_key(|one| (one.event.channel, one.event.name, one.event.version, one.event.rust_name));
    known
}

/// One name may be a domain event and the contract that is made of it.
#[derive(Serialize)]
struct Explanations {
    events: Vec<Explanation>,
}

#[derive(Serialize)]
struct Explanation {
    name: &'static str,
    version: u32,
    #[serde(rename = "type")]
    rust_name: &'static str,
    kind: &'static str,
    source: String,
    has_key: bool,
    formerly: &'static [&'static str],
    topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_of: Option<&'static str>,
    in_publisher: Vec<InPublisher>,
    in_worker: Vec<InWorker>,
    contracts: Vec<Contract>,
}

/// A subscriber of the application layer.
#[derive(Serialize)]
struct InPublisher {
    phase: &'static str,
    subscriber: &'static str,
    order: i32,
    on_error: &'static str,
    location: &'static str,
}

/// A subscriber with a queue.
#[derive(Serialize)]
struct InWorker {
    subscriber: String,
    layer: &'static str,
    queue: String,
    /// The event names that the queue takes for it.
    filter: Vec<&'static str>,
    options: Options,
    #[serde(skip_serializing_if = "Option::is_none")]
    publishes: Option<String>,
    location: &'static str,
}

#[derive(Serialize)]
struct Contract {
    name: &'static str,
    version: u32,
    topic: String,
    location: &'static str,
}

impl Explanation {
    fn of(registry: &Registry, known: &Known) -> Self {
        let event = known.event;
        let given = registry.externals.iter().find(|one| same(&one.contract.event_type, &event));
        let source = match event.channel {
            Channel::Internal => registry.service.clone(),
            Channel::External if given.is_some() => registry.service.clone(),
            Channel::External => event.source.to_owned(),
        };
        let mut in_publisher: Vec<(Phase, InPublisher)> = registry
            .subscribers
            .iter()
            .filter(|one| one.layer == Layer::Application && same(&one.event.event_type, &event))
            .map(|one| {
                let described = InPublisher {
                    phase: one.phase.as_str(),
                    subscriber: one.name,
                    order: one.options.order,
                    on_error: on_error(one.phase),
                    location: one.location,
                };
                (one.phase, described)
            })
            .collect();
        in_publisher.sort_by_key(|(phase, one)| (*phase, one.order, one.subscriber));
        let workers = registry.workers();
        let in_worker = workers.iter().filter(|one| same(&one.event.event_type, &event));
        let contracts = registry.externals.iter().filter(|one| same(&one.of.event_type, &event));
        Self {
            name: event.name,
            version: event.version,
            rust_name: event.rust_name,
            kind: match event.channel {
                Channel::Internal => "domain_event",
                Channel::External => "external_event",
            },
            topic: topic_name(&source, event.channel),
            source,
            has_key: event.has_key,
            formerly: event.formerly,
            location: known.location,
            made_of: given.map(|one| one.of.event_type.name),
            in_publisher: in_publisher.into_iter().map(|(_, described)| described).collect(),
            in_worker: in_worker.map(InWorker::of).collect(),
            contracts: contracts
                .map(|one| Contract {
                    name: one.contract.event_type.name,
                    version: one.contract.event_type.version,
                    topic: topic_name(&registry.service, Channel::External),
                    location: one.location,
                })
                .collect(),
        }
    }
}

impl InWorker {
    fn of(one: &Registered) -> Self {
        let event = &one.event.event_type;
        let layer = one.layer();
        Self {
            subscriber: one.name.to_string(),
            layer: layer.as_str(),
            queue: one.queue.clone(),
            filter: std::iter::once(event.name).chain(event.formerly.iter().copied()).collect(),
            options: Options::of(&one.options, layer),
            publishes: match &one.work {
                Work::PublishExternal(made) => {
                    let contract = &made.contract.event_type;
                    Some(format!("{} v{}", contract.name, contract.version))
                }
                Work::Handle(_) => None,
            },
            location: one.location,
        }
    }
}

fn same(one: &EventType, other: &EventType) -> bool {
    (one.channel, one.name, one.version) == (other.channel, other.name, other.version)
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

impl Display for Explanations {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, one) in self.events.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{one}")?;
        }
        Ok(())
    }
}

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { name, version, rust_name, source, topic, .. } = self;
        let what = match (self.kind, self.made_of) {
            ("domain_event", _) => format!("a domain event of `{source}`"),
            (_, Some(of)) => format!("a contract made of {of}"),
            _ => format!("a contract of `{source}`"),
        };
        writeln!(f, "{name} version {version} ({rust_name}), {what}")?;
        if let Some(location) = self.location {
            writeln!(f, "  declared at {location}")?;
        }
        // The key of a contract is what its service says, whatever is declared here.
        if self.kind == "domain_event" {
            let keys = if self.has_key { "has a key: ordered per subject" } else { "has no key: unordered" };
            writeln!(f, "  {keys}")?;
        }
        if !self.formerly.is_empty() {
            writeln!(f, "  formerly {}", self.formerly.join(", "))?;
        }
        if !self.in_publisher.is_empty() {
            writeln!(f, "\nIn the publishing process")?;
        }
        for one in &self.in_publisher {
            writeln!(f, "  {}: {} (order {}), {}", one.phase, one.subscriber, one.order, one.location)?;
            writeln!(f, "    an error: {}", one.on_error)?;
        }
        writeln!(f, "\nIn the worker, from topic {topic}")?;
        if self.in_worker.is_empty() {
            writeln!(f, "  nobody in this service subscribes to it")?;
        }
        for one in &self.in_worker {
            write!(f, "{one}")?;
        }
        if !self.contracts.is_empty() {
            writeln!(f, "\nTo other systems")?;
        }
        for one in &self.contracts {
            writeln!(f, "  {} version {} on topic {}, {}", one.name, one.version, one.topic, one.location)?;
        }
        Ok(())
    }
}

impl Display for InWorker {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let ordering = match self.options.ordering() {
            Ordering::Key => "in order per key",
            Ordering::None => "in any order",
        };
        writeln!(f, "  {}: {}", self.subscriber, self.location)?;
        writeln!(f, "    queue       {}, takes {}, {ordering}", self.queue, self.filter.join(", "))?;
        if let Some(contract) = &self.publishes {
            writeln!(f, "    does        publishes the contract {contract}")?;
        }
        if let Some(retries) = self.options.retries() {
            writeln!(f, "    attempts    {retries}")?;
        }
        match self.options.failure() {
            Some(failure) => writeln!(f, "    on failure  {failure}"),
            None => Ok(()),
        }
    }
}
