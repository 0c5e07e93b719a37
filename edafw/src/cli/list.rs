//! `list`: what the service has declared. Needs no database.

use std::fmt::{Display, Formatter};

use clap::Command;
use edafw_core::{Backend, Channel, EventType, Layer};
use serde::Serialize;

use super::exit::Exit;
use super::output::{Output, Table};
use crate::AppBuilder;
use crate::app::{Registry, Work};
use crate::catalogue::Options;

pub(super) fn command() -> Command {
    Command::new("list").about("List events, subscribers and contracts; needs no database")
}

pub(super) fn run<B: Backend>(app: &AppBuilder<B>, output: Output) -> Exit {
    output.print(&List::of(&app.registry()));
    Exit::Done
}

#[derive(Serialize)]
struct List {
    service: String,
    events: Vec<Event>,
    subscribers: Vec<Subscriber>,
    contracts: Vec<Contract>,
}

/// A domain event of this service.
#[derive(Serialize)]
struct Event {
    name: &'static str,
    version: u32,
    formerly: &'static [&'static str],
    has_key: bool,
    #[serde(rename = "type")]
    rust_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'static str>,
}

#[derive(Serialize)]
struct Subscriber {
    name: String,
    layer: &'static str,
    phase: &'static str,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    options: Options,
    location: &'static str,
    built_in: bool,
}

/// An external event: given by this service, or taken from another one.
#[derive(Serialize)]
struct Contract {
    name: &'static str,
    version: u32,
    direction: &'static str,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'static str>,
    #[serde(rename = "type")]
    rust_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'static str>,
}

impl List {
    fn of(registry: &Registry) -> Self {
        Self {
            service: registry.service.clone(),
            events: events(registry),
            subscribers: subscribers(registry),
            contracts: contracts(registry),
        }
    }
}

fn events(registry: &Registry) -> Vec<Event> {
    let declared = registry.events.iter().map(|one| (one.event.event_type, Some(one.location)));
    // Without the linker's list, an event is known by its subscribers alone.
    let subscribed = registry.subscribers.iter().map(|one| (one.event.event_type, None));
    let mut events: Vec<(EventType, Option<&'static str>)> =
        declared.chain(subscribed).filter(|(event, _)| event.channel == Channel::Internal).collect();
    events.sort_by_key(|(event, location)| (event.name, event.version, location.is_none(), *location));
    events.dedup_by_key(|(event, _)| (event.name, event.version, event.rust_name));
    let event = |(event, location): (EventType, _)| Event {
        name: event.name,
        version: event.version,
        formerly: event.formerly,
        has_key: event.has_key,
        rust_name: event.rust_name,
        location,
    };
    events.into_iter().map(event).collect()
}

fn subscribers(registry: &Registry) -> Vec<Subscriber> {
    let application = registry.subscribers.iter().filter(|one| one.layer == Layer::Application);
    let mut subscribers: Vec<Subscriber> = application
        .map(|one| Subscriber {
            name: one.name.to_owned(),
            layer: one.layer.as_str(),
            phase: one.phase.as_str(),
            event: one.event.event_type.name,
            queue: None,
            options: Options::of(&one.options, one.layer),
            location: one.location,
            built_in: false,
        })
        .collect();
    subscribers.extend(registry.workers().into_iter().map(|one| {
        let layer = one.layer();
        Subscriber {
            name: one.name.to_string(),
            layer: layer.as_str(),
            phase: edafw_core::Phase::AfterCommit.as_str(),
            event: one.event.event_type.name,
            queue: Some(one.queue),
            options: Options::of(&one.options, layer),
            location: one.location,
            built_in: matches!(one.work, Work::PublishExternal(_)),
        }
    }));
    subscribers
}

fn contracts(registry: &Registry) -> Vec<Contract> {
    let given = registry.externals.iter().map(|one| Contract {
        name: one.contract.event_type.name,
        version: one.contract.event_type.version,
        direction: "given",
        source: registry.service.clone(),
        of: Some(one.of.event_type.name),
        rust_name: one.contract.event_type.rust_name,
        location: Some(one.location),
    });
    let taken = registry.subscribers.iter().map(|one| one.event.event_type);
    let taken = taken.filter(|event| event.channel == Channel::External).map(|event| Contract {
        name: event.name,
        version: event.version,
        direction: "taken",
        source: event.source.to_owned(),
        of: None,
        rust_name: event.rust_name,
        location: None,
    });
    let mut contracts: Vec<Contract> = given.chain(taken).collect();
    contracts.sort_by(|one, other| {
        let place = |one: &Contract| (one.direction, one.name, one.version);
        place(one).cmp(&place(other)).then_with(|| one.source.cmp(&other.source))
    });
    contracts.dedup_by(|one, other| {
        (one.direction, one.name, one.version, &one.source)
            == (other.direction, other.name, other.version, &other.source)
    });
    contracts
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.service)?;
        writeln!(f, "\nEvents")?;
        let mut table = Table::new(&["NAME", "VERSION", "KEY", "TYPE"]);
        for one in &self.events {
            let key = if one.has_key { "yes" } else { "no" };
            table.row(vec![one.name.into(), one.version.to_string(), key.into(), one.rust_name.into()]);
        }
        write!(f, "{table}")?;
        writeln!(f, "\nSubscribers")?;
        let mut table = Table::new(&["NAME", "LAYER", "PHASE", "EVENT", "QUEUE", "OPTIONS"]);
        for one in &self.subscribers {
            table.row(vec![
                one.name.clone(),
                one.layer.into(),
                one.phase.into(),
                one.event.into(),
                one.queue.clone().unwrap_or_else(|| "-".to_owned()),
                one.options.deviations(),
            ]);
        }
        write!(f, "{table}")?;
        if self.contracts.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nContracts with other systems")?;
        let mut table = Table::new(&["NAME", "VERSION", "DIRECTION", "SERVICE", "MADE OF"]);
        for one in &self.contracts {
            table.row(vec![
                one.name.into(),
                one.version.to_string(),
                one.direction.into(),
                one.source.clone(),
                one.of.unwrap_or("-").into(),
            ]);
        }
        write!(f, "{table}")
    }
}
