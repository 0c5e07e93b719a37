//! Replaying history into one subscriber, on the side.

mod pass;

use std::time::SystemTime;

use edafw_core::{Backend, Channel, Error, ErrorKind, EventQuery, Layer, Result};

use crate::App;
use crate::app::Registered;

/// Hands the events of the past to one subscriber once more, beside everything that goes on: to fill a new projection,
/// or to restore one as of a moment.
///
/// It runs as `subscriber@id`, with an inbox of its own, so that what the subscriber has handled does not count, and each
/// event takes effect once in each replay, whatever is killed in between. Begun again with the same id it goes on where
/// it was. Nobody else runs: no other subscriber, and nothing of the relay.
///
/// - **Order.** Events are handled one after the other in the order of their positions, so each key is in order. Those
///   that wait together share commits where the subscriber's deliveries do.
/// - **What the subscriber writes.** It takes [`Delivery`](crate::Delivery) and looks at
///   [`replay`](crate::Delivery::replay): the id of the replay, by which it chooses another table, or the rows of that id.
/// - **What it publishes** is not stored and runs no subscriber, unless [`publishing`](Self::publishing) asks for it.
/// - **What it does outside of its transaction** is done again. So a subscriber that takes no `Tx`, or `State` beside it,
///   is refused, unless its annotation says `share_commit = true` or [`with_effects`](Self::with_effects) asks for it.
/// - **Which events.** Those of the subscriber's type and its former names, in their versions, archived ones included.
///
/// ```no_run
/// # use edafw::{App, Error, Sqlite};
/// # async fn restore(app: App<Sqlite>, noon: std::time::SystemTime) -> Result<(), Error> {
/// let replayed = app.replay("workload", "noon").until(noon).run().await?;
/// println!("{} events handled", replayed.handled);
/// # Ok(())
/// # }
/// ```
#[must_use = "a replay does nothing before `run`"]
pub struct Replay<B: Backend> {
    app: App<B>,
    subscriber: String,
    id: String,
    query: EventQuery,
    skipping: bool,
    publishing: bool,
    with_effects: bool,
}

/// What a replay has done, since it was begun or begun again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Replayed {
    /// Events that were handled.
    pub handled: u64,
    /// Events that the subscriber failed at and that were left out, because [`skipping`](Replay::skipping) or
    /// `on_failure = ignore` says so. The log has a line for each.
    pub skipped: u64,
    /// Events whose payload was erased, so that there is nothing to hand over.
    pub redacted: u64,
    /// The position of the last event that was looked at.
    pub position: i64,
    /// When that event happened.
    pub time: Option<SystemTime>,
}

impl Replayed {
    /// Events that are done with.
    fn events(&self) -> u64 {
        self.handled + self.skipped + self.redacted
    }
}

/// The longest id of a replay: with the longest name of a subscriber it fits into the inbox.
const ID_CHARS: usize = 40;

impl<B: Backend> App<B> {
    /// A replay into `subscriber`, to be described and [`run`](Replay::run). `id` tells it from other replays: up to 40
    /// lower-case letters, digits, `.`, `-` and `_`.
    pub fn replay(&self, subscriber: impl Into<String>, id: impl Into<String>) -> Replay<B> {
        Replay {
            app: self.clone(),
            subscriber: subscriber.into(),
            id: id.into(),
            query: EventQuery::default(),
            skipping: false,
            publishing: false,
            with_effects: false,
        }
    }
}

