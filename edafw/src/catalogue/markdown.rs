//! The catalogue for people.

use std::fmt::{Display, Formatter};

use edafw_core::{Binding, Ordering};

use super::Catalogue;
use super::event::{Event, InPublisher, InWorker, Kind};
use super::mermaid::{Flowchart, MOST_ARROWS};

pub(super) fn print(catalogue: &Catalogue) -> String {
    Page { catalogue, whole: Flowchart::of(&catalogue.service, &catalogue.events) }.to_string()
}

/// The whole document.
struct Page<'a> {
    catalogue: &'a Catalogue,
    /// All events in one diagram. Where it is too large to be read, each event has one.
    whole: Flowchart,
}

impl Page<'_> {
    fn is_drawn_whole(&self) -> bool {
        self.whole.arrows() <= MOST_ARROWS
    }

    fn section(
        &self,
        f: &mut Formatter<'_>,
        heading: &str,
        belongs: impl Fn(&Event) -> bool,
    ) -> std::fmt::Result {
        let events: Vec<&Event> = self.catalogue.events.iter().filter(|event| belongs(event)).collect();
        if events.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n## {heading}")?;
        for event in events {
            self.event(f, event)?;
        }
        Ok(())
    }

    fn event(&self, f: &mut Formatter<'_>, event: &Event) -> std::fmt::Result {
        let Event { name, version, rust_name, topic, .. } = event;
        writeln!(f, "\n### {name} version {version}\n")?;
        match &event.location {
            Some(location) => writeln!(f, "- declared: `{rust_name}` in `{location}`")?,
            None => writeln!(f, "- declared: `{rust_name}`")?,
        }
        if !event.formerly.is_empty() {
            writeln!(f, "- formerly: {}", event.formerly.join(", "))?;
        }
        // The key of a contract is what its service says, whatever is declared here.
        if event.is_own() {
            writeln!(f, "- order: {}", if event.has_key { "per key" } else { "none, it has no key" })?;
        }
        writeln!(f, "- topic: `{topic}`")?;
        for arises in &event.arises {
            writeln!(f, "- arises: {arises}")?;
        }
        for contract in &event.contracts {
            let (name, version, location) = (contract.name, contract.version, &contract.location);
            writeln!(f, "- to other systems: as {name} version {version}, declared in `{location}`")?;
        }
        if !self.is_drawn_whole() {
            write!(f, "\n{}", Flowchart::of(&self.catalogue.service, [event]))?;
        }
        in_publisher(f, &event.in_publisher)?;
        in_worker(f, &event.in_worker)?;
        if event.in_publisher.is_empty() && event.in_worker.is_empty() {
            writeln!(f, "\nNobody in this service subscribes to it.")?;
        }
        Ok(())
    }

    fn queues(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n## Queues\n")?;
        writeln!(f, "| queue | order | gets |\n|---|---|---|")?;
        for queue in &self.catalogue.topology.queues {
            let order = match queue.ordering {
                Ordering::Key => "per key",
                Ordering::None => "none",
            };
            let gets: Vec<String> = queue
                .bindings
                .iter()
                .map(|Binding { topic, event }| match event {
                    Some(event) => format!("{event} of `{topic}`"),
                    None => format!("every event of `{topic}`"),
                })
                .collect();
            writeln!(f, "| `{}` | {order} | {} |", queue.name, gets.join(", "))?;
        }
        Ok(())
    }
}

fn in_publisher(f: &mut Formatter<'_>, subscribers: &[InPublisher]) -> std::fmt::Result {
    if subscribers.is_empty() {
        return Ok(());
    }
    writeln!(
        f,
        "\n| in the publishing process | phase | order | an error | declared in |\n|---|---|---|---|---|"
    )?;
    for one in subscribers {
        let InPublisher { phase, subscriber, order, on_error, location } = one;
        writeln!(f, "| `{subscriber}` | {} | {order} | {on_error} | `{location}` |", phase.as_str())?;
    }
    Ok(())
}

fn in_worker(f: &mut Formatter<'_>, subscribers: &[InWorker]) -> std::fmt::Result {
    if subscribers.is_empty() {
        return Ok(());
    }
    writeln!(
        f,
        "\n| in the worker | layer | queue | attempts | on failure | declared in |\n|---|---|---|---|---|---|"
    )?;
    for one in subscribers {
        let InWorker { subscriber, layer, queue, options, location, .. } = one;
        let attempts = options.retries().unwrap_or_default();
        let failure = one.failure().unwrap_or_default();
        writeln!(f, "| `{subscriber}` | {layer} | `{queue}` | {attempts} | {failure} | `{location}` |")?;
    }
    Ok(())
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "# The events of `{}`\n", self.catalogue.service)?;
        writeln!(
            f,
            "Where every event arises and where it goes, as the code declares it. The worker's command `catalogue` writes \
             this."
        )?;
        if self.is_drawn_whole() && self.whole.arrows() > 0 {
            write!(f, "\n{}", self.whole)?;
        }
        self.section(f, "Domain events", |event| event.kind == Kind::DomainEvent)?;
        let given = |event: &Event| event.kind == Kind::ExternalEvent && event.is_own();
        self.section(f, "Contracts given", given)?;
        let taken = |event: &Event| event.kind == Kind::ExternalEvent && !event.is_own();
        self.section(f, "Contracts taken", taken)?;
        self.queues(f)
    }
}
