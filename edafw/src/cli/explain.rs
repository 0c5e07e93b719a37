//! `explain EVENT`: where an event arises and goes, and why. Needs no database.

use std::fmt::{Display, Formatter};

use clap::{Arg, ArgMatches, Command};
use edafw_core::{Backend, Ordering, Result};
use serde::Serialize;

use super::exit::Exit;
use super::output::Output;
use super::subscribers::text;
use super::suggestion::unknown;
use crate::AppBuilder;
use crate::catalogue::{Event, InWorker, Kind, Known, Places, known};

pub(super) fn command() -> Command {
    Command::new("explain")
        .about("Tell where an event arises and goes, and why; needs no database")
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
    let events = meant.into_iter().map(|one| Event::of(&registry, one, Places::Lines)).collect();
    output.print(&Explanations { events });
    Ok(Exit::Done)
}

/// One name may be a domain event and the contract that is made of it.
#[derive(Serialize)]
struct Explanations {
    events: Vec<Event>,
}

impl Display for Explanations {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, one) in self.events.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", Explained(one))?;
        }
        Ok(())
    }
}

/// One event for people.
struct Explained<'a>(&'a Event);

impl Display for Explained<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let one = self.0;
        let Event { name, version, rust_name, source, topic, .. } = one;
        let what = match (one.kind, one.made_of) {
            (Kind::DomainEvent, _) => format!("a domain event of `{source}`"),
            (_, Some(of)) => format!("a contract made of {of}"),
            _ => format!("a contract of `{source}`"),
        };
        writeln!(f, "{name} version {version} ({rust_name}), {what}")?;
        if let Some(location) = &one.location {
            writeln!(f, "  declared at {location}")?;
        }
        // The key of a contract is what its service says, whatever is declared here.
        if one.kind == Kind::DomainEvent {
            let keys = if one.has_key { "has a key: ordered per subject" } else { "has no key: unordered" };
            writeln!(f, "  {keys}")?;
        }
        if !one.formerly.is_empty() {
            writeln!(f, "  formerly {}", one.formerly.join(", "))?;
        }
        for arises in &one.arises {
            writeln!(f, "  arises {arises}")?;
        }
        if !one.in_publisher.is_empty() {
            writeln!(f, "\nIn the publishing process")?;
        }
        for one in &one.in_publisher {
            let (phase, name, order, location) =
                (one.phase.as_str(), one.subscriber, one.order, &one.location);
            writeln!(f, "  {phase}: {name} (order {order}), {location}")?;
            writeln!(f, "    an error: {}", one.on_error)?;
        }
        writeln!(f, "\nIn the worker, from topic {topic}")?;
        if one.in_worker.is_empty() {
            writeln!(f, "  nobody in this service subscribes to it")?;
        }
        for one in &one.in_worker {
            in_worker(f, one)?;
        }
        if !one.contracts.is_empty() {
            writeln!(f, "\nTo other systems")?;
        }
        for one in &one.contracts {
            writeln!(f, "  {} version {} on topic {}, {}", one.name, one.version, one.topic, one.location)?;
        }
        Ok(())
    }
}

fn in_worker(f: &mut Formatter<'_>, one: &InWorker) -> std::fmt::Result {
    let ordering = match one.options.ordering() {
        Ordering::Key => "in order per key",
        Ordering::None => "in any order",
    };
    writeln!(f, "  {}: {}", one.subscriber, one.location)?;
    writeln!(f, "    queue       {}, takes {}, {ordering}", one.queue, one.filter.join(", "))?;
    if let Some(contract) = &one.publishes {
        writeln!(f, "    does        publishes the contract {contract}")?;
    }
    if let Some(retries) = one.options.retries() {
        writeln!(f, "    attempts    {retries}")?;
    }
    match one.failure() {
        Some(failure) => writeln!(f, "    on failure  {failure}"),
        None => Ok(()),
    }
}
