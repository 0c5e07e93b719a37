//! The way of events as a diagram in Mermaid.

use std::collections::BTreeMap;

use super::arises::Arises;
use super::event::{Event, Kind};

/// Arrows in one diagram, at most. Mermaid draws 500, and people read fewer.
pub(super) const MOST_ARROWS: usize = 150;

/// A flowchart of some events: who publishes them, who gets them, and what is made of them.
pub(super) struct Flowchart {
    /// The boxes by their ids, each in Mermaid's words.
    nodes: BTreeMap<String, String>,
    arrows: Vec<String>,
}

impl Flowchart {
    pub(super) fn of<'a>(service: &str, events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut chart = Self { nodes: BTreeMap::new(), arrows: Vec::new() };
        for event in events {
            chart.add(service, event);
        }
        chart
    }

    pub(super) fn arrows(&self) -> usize {
        self.arrows.len()
    }

    fn add(&mut self, service: &str, event: &Event) {
        let this = self.event(event.kind, event.name, event.version, &event.source);
        for arises in &event.arises {
            match arises {
                Arises::Published { service } => {
                    let code = self.service(service);
                    self.arrow(&code, "publishes", &this);
                }
                Arises::Taken { service } => {
                    let other = self.service(service);
                    self.arrow(&other, "publishes", &this);
                }
                Arises::Contract { subscriber, .. } => {
                    let maker = self.subscriber(subscriber);
                    self.arrow(&maker, "publishes", &this);
                }
                Arises::Failure { subscriber, .. } => {
                    let failed = self.subscriber(subscriber);
                    self.arrow(&failed, "on failure", &this);
                }
            }
        }
        for one in &event.in_publisher {
            let subscriber = self.subscriber(one.subscriber);
            self.arrow(&this, one.phase.as_str(), &subscriber);
        }
        for one in &event.in_worker {
            let subscriber = self.subscriber(&one.subscriber);
            self.arrow(&this, &format!("{}, {}", one.layer, one.queue), &subscriber);
        }
        if event.kind == Kind::ExternalEvent && event.source == service {
            self.nodes.insert("o".to_owned(), "([\"other systems\"])".to_owned());
            self.arrow(&this, &event.topic, "o");
        }
    }

    /// Domain events are boxes, contracts are boxes with slanting sides.
    fn event(&mut self, kind: Kind, name: &str, version: u32, source: &str) -> String {
        let label = format!("{name} v{version}");
        let (letter, shape) = match kind {
            Kind::DomainEvent => ('d', format!("[\"{label}\"]")),
            Kind::ExternalEvent => ('c', format!("[/\"{label}\"/]")),
        };
        self.node(&format!("{letter}.{source}.{name}.v{version}"), shape)
    }

    fn subscriber(&mut self, name: &str) -> String {
        self.node(&format!("s.{name}"), format!("(\"{name}\")"))
    }

    fn service(&mut self, name: &str) -> String {
        self.node(&format!("p.{name}"), format!("([\"{name}\"])"))
    }

    fn node(&mut self, name: &str, shape: String) -> String {
        // What may not stand in an id everywhere is `-`, and no stored name has a `/`.
        let id = name.replace('-', "/");
        self.nodes.insert(id.clone(), shape);
        id
    }

    fn arrow(&mut self, from: &str, label: &str, to: &str) {
        self.arrows.push(format!("{from} -->|\"{label}\"| {to}"));
    }
}

impl std::fmt::Display for Flowchart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "```mermaid\nflowchart LR")?;
        for (id, shape) in &self.nodes {
            writeln!(f, "    {id}{shape}")?;
        }
        for arrow in &self.arrows {
            writeln!(f, "    {arrow}")?;
        }
        writeln!(f, "```")
    }
}
