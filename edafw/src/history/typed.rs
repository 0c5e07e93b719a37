//! History as events of one type.

use std::marker::PhantomData;
use std::time::SystemTime;

use edafw_core::{
    Backend, DecodeError, Envelope, Error, ErrorKind, Event, EventId, EventState, Result, StoredEvent,
};

use super::History;

/// The events of one type in a [`History`], decoded.
#[must_use = "a history is read by `page` or `all`"]
pub struct TypedHistory<'a, B: Backend, E> {
    history: History<'a, B>,
    event: PhantomData<fn() -> E>,
}

/// An event as the store has it, decoded where that is possible.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PastEvent<E> {
    /// Its place in the store: the order of commits of one key.
    pub position: i64,
    /// Its id.
    pub id: EventId,
    /// How far it has come.
    pub state: EventState,
    /// When it was stored.
    pub stored_at: SystemTime,
    /// The event; or why it cannot be read: its payload was erased, it is of a version that this program does not know
    /// yet, or it does not have the shape of its version.
    pub event: Result<Envelope<E>, DecodeError>,
}

impl<'a, B: Backend, E: Event> TypedHistory<'a, B, E> {
    pub(super) fn new(history: History<'a, B>) -> Self {
        Self { history, event: PhantomData }
    }

    /// As [`History::page`]; each event tells for itself whether it could be decoded.
    ///
    /// # Errors
    /// The database could not be reached.
    pub async fn page(self) -> Result<Vec<PastEvent<E>>> {
        Ok(self.history.page().await?.iter().map(past).collect())
    }

    /// As [`History::all`]; all of them or an error, for who cannot do with less.
    ///
    /// # Errors
    /// The database could not be reached; or [`Payload`](ErrorKind::Payload) for the first event that cannot be decoded.
    pub async fn all(self) -> Result<Vec<Envelope<E>>> {
        self.history.all().await?.iter().map(envelope).collect()
    }
}

fn past<E: Event>(stored: &StoredEvent) -> PastEvent<E> {
    PastEvent {
        position: stored.position,
        id: stored.envelope.id,
        state: stored.state,
        stored_at: stored.stored_at,
        event: stored.envelope.decode(),
    }
}

fn envelope<E: Event>(stored: &StoredEvent) -> Result<Envelope<E>> {
    stored.envelope.decode().map_err(|error| {
        let (id, position) = (stored.envelope.id, stored.position);
        Error::new(ErrorKind::Payload, format!("event {id} at position {position} cannot be read"))
            .caused_by(error)
    })
}
