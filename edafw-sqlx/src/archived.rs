//! Events and archived events as one history.

use edafw_core::{EventQuery, StoredEvent};

/// The first `limit` of two pages, each in position order and not longer than that. What was archived between the two
/// reads is in both, and once in the answer.
pub(crate) fn merged(events: Vec<StoredEvent>, archived: Vec<StoredEvent>, limit: usize) -> Vec<StoredEvent> {
    let mut both = archived;
    both.extend(events);
    both.sort_by_key(|event| event.position);
    both.dedup_by_key(|event| event.position);
    both.truncate(limit);
    both
}

/// How long a page is, at most.
pub(crate) fn limit(query: &EventQuery) -> usize {
    query.limit.unwrap_or(100)
}
