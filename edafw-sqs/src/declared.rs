//! What is known of the service's queues before AWS is asked.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use edafw_core::{Ordering, Topology};

/// The declared queues, by name.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    queues: RwLock<HashMap<String, DeclaredQueue>>,
}

/// What a service says of a queue.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredQueue {
    pub(crate) ordering: Ordering,
    pub(crate) formerly: Vec<String>,
}

impl Declared {
    /// Takes note of a topology; answers which queues are declared otherwise than before.
    pub(crate) fn learn(&self, topology: &Topology) -> Vec<String> {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for queue in &topology.queues {
            let new = DeclaredQueue { ordering: queue.ordering, formerly: queue.formerly.clone() };
            let old = queues.insert(queue.name.clone(), new);
            if old.is_some_and(|old| old.ordering != queue.ordering || old.formerly != queue.formerly) {
                changed.push(queue.name.clone());
            }
        }
        changed
    }

    pub(crate) fn queue(&self, name: &str) -> Option<DeclaredQueue> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The declared names, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> = queues.keys().cloned().collect();
        names.sort();
        names
    }
}
