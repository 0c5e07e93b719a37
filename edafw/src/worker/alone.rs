//! A delivery on its own: one subscriber, one attempt, one transaction.

use std::any::Any;
use std::time::Duration;

use edafw_core::{
    Backend, DeadLetterCause, DecodeError, DeliveryStore, Disposition, Error, ErrorKind, Failure, InboxEntry,
    InboxState, Receipt, Result, Transaction, kill,
};

use super::attempts::DIED;
use super::call::{call, fetch, scope, wants_transaction};
use super::consumer::Consumer;
use super::incoming::{Incoming, Member};
use super::stats::count;

/// What to do with the message of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its effect took place, now or before, or it was given up: acknowledge it.
    Finished,
    /// The same, and the acknowledgement was part of the transaction.
    Acknowledged,
    /// It comes again after this time; its key waits.
    Later(Duration),
    /// It was not tried, because the worker stops: it comes again at once.
    Untried,
    /// Somebody else holds it.
    Lost,
}

/// How one attempt ended that did not succeed.
pub(crate) enum Ended {
    /// The subscriber failed.
    Failed(Failure),
    /// Another worker was faster; nothing of this attempt took effect.
    Fenced,
    /// The database is away: not the subscriber's fault, and not counted.
    Away(Error),
}

/// How long a delivery waits whose key is held or whose subscriber is paused. Resuming takes effect within it.
const HELD: Duration = Duration::from_secs(2);

/// How long a delivery waits that only a newer binary may understand.
const UNKNOWN: Duration = Duration::from_secs(15);

impl<B: Backend> Consumer<B> {
    /// One delivery to one subscriber. `receipt` is given where the acknowledgement belongs into the
    /// subscriber's transaction.
    pub(crate) async fn attempt(
        &self,
        member: &Member,
        incoming: &Incoming,
        receipt: Option<&Receipt>,
    ) -> Result<Outcome> {
        let entry = incoming.entry(member);
        let known = self.app.store().look_up(std::slice::from_ref(&entry)).await?;
        match known.first().copied().unwrap_or(InboxState::New) {
            InboxState::New => {}
            InboxState::Done | InboxState::Dead => {
                count(&member.counters.duplicates, &entry.subscriber, "duplicate", 1);
                return Ok(Outcome::Finished);
            }
            InboxState::Held | InboxState::Paused => return Ok(Outcome::Later(HELD)),
        }
        let event = match incoming.decode_alone(member) {
            Ok(event) => event,
            Err(error) => return self.undecodable(member, incoming, entry, receipt, &error).await,
        };
        let most = member.registered.options.retry.max_attempts.get();
        let Some(started) = self.start(incoming, &entry).await? else { return Ok(Outcome::Untried) };
        let attempt = started.number;
        kill::point("worker.counted");
        if attempt > most {
            let (cause, error) = match started.last_error {
                Some(error) if error != DIED => (DeadLetterCause::AttemptsExhausted, error),
                _ => (DeadLetterCause::Crashed, DIED.to_owned()),
            };
            let given_up = GivenUp { entry, cause, error, attempts: most, event: Some(&*event) };
            return self.give_up(member, incoming, given_up, receipt).await;
        }
        match self.run(member, incoming, &*event, attempt, &entry, receipt).await {
            Ok(outcome) => {
                count(&member.counters.handled, &entry.subscriber, "handled", 1);
                count(&member.counters.commits, &entry.subscriber, "commit", 1);
                Ok(outcome)
            }
            Err(Ended::Away(error)) => {
                self.regret(started, entry).await;
                Err(error)
            }
            Err(Ended::Fenced) => {
                count(&member.counters.duplicates, &entry.subscriber, "duplicate", 1);
                self.regret(started, entry).await;
                self.take_back().await?;
                Ok(Outcome::Lost)
            }
            Err(Ended::Failed(failure)) => {
                let name = &entry.subscriber;
                let id = incoming.envelope.id;
                let tell = || {
                    tracing::warn!(subscriber = &**name, %id, attempt, error = %failure, "an attempt failed");
                };
                if failure.is_permanent() || attempt >= most {
                    let cause = if failure.is_permanent() {
                        DeadLetterCause::Permanent
                    } else {
                        DeadLetterCause::AttemptsExhausted
                    };
                    tell();
                    let error = failure.to_string();
                    let given_up = GivenUp { entry, cause, error, attempts: attempt, event: Some(&*event) };
                    return self.give_up(member, incoming, given_up, receipt).await;
                }
                self.app.store().record_failure(&entry, attempt, &failure.to_string()).await?;
                // Only now: while the database is away it is not an attempt, and the outage has a line of its own.
                tell();
                kill::point("worker.failed");
                count(&member.counters.retries, &entry.subscriber, "retry", 1);
                Ok(Outcome::Later(self.delay(member, attempt, failure.disposition())))
            }
        }
    }

