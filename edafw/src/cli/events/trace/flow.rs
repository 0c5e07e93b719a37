//! The events of one act, and what became of each, gathered from several databases.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use edafw_core::{Backend, DeliveryStore, Effect, EventId, EventQuery, InboxState, Result, StoredEvent};
use uuid::Uuid;

use crate::App;
use crate::app::Database;
use crate::cli::events::page::{state_name, takers};

/// A database and the service that it belongs to.
pub(super) struct Place {
    pub(super) service: String,
    pub(super) store: Arc<dyn Database>,
}

impl Place {
    /// The database of the application, which stands first.
    pub(super) fn own<B: Backend>(app: &App<B>) -> Self {
        let store = Arc::clone(app.store()) as Arc<dyn Database>;
        Self { service: app.service().to_owned(), store }
    }
}

/// Everything that one act set off.
pub(super) struct Flow {
    pub(super) correlation_id: Uuid,
    /// In the order of a tree: each behind its cause, what was stored first comes first.
    pub(super) steps: Vec<Step>,
    /// Whether there is more than was asked for.
    pub(super) is_cut_off: bool,
}

/// An event of it.
pub(super) struct Step {
    /// How many causes of the same act it has before it.
    pub(super) depth: usize,
    pub(super) event: StoredEvent,
    /// The database that it is stored in, by its number.
    pub(super) place: usize,
    pub(super) reached: Vec<Reached>,
}

/// What became of an event at a subscriber.
pub(super) struct Reached {
    /// The subscriber's database, by its number.
    pub(super) place: usize,
    pub(super) what: What,
}

pub(super) enum What {
    /// The database knows something of it.
    Known(Effect),
    /// A subscriber of this service that has done nothing yet, and why.
    Nothing(String, &'static str),
}

impl Flow {
    /// `None` where no database knows the id.
    pub(super) async fn read<B: Backend>(
        app: &App<B>,
        places: &[Place],
        id: Uuid,
        limit: usize,
    ) -> Result<Option<Self>> {
        let correlation_id = correlation_of(places, id).await?;
        let mut events: Vec<(usize, StoredEvent)> = Vec::new();
        let mut known: HashSet<EventId> = HashSet::new();
        for (number, place) in places.iter().enumerate() {
            let missing = limit + 1 - events.len();
            let mut found = events_of(place, correlation_id, missing).await?;
            found.retain(|event| known.insert(event.envelope.id));
            events.extend(found.into_iter().map(|event| (number, event)));
        }
        if events.is_empty() {
            return Ok(None);
        }
        let is_cut_off = events.len() > limit;
        events.truncate(limit);
        let mut steps = Vec::with_capacity(events.len());
        for (depth, (place, event)) in in_tree_order(events) {
            let reached = reached(app, places, &event).await?;
            steps.push(Step { depth, event, place, reached });
        }
        Ok(Some(Self { correlation_id, steps, is_cut_off }))
    }
}

/// Of an event its flow; any other id is taken for one of a flow.
async fn correlation_of(places: &[Place], id: Uuid) -> Result<Uuid> {
    let query = EventQuery { id: Some(id), ..EventQuery::default() };
    for place in places {
        if let Some(event) = place.store.events(&query).await?.pop() {
            return Ok(event.envelope.correlation_id);
        }
    }
    Ok(id)
}

async fn events_of(place: &Place, correlation_id: Uuid, most: usize) -> Result<Vec<StoredEvent>> {
    const PAGE: usize = 500;
    let mut query =
        EventQuery { correlation_id: Some(correlation_id), limit: Some(PAGE), ..EventQuery::default() };
    let mut events = Vec::new();
    loop {
        let page = place.store.events(&query).await?;
        let is_last = page.len() < PAGE;
        query.after = page.last().map(|last| last.position);
        events.extend(page);
        if is_last || events.len() >= most {
            events.truncate(most);
            return Ok(events);
        }
    }
}

/// Each event behind its cause, with the number of causes before it. What was caused by something that is not here begins
/// a tree of its own.
fn in_tree_order(mut events: Vec<(usize, StoredEvent)>) -> Vec<(usize, (usize, StoredEvent))> {
    events.sort_by_key(|(place, event)| (event.stored_at, *place, event.position));
    let present: HashSet<EventId> = events.iter().map(|(_, event)| event.envelope.id).collect();
    let mut children: HashMap<Option<EventId>, Vec<(usize, StoredEvent)>> = HashMap::new();
    for (place, event) in events {
        let cause = event.envelope.causation_id.filter(|cause| present.contains(cause));
        children.entry(cause).or_default().push((place, event));
    }
    let mut ordered = Vec::new();
    // The next one is the last: a stack.
    let mut next: Vec<(usize, (usize, StoredEvent))> = Vec::new();
    let mut follow = |next: &mut Vec<_>, cause: Option<EventId>, depth: usize| {
        let caused = children.remove(&cause).unwrap_or_default();
        next.extend(caused.into_iter().rev().map(|one| (depth, one)));
    };
    follow(&mut next, None, 0);
    while let Some((depth, one)) = next.pop() {
        follow(&mut next, Some(one.1.envelope.id), depth + 1);
        ordered.push((depth, one));
    }
    ordered
}

/// What became of an event: at this service's subscribers, and at whomever another database knows of.
async fn reached<B: Backend>(app: &App<B>, places: &[Place], event: &StoredEvent) -> Result<Vec<Reached>> {
    let envelope = &event.envelope;
    let own = takers(app, event);
    // An event that was renamed is known to its subscribers by the present name.
    let mut names = vec![envelope.name.as_str()];
    names.extend(own.iter().map(|entry| entry.name.as_str()));
    names.sort_unstable();
    names.dedup();
    let mut reached = Vec::new();
    for (number, place) in places.iter().enumerate() {
        for name in &names {
            let effects = place.store.effects(&envelope.source, name, &envelope.idempotency_key).await?;
            reached.extend(
                effects.into_iter().map(|effect| Reached { place: number, what: What::Known(effect) }),
            );
        }
    }
    let is_told = |name: &str| {
        reached.iter().any(|one| {
            one.place == 0 && matches!(&one.what, What::Known(effect) if effect.subscriber == name)
        })
    };
    let silent: Vec<_> = own.into_iter().filter(|entry| !is_told(&entry.subscriber)).collect();
    let states: Vec<InboxState> = app.store().look_up(&silent).await?;
    reached.extend(silent.iter().zip(states).map(|(entry, state)| Reached {
        place: 0,
        what: What::Nothing(entry.subscriber.to_string(), state_name(state)),
    }));
    Ok(reached)
}
