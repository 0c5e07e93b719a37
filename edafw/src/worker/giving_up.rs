//! What happens to an event whose attempts are over.

use edafw_core::{
    AfterDeadLetter, Backend, Error, NewDeadLetter, OnFailure, Receipt, Result, Transaction, kill,
};

use super::alone::{GivenUp, Outcome};
use super::consumer::Consumer;
use super::incoming::{Incoming, Member};
use super::stats::count;
use crate::Tx;
use crate::prepared::Origin;

impl<B: Backend> Consumer<B> {
    /// Gives an event up as the subscriber's `on_failure` says. A failure event that cannot be published, because
    /// it cannot be made or an application subscriber refuses it, makes a dead letter instead: the queue flows on
    /// and nothing is lost.
    pub(crate) async fn give_up(
        &self,
        member: &Member,
        incoming: &Incoming,
        mut given_up: GivenUp<'_>,
        receipt: Option<&Receipt>,
    ) -> Result<Outcome> {
        let (name, id) = (&*member.registered.name, incoming.envelope.id);
        let (cause, error, attempts) = (given_up.cause.as_str(), &given_up.error, given_up.attempts);
        tracing::error!(subscriber = name, %id, cause, error, attempts, "gives an event up");
        let declared = member.registered.options.on_failure;
        let strategy = if given_up.event.is_some() { declared } else { OnFailure::DeadLetter };
        match self.give_up_as(strategy, member, incoming, &given_up, receipt).await {
            Err(error)
                if strategy == OnFailure::Publish && !error.is_transient() && !error.is_commit_unknown() =>
            {
                let error = error.chain();
                tracing::error!(subscriber = name, %id, error, "could not publish the failure event");
                given_up.error =
                    format!("{}; its failure event could not be published: {error}", given_up.error);
                self.give_up_as(OnFailure::DeadLetter, member, incoming, &given_up, receipt).await
            }
            ended => ended,
        }
    }

    /// Gives an event up in one transaction with the acknowledgement.
    async fn give_up_as(
        &self,
        strategy: OnFailure,
        member: &Member,
        incoming: &Incoming,
        given_up: &GivenUp<'_>,
        receipt: Option<&Receipt>,
    ) -> Result<Outcome> {
        let mut tx = self.app.begin().await?;
        tx.set_cause(incoming.cause());
        let kept = match strategy {
            OnFailure::DeadLetter => tx.inner()?.keep_dead_letter(&letter(member, incoming, given_up)).await,
            OnFailure::Ignore => tx.inner()?.record(std::slice::from_ref(&given_up.entry)).await,
            OnFailure::Publish => self.publish_failure(member, incoming, given_up, &mut tx).await,
        };
        let ended = match (kept, receipt) {
            (Ok(()), Some(receipt)) => tx.inner()?.acknowledge(std::slice::from_ref(receipt)).await,
            (kept, _) => kept,
        };
        match ended {
            Ok(()) => tx.commit().await?,
            Err(error) => {
                tx.rollback().await;
                return if error.is_fenced() { Ok(Outcome::Lost) } else { Err(error) };
            }
        }
        kill::point("worker.given-up");
        let (counters, name) = (&member.counters, &member.registered.name);
        match strategy {
            OnFailure::DeadLetter => count(&counters.dead_letters, name, "dead_letter", 1),
            OnFailure::Ignore | OnFailure::Publish => count(&counters.given_up, name, "given_up", 1),
        }
        Ok(if receipt.is_some() { Outcome::Acknowledged } else { Outcome::Finished })
    }

    /// Publishes the event of `on_failure = publish(..)`, and marks the failed one as done.
    async fn publish_failure(
        &self,
        member: &Member,
        incoming: &Incoming,
        given_up: &GivenUp<'_>,
        tx: &mut Tx<B>,
    ) -> Result<()> {
        let failure = member.registered.options.publish_failure;
        let (Some(failure), Some(event)) = (failure, given_up.event) else {
            return tx.inner()?.keep_dead_letter(&letter(member, incoming, given_up)).await;
        };
        let app = self.app.clone();
        let (source, time, cause) = (app.service(), app.clock().now(), &incoming.cause());
        let origin = Origin { source, time, cause };
        let prepared =
            (failure.make)(event, &given_up.error, given_up.attempts, &origin).map_err(|refusal| {
                Error::configuration("the failure event cannot be made").caused_by(refusal.into_error())
            })?;
        tx.publish_prepared(prepared).await?;
        tx.drain().await?;
        tx.inner()?.record(std::slice::from_ref(&given_up.entry)).await
    }
}

fn letter(member: &Member, incoming: &Incoming, given_up: &GivenUp<'_>) -> NewDeadLetter {
    let holds = member.registered.options.after_dead_letter == AfterDeadLetter::Hold;
    NewDeadLetter {
        queue: incoming.receipt.queue.to_string(),
        body: incoming.body.to_string(),
        cause: given_up.cause,
        error: given_up.error.clone(),
        attempts: given_up.attempts,
        holds_key: holds && given_up.entry.key.is_some(),
        entry: given_up.entry.clone(),
    }
}
