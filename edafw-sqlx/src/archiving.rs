//! Which events are old enough to be archived: the decision that all databases share.

use edafw_core::Archived;

/// An event of the stretch that is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) position: i64,
    /// Whether it was stored before the time in question.
    pub(crate) stored_before: bool,
    /// Whether it was published before.
    pub(crate) published_before: bool,
}

/// The positions of those that are old enough.
pub(crate) fn old(seen: &[Seen]) -> Vec<i64> {
    seen.iter().filter(|one| one.published_before).map(|one| one.position).collect()
}

/// What is answered when `events` of a stretch of up to `limit` events were archived.
///
/// Positions rise with the time of storing, but for transactions that overtake each other: behind a whole stretch
/// of events that were stored too late there are no others.
pub(crate) fn archived(events: u64, seen: &[Seen], limit: usize) -> Archived {
    let last = seen.last().filter(|_| seen.len() == limit && seen.iter().any(|one| one.stored_before));
    Archived { events, next: last.map(|one| one.position) }
}

#[cfg(test)]
mod tests {
    use super::{Seen, archived, old};

    fn seen(position: i64, stored_before: bool, published_before: bool) -> Seen {
        Seen { position, stored_before, published_before }
    }

    #[test]
    fn goes_on_while_a_stretch_is_full_and_has_something_old() {
        let stretch = [seen(3, true, true), seen(5, false, false), seen(6, true, false)];
        assert_eq!(old(&stretch), [3]);
        assert_eq!(archived(1, &stretch, 3).next, Some(6));
        assert_eq!(archived(1, &stretch, 4).next, None, "there are no more");
        assert_eq!(archived(0, &stretch[1..2], 1).next, None, "what follows is younger still");
        assert_eq!(archived(0, &[], 3).next, None);
    }
}