impl<B: Backend> Replay<B> {
    /// Only events of this subject.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.query.key = Some(key.into());
        self
    }

    /// Only events that happened at this time or later. Default: from the first one on.
    pub fn since(mut self, time: SystemTime) -> Self {
        self.query.since = Some(time);
        self
    }

    /// Only events that happened before this time: what is restored is the state as of then. Default: those that have
    /// happened when it begins.
    pub fn until(mut self, time: SystemTime) -> Self {
        self.query.until = Some(time);
        self
    }

    /// Leaves out events that the subscriber fails at, once its attempts are over, and those that cannot be decoded. They
    /// stay left out when the replay is begun again. Default: the replay stops there with an error.
    pub fn skipping(mut self) -> Self {
        self.skipping = true;
        self
    }

    /// Stores what the subscriber publishes, as new events of new acts, for all of their subscribers. Default: it is
    /// dropped, and `publish` answers as if it were not.
    pub fn publishing(mut self) -> Self {
        self.publishing = true;
        self
    }

    /// Also runs a subscriber that takes no `Tx`, or `State` beside it, although what it does outside of its transaction is
    /// done again, and once more for each attempt that fails.
    pub fn with_effects(mut self) -> Self {
        self.with_effects = true;
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// There is no such subscriber, or none that can be replayed; the id cannot be stored; the database could not be
    /// reached; [`Subscriber`](ErrorKind::Subscriber) or [`Payload`](ErrorKind::Payload) for an event that the subscriber
    /// failed at or that cannot be decoded. What was handled before stays handled: run it again with the same id when the
    /// cause is mended.
    ///
    /// # Cancel safety
    /// Dropped, it stops between two commits; begun again with the same id it goes on there.
    pub async fn run(self) -> Result<Replayed> {
        self.run_with(|_| {}).await
    }

    /// [`run`](Self::run), telling `progress` after each page of events how far it has come.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_with(self, progress: impl FnMut(&Replayed) + Send) -> Result<Replayed> {
        let target = self.target()?;
        self.run_passes(target, progress).await
    }

    /// The subscriber, under the name that it has in this replay.
    fn target(&self) -> Result<Registered> {
        check_id(&self.id)?;
        let name = &*self.subscriber;
        let registry = self.app.registry();
        if registry.subscribers.iter().any(|one| one.name == name && one.layer == Layer::Application) {
            return Err(Error::configuration(format!(
                "`{name}` runs in the publisher's transaction: there is nothing to replay into it"
            )));
        }
        let mut target = registry.workers().into_iter().find(|one| &*one.name == name).ok_or_else(|| {
            let message = format!("there is no subscriber `{name}`; see `list`");
            Error::new(ErrorKind::NotFound, message)
        })?;
        let source = target.event.event_type.source;
        if target.channel == Channel::External && source != self.app.service() {
            return Err(Error::configuration(format!(
                "`{name}` takes events of `{source}`, which are stored in that service's database and cannot be \
                 replayed from here"
            )));
        }
        if !target.is_declared() {
            return Err(Error::configuration(format!(
                "`{name}` publishes external events; `events republish` sends them again"
            )));
        }
        if !target.options.is_undone_with_its_transaction() && !self.with_effects {
            return Err(Error::configuration(format!(
                "`{name}` ({}) takes no `Tx`, or takes `State` beside it: what it does outside of a transaction would be done \
                 again. Where it does nothing of that kind, write `share_commit = true` in its annotation; where it may be \
                 done again, ask for it by `with_effects`, on the command line `--with-effects`",
                target.location
            )));
        }
        target.name = format!("{name}@{}", self.id).into();
        Ok(target)
    }
}

fn check_id(id: &str) -> Result<()> {
    let stands = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    if id.is_empty() || id.len() > ID_CHARS || !id.bytes().all(stands) {
        return Err(Error::configuration(format!(
            "`{id}` is no id of a replay: use 1 to {ID_CHARS} lower-case letters, digits, `.`, `-` and `_`"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_id;

    #[test]
    fn an_id_can_be_stored() {
        for id in ["2026-11-25", "noon", "a", &"x".repeat(40)] {
            check_id(id).unwrap();
        }
        for id in ["", "Noon", "a b", "a@b", "ä", &"x".repeat(41)] {
            let error = check_id(id).expect_err(id).to_string();
            assert!(error.contains("1 to 40 lower-case letters"), "{error}");
        }
    }
}