    pub(crate) fn delay(&self, member: &Member, attempt: u32, disposition: Disposition) -> Duration {
        match disposition {
            Disposition::RetryAfter(delay) => delay,
            Disposition::Retry | Disposition::Permanent => {
                // Jitter wants numbers that differ between deliveries, not unpredictable ones.
                let nanos = self.app.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let chance = f64::from(nanos.subsec_micros() % 1_000) / 1_000.0;
                member.registered.options.retry.delay(attempt, chance)
            }
        }
    }

    /// Calls the subscriber, and commits its effect together with the inbox row. The call is cut off when it is known
    /// that another worker has the message; from then on the fence decides.
    pub(crate) async fn run(
        &self,
        member: &Member,
        incoming: &Incoming,
        event: &(dyn Any + Send + Sync),
        attempt: u32,
        entry: &InboxEntry,
        receipt: Option<&Receipt>,
    ) -> Result<Outcome, Ended> {
        let mut scope = scope(&self.app, member, incoming, attempt);
        let lost = self.heartbeat.lost(&incoming.receipt);
        let fetched = tokio::select! {
            fetched = fetch(member, event, &mut scope) => fetched,
            () = lost.cancelled() => return Err(Ended::Fenced),
        };
        fetched.map_err(Ended::Failed)?;
        let mut tx = if wants_transaction(member) {
            let mut tx = self.app.begin().await.map_err(Ended::Away)?;
            tx.set_cause(incoming.cause());
            // Cut off, the transaction is dropped: nobody knows in which statement it is.
            let called = tokio::select! {
                called = call(member, incoming, event, Some(&mut tx), &scope) => called,
                () = lost.cancelled() => return Err(Ended::Fenced),
            };
            if let Err(failure) = called {
                tx.rollback().await;
                return Err(Ended::Failed(failure));
            }
            tx
        } else {
            let called = tokio::select! {
                called = call::<B>(member, incoming, event, None, &scope) => called,
                () = lost.cancelled() => return Err(Ended::Fenced),
            };
            called.map_err(Ended::Failed)?;
            self.app.begin().await.map_err(Ended::Away)?
        };
        if let Err(error) = tx.drain().await {
            tx.rollback().await;
            return Err(Ended::Failed(error.into()));
        }
        let fenced = async {
            tx.inner()?.record(std::slice::from_ref(entry)).await?;
            match receipt {
                Some(receipt) => tx.inner()?.acknowledge(std::slice::from_ref(receipt)).await,
                None => Ok(()),
            }
        };
        if let Err(error) = fenced.await {
            tx.rollback().await;
            return Err(ended(error));
        }
        kill::point("worker.handled");
        tx.commit().await.map_err(ended)?;
        kill::point("worker.committed");
        Ok(if receipt.is_some() { Outcome::Acknowledged } else { Outcome::Finished })
    }

    /// An event that this binary cannot decode: dead at once if its version is known, otherwise it waits for
    /// a newer binary, uncounted.
    pub(crate) async fn undecodable(
        &self,
        member: &Member,
        incoming: &Incoming,
        entry: InboxEntry,
        receipt: Option<&Receipt>,
        error: &DecodeError,
    ) -> Result<Outcome> {
        let mut cause = DeadLetterCause::Undecodable;
        if error.may_be_known_later() {
            self.app.store().record_failure(&entry, 0, &error.to_string()).await?;
            let first_at = self.app.store().attempt(&entry).await?.map(|attempt| attempt.first_at);
            let age = first_at.and_then(|first| self.app.clock().now().duration_since(first).ok());
            if age.unwrap_or_default() < self.app.settings().unknown_after {
                return Ok(Outcome::Later(UNKNOWN.min(self.app.settings().unknown_after)));
            }
            cause = DeadLetterCause::Unknown;
        }
        let given_up = GivenUp { entry, cause, error: error.to_string(), attempts: 0, event: None };
        self.give_up(member, incoming, given_up, receipt).await
    }
}

/// A delivery that will not be attempted again.
pub(crate) struct GivenUp<'a> {
    pub(crate) entry: InboxEntry,
    pub(crate) cause: DeadLetterCause,
    pub(crate) error: String,
    pub(crate) attempts: u32,
    /// The decoded event, where there is one.
    pub(crate) event: Option<&'a (dyn Any + Send + Sync)>,
}

/// What an error around COMMIT means for the attempt: what the database refused is the subscriber's failure,
/// such as a constraint that it swallowed.
fn ended(error: Error) -> Ended {
    match error.kind() {
        ErrorKind::Fenced => Ended::Fenced,
        ErrorKind::Unavailable | ErrorKind::CommitUnknown => Ended::Away(error),
        _ => Ended::Failed(error.into()),
    }
}
