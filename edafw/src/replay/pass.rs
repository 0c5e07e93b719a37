//! Going through the events of a replay.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, DecodeError, Error, ErrorKind, EventQuery, EventStore, OnFailure, Result, StoredEvent,
};

use super::{Replay, Replayed};
use crate::app::{InReplay, Registered};
use crate::worker::{Ended, Past, Rerun};

impl<B: Backend> Replay<B> {
    /// One pass after the other, until one finds nothing to do: a transaction may commit behind a pass that has gone by
    /// the positions of its events. What is handled is told by the inbox and not by a position.
    pub(super) async fn run_passes(
        self,
        target: Registered,
        mut progress: impl FnMut(&Replayed) + Send,
    ) -> Result<Replayed> {
        let mut query = self.events_of(&target);
        let app = self.app.for_replay(InReplay { id: Arc::from(self.id), silent: !self.publishing });
        let mut run = Run {
            skipping: self.skipping || target.options.on_failure == OnFailure::Ignore,
            rerun: Rerun::new(app, target),
            done: Replayed::default(),
        };
        loop {
            let before = run.done.events();
            query.after = None;
            loop {
                let page = self.app.store().events(&query).await?;
                let Some(last) = page.last() else { break };
                (query.after, run.done.position) = (Some(last.position), last.position);
                run.done.time = Some(last.envelope.time);
                run.page(page).await?;
                progress(&run.done);
            }
            if run.done.events() == before {
                return Ok(run.done);
            }
        }
    }

    /// The events that are still to be handled.
    fn events_of(&self, target: &Registered) -> EventQuery {
        /// Times are stored in milliseconds: what happens in this one has happened.
        const ONE_MILLISECOND: Duration = Duration::from_millis(1);
        let now = self.app.clock().now();
        let event_type = target.event.event_type;
        let names = std::iter::once(event_type.name).chain(event_type.formerly.iter().copied());
        EventQuery {
            names: names.map(str::to_owned).collect(),
            channel: Some(target.channel),
            missing_at: Some(target.name.to_string()),
            archived: true,
            until: Some(self.query.until.unwrap_or(now + ONE_MILLISECOND)),
            limit: Some(self.app.settings().shared_commit),
            ..self.query.clone()
        }
    }
}

/// A replay that runs.
struct Run<B: Backend> {
    rerun: Rerun<B>,
    skipping: bool,
    done: Replayed,
}

/// Why an event cannot be handled.
enum Trouble {
    Redacted,
    Failed(Error),
}

impl<B: Backend> Run<B> {
    /// Handles events in one commit where that may be, and one by one where one of them does not go along.
    async fn page(&mut self, page: Vec<StoredEvent>) -> Result<()> {
        let past = page.into_iter().map(|stored| self.rerun.past(stored)).collect();
        match self.rerun.together(past).await? {
            Ok(handled) => self.done.handled += handled as u64,
            Err(past) => {
                for one in &past {
                    self.one(one).await?;
                }
            }
        }
        Ok(())
    }

    async fn one(&mut self, past: &Past) -> Result<()> {
        match self.handle(past).await? {
            None => return Ok(()),
            Some(Trouble::Redacted) => self.done.redacted += 1,
            Some(Trouble::Failed(error)) if self.skipping => {
                let error = error.chain();
                tracing::warn!(subscriber = self.rerun.name(), error, "a replay leaves an event out");
                self.done.skipped += 1;
            }
            Some(Trouble::Failed(error)) => return Err(error),
        }
        self.rerun.leave_out(past).await
    }

    /// Handles an event, as often as the subscriber's attempts allow.
    async fn handle(&mut self, past: &Past) -> Result<Option<Trouble>> {
        let mut attempt = 1;
        while self.rerun.is_new(past).await? {
            let event = match self.rerun.decode(past) {
                Ok(event) => event,
                Err(DecodeError::Redacted { .. }) => return Ok(Some(Trouble::Redacted)),
                Err(error) => return Ok(Some(failed(ErrorKind::Payload, past, &error))),
            };
            match self.rerun.alone(past, &*event, attempt).await {
                Ok(()) => {
                    self.done.handled += 1;
                    break;
                }
                Err(Ended::Away(error)) => return Err(error),
                // Another process runs the same replay and was faster: the inbox tells.
                Err(Ended::Fenced) => {}
                Err(Ended::Failed(failure)) => match self.rerun.pause(&failure, attempt) {
                    Some(pause) => {
                        attempt += 1;
                        tokio::time::sleep(pause).await;
                    }
                    None => return Ok(Some(failed(ErrorKind::Subscriber, past, &failure))),
                },
            }
        }
        Ok(None)
    }
}

fn failed(kind: ErrorKind, past: &Past, why: &dyn std::fmt::Display) -> Trouble {
    let (name, id, position) = (&past.entry.name, past.id(), past.position);
    let message = format!("the replay cannot go by the event {id} (`{name}`, position {position}): {why}");
    Trouble::Failed(Error::new(kind, message))
}
