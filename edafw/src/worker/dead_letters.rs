//! Trying a dead letter again, in place.

use std::sync::Arc;

use edafw_core::{
    Backend, DeadLetter, DeadLetterCause, DeadLetterFilter, Delivered, DeliveryStore, Error, ErrorKind,
    InboxState, Receipt, Result,
};

use super::Worker;
use super::alone::Ended;
use super::consumer::Consumer;
use super::incoming::{Incoming, Member};
use super::stats::count;

/// What became of a dead letter that was tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retried {
    /// Its effect has taken place, and it is gone.
    Handled,
    /// Its effect had taken place before, and it is gone.
    AlreadyHandled,
    /// It failed once more, and stays; the text says why.
    Failed(String),
    /// It was not tried: an earlier dead letter of its key, of this number, holds the key.
    Waits(i64),
    /// There is none of this number, or no longer.
    Gone,
}

impl<B: Backend> Worker<B> {
    /// Runs the subscriber of a dead letter once more, here and now.
    ///
    /// The dead letter stays, and keeps holding its key, until the attempt has succeeded: effect and inbox
    /// row commit first, then it is removed. If the process ends in between, the next retry recognises the
    /// effect and removes it. A failed attempt leaves it with the new error. Paused subscribers are run too:
    /// somebody asked for it.
    ///
    /// # Errors
    /// The database could not be reached, or no subscriber of this program has the dead letter's name.
    pub async fn retry_dead_letter(&self, id: i64) -> Result<Retried> {
        let filter = DeadLetterFilter { id: Some(id), ..DeadLetterFilter::default() };
        let Some(dead) = self.app.store().dead_letters(&filter).await?.pop() else {
            return Ok(Retried::Gone);
        };
        if let Some(earlier) = self.earlier_hold(&dead).await? {
            return Ok(Retried::Waits(earlier));
        }
        let (consumer, member) = self.member(&dead.letter.entry.subscriber).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!(
                    "dead letter {id} belongs to the subscriber `{}`, which this program does not have; see `list`",
                    dead.letter.entry.subscriber
                ),
            )
        })?;
        let answer = consumer.attempt_dead_letter(member, &dead).await?;
        match &answer {
            Retried::Handled | Retried::AlreadyHandled => {
                self.app.store().remove_dead_letter(id, true).await?;
            }
            Retried::Failed(_) | Retried::Waits(_) | Retried::Gone => {}
        }
        Ok(answer)
    }

    /// The first dead letter of the same subscriber and key, if it is an earlier one that holds the key.
    async fn earlier_hold(&self, dead: &DeadLetter) -> Result<Option<i64>> {
        let entry = &dead.letter.entry;
        if entry.key.is_none() || !dead.letter.holds_key {
            return Ok(None);
        }
        let filter = DeadLetterFilter {
            subscriber: Some(entry.subscriber.to_string()),
            key: entry.key.clone(),
            limit: Some(1),
            ..DeadLetterFilter::default()
        };
        let first = self.app.store().dead_letters(&filter).await?.pop();
        Ok(first.filter(|first| first.id < dead.id && first.letter.holds_key).map(|first| first.id))
    }

    fn member(&self, subscriber: &str) -> Option<(&Consumer<B>, &Member)> {
        self.consumers.iter().find_map(|consumer| {
            let member = consumer.members.iter().find(|member| &*member.registered.name == subscriber)?;
            Some((consumer, member))
        })
    }
}

impl<B: Backend> Consumer<B> {
    async fn attempt_dead_letter(&self, member: &Member, dead: &DeadLetter) -> Result<Retried> {
        let incoming = match Incoming::read(delivered(dead)) {
            Ok(incoming) => incoming,
            Err(unreadable) => {
                let error = unreadable.1.to_string();
                return self.failed_again(dead, DeadLetterCause::Undecodable, error).await;
            }
        };
        let entry = incoming.entry(member);
        let known = self.app.store().look_up(std::slice::from_ref(&entry)).await?;
        if known.first() == Some(&InboxState::Done) {
            return Ok(Retried::AlreadyHandled);
        }
        let event = match incoming.decode_alone(member) {
            Ok(event) => event,
            Err(error) => {
                let cause = if error.may_be_known_later() {
                    DeadLetterCause::Unknown
                } else {
                    DeadLetterCause::Undecodable
                };
                return self.failed_again(dead, cause, error.to_string()).await;
            }
        };
        match self.run(member, &incoming, &*event, 1, &entry, None).await {
            Ok(_) => {
                count(&member.counters.handled, &entry.subscriber, "handled", 1);
                count(&member.counters.commits, &entry.subscriber, "commit", 1);
                Ok(Retried::Handled)
            }
            Err(Ended::Fenced) => Ok(Retried::AlreadyHandled),
            Err(Ended::Away(error)) => Err(error),
            Err(Ended::Failed(failure)) => {
                let cause = if failure.is_permanent() {
                    DeadLetterCause::Permanent
                } else {
                    DeadLetterCause::AttemptsExhausted
                };
                self.failed_again(dead, cause, failure.to_string()).await
            }
        }
    }

    async fn failed_again(
        &self,
        dead: &DeadLetter,
        cause: DeadLetterCause,
        error: String,
    ) -> Result<Retried> {
        let stays = self.app.store().fail_dead_letter(dead.id, cause, &error).await?;
        Ok(if stays { Retried::Failed(error) } else { Retried::Gone })
    }
}

/// The dead letter as a message that was just received for the first time.
fn delivered(dead: &DeadLetter) -> Delivered {
    Delivered {
        receipt: Receipt {
            queue: dead.letter.queue.as_str().into(),
            handle: format!("dead letter {}", dead.id).into(),
            lane: None,
            token: 0,
        },
        receive_count: 1,
        body: Arc::from(dead.letter.body.as_str()),
    }
}
