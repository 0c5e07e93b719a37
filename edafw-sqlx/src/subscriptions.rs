//! What is declared against what is registered in a database.

use std::collections::BTreeSet;

use edafw_core::{Binding, Drift, Ordering, Queue, Topology};

/// A queue as it is registered.
pub(crate) struct Existing {
    pub(crate) name: String,
    pub(crate) ordered: bool,
    pub(crate) bindings: BTreeSet<Binding>,
}

/// A binding of a row; `*` stands for every event.
pub(crate) fn binding(topic: String, event: String) -> Binding {
    Binding { topic, event: (event != "*").then_some(event) }
}

/// How a binding's event stands in a row.
pub(crate) fn event_of(binding: &Binding) -> &str {
    binding.event.as_deref().unwrap_or("*")
}

/// Whether a queue is declared as ordered.
pub(crate) fn is_ordered(topology: &Topology, queue: &str) -> bool {
    let declared = topology.queues.iter().find(|declared| declared.name == queue);
    declared.is_none_or(|declared| declared.ordering == Ordering::Key)
}

/// The differences. The messages of an undeclared queue are for the caller to count.
pub(crate) fn compare(topology: &Topology, existing: &[Existing]) -> Vec<Drift> {
    let mut drift = Vec::new();
    let mut claimed = BTreeSet::new();
    for declared in &topology.queues {
        let found = existing
            .iter()
            .find(|queue| queue.name == declared.name)
            .or_else(|| existing.iter().find(|queue| declared.formerly.contains(&queue.name)));
        claimed.extend(found.map(|queue| &*queue.name));
        compare_queue(declared, found, &mut drift);
    }
    for queue in existing.iter().filter(|queue| !claimed.contains(&*queue.name)) {
        drift.push(Drift::UndeclaredQueue { queue: queue.name.clone(), messages: 0 });
    }
    drift
}

fn compare_queue(declared: &Queue, found: Option<&Existing>, drift: &mut Vec<Drift>) {
    let queue = || declared.name.clone();
    let none = BTreeSet::new();
    let present = match found {
        None => {
            drift.push(Drift::MissingQueue { queue: queue() });
            &none
        }
        Some(found) => {
            if found.name != declared.name {
                drift.push(Drift::RenamedQueue { from: found.name.clone(), to: queue() });
            }
            if found.ordered != (declared.ordering == Ordering::Key) {
                drift.push(Drift::OrderingDiffers { queue: queue(), declared: declared.ordering });
            }
            &found.bindings
        }
    };
    let bindings: BTreeSet<&Binding> = declared.bindings.iter().collect();
    for binding in bindings.into_iter().filter(|binding| !present.contains(binding)) {
        drift.push(Drift::MissingBinding { queue: queue(), binding: binding.clone() });
    }
    for binding in present.iter().filter(|binding| !declared.bindings.contains(binding)) {
        drift.push(Drift::ExtraBinding { queue: queue(), binding: binding.clone() });
    }
}
