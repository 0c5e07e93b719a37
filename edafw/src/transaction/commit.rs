//! Ending a transaction, and the phases around its end.

use edafw_core::{Backend, CommitError, Error, ErrorKind, Phase, Result, Transaction};

use super::{Published, Tx, bus, ended};
use crate::App;
use crate::call::Completion;

/// How far a transaction is, for who finds it dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not ended: dropping it rolls it back.
    Open,
    /// COMMIT was sent: dropping it now leaves the outcome unknown.
    Committing,
    /// Ended, and its phases were seen to.
    Ended,
}

/// Rounds of `before_commit` subscribers that publish for each other, at most: more is a cycle.
const MOST_ROUNDS: u32 = 32;

impl<B: Backend> Tx<B> {
    /// Runs the `before_commit` subscribers, commits, and runs the `after_commit` and `after_completion`
    /// subscribers before it returns.
    ///
    /// # Errors
    /// [`Subscriber`](ErrorKind::Subscriber), [`RolledBack`](ErrorKind::RolledBack) or the database's error:
    /// nothing took effect, and the `after_rollback` subscribers have run.
    /// [`CommitUnknown`](ErrorKind::CommitUnknown): the answer to COMMIT never came; only `after_completion`
    /// subscribers have run. If it did take effect, the events are published.
    ///
    /// # Cancel safety
    /// Dropped before COMMIT is sent, the transaction is rolled back; after that, its outcome is unknown
    /// until the event store is looked at. Either way the phases that apply run on the runtime.
    pub async fn commit(mut self) -> Result<()> {
        if let Err(error) = self.drain().await {
            self.roll_back_now().await;
            return Err(error);
        }
        let inner = self.inner.take().ok_or_else(ended)?;
        self.stage = Stage::Committing;
        let outcome = inner.store_and_commit(std::mem::take(&mut self.stored)).await;
        self.stage = Stage::Ended;
        match outcome {
            Ok(()) => {
                self.aftermath().run(Completion::Committed).await;
                Ok(())
            }
            Err(CommitError::NotPrepared(error)) => {
                self.aftermath().run(Completion::RolledBack).await;
                Err(error)
            }
            Err(CommitError::RolledBack(error)) => {
                self.aftermath().run(Completion::RolledBack).await;
                let message = "the database refused to commit; the transaction was rolled back";
                Err(Error::new(ErrorKind::RolledBack, message).caused_by(error))
            }
            Err(CommitError::Unknown(error)) => {
                self.aftermath().run(Completion::Unknown).await;
                let message = "the answer to COMMIT never came; it is not known whether it took effect";
                Err(Error::new(ErrorKind::CommitUnknown, message).caused_by(error))
            }
        }
    }

    /// Rolls the transaction back, and runs the `after_rollback` and `after_completion` subscribers before it
    /// returns.
    pub async fn rollback(mut self) {
        self.roll_back_now().await;
    }

    /// Rolls the transaction back without any phase: its work is about to be done again.
    pub(crate) async fn abandon(mut self) {
        self.stage = Stage::Ended;
        if let Some(inner) = self.inner.take() {
            inner.rollback().await;
        }
    }

    async fn roll_back_now(&mut self) {
        self.stage = Stage::Ended;
        if let Some(inner) = self.inner.take() {
            inner.rollback().await;
        }
        self.aftermath().run(Completion::RolledBack).await;
    }

    /// Runs `before_commit` subscribers until no event is left that has not been through them.
    pub(crate) async fn drain(&mut self) -> Result<()> {
        while let Some(published) = self.published.get(self.drained).cloned() {
            self.check_whole()?;
            if published.round >= MOST_ROUNDS {
                return Err(Error::new(
                    ErrorKind::Subscriber,
                    format!(
                        "before_commit subscribers have published for each other {MOST_ROUNDS} times in a row; \
                         is there a cycle?"
                    ),
                ));
            }
            self.drained += 1;
            self.round = published.round + 1;
            let called = self.call_phase(Phase::BeforeCommit, &published).await;
            self.round = 0;
            called?;
        }
        self.check_whole()
    }

    /// Whether nothing has happened after which the transaction must not be committed.
    fn check_whole(&self) -> Result<()> {
        let reason = if let Some(subscriber) = &self.refused {
            format!("the subscriber `{subscriber}` refused in this transaction")
        } else if self.savepoints > 0 {
            "a savepoint was dropped halfway".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::RolledBack, format!("rolled back, because {reason}")))
    }

    fn aftermath(&mut self) -> Aftermath<B> {
        Aftermath { app: self.app.clone(), published: std::mem::take(&mut self.published) }
    }
}

impl<B: Backend> Drop for Tx<B> {
    fn drop(&mut self) {
        self.warn_if_long();
        let completion = match self.stage {
            Stage::Open => Completion::RolledBack,
            Stage::Committing => Completion::Unknown,
            Stage::Ended => return,
        };
        drop(self.inner.take());
        let aftermath = self.aftermath();
        if aftermath.has_subscribers(completion) {
            self.app.clone().spawn_tracked(async move { aftermath.run(completion).await });
        }
    }
}

/// What is left to do when a transaction has ended: the phases without a transaction.
struct Aftermath<B: Backend> {
    app: App<B>,
    published: Vec<Published>,
}

fn phases(completion: Completion) -> &'static [Phase] {
    match completion {
        Completion::Committed => &[Phase::AfterCommit, Phase::AfterCompletion],
        Completion::RolledBack => &[Phase::AfterRollback, Phase::AfterCompletion],
        Completion::Unknown => &[Phase::AfterCompletion],
    }
}

impl<B: Backend> Aftermath<B> {
    fn has_subscribers(&self, completion: Completion) -> bool {
        self.published.iter().any(|published| {
            phases(completion)
                .iter()
                .any(|phase| !self.app.bus().subscribers(published.type_id, *phase).is_empty())
        })
    }

    /// Runs them: by phase, then by event, then as the subscribers are ordered.
    async fn run(self, completion: Completion) {
        if !self.has_subscribers(completion) {
            return;
        }
        for phase in phases(completion) {
            for published in &self.published {
                let subscribers = self.app.bus().subscribers(published.type_id, *phase);
                if subscribers.is_empty() {
                    continue;
                }
                let mut scope = self.app.caused_by(published.cause.clone()).scope();
                scope.completion = Some(completion);
                for subscriber in subscribers {
                    bus::call_after(subscriber, &*published.envelope, &scope).await;
                }
            }
        }
    }
}
