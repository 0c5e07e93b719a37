//! A transport with a switchboard in front: it refuses, loses or holds back what a test wants it to.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use edafw::{BoxFuture, Destination, Error, ErrorKind, Message, Result, Transport};
use edafw_core::{Delivered, ExtendLease, Limits, Provision, QueueDepth, Receipt};

/// What goes wrong at the moment.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    /// The broker is away: every publish fails as a whole.
    pub(crate) away: bool,
    /// Entries with these keys are refused; the rest of their batch is accepted.
    pub(crate) refused_keys: HashSet<String>,
    /// The answer to publish is lost after the messages were accepted.
    pub(crate) lose_answers: bool,
    /// Queues that nothing is received from.
    pub(crate) held_queues: HashSet<String>,
    /// Messages accepted so far.
    pub(crate) accepted: usize,
    /// Calls of publish so far.
    pub(crate) publishes: usize,
}

#[derive(Debug)]
pub(crate) struct FaultyTransport {
    inner: Arc<dyn Transport>,
    pub(crate) switches: Mutex<Switches>,
}

impl FaultyTransport {
    /// One whose refused entries say nothing about the others of their key.
    pub(crate) fn around(inner: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self { inner, switches: Mutex::default() })
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.switches.lock().unwrap());
    }
}

impl Transport for FaultyTransport {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn identity(&self) -> &str {
        self.inner.identity()
    }

    fn limits(&self) -> Limits {
        Limits { failed_entry_fails_key: false, ..self.inner.limits() }
    }

    fn publish<'a>(
        &'a self,
        to: &'a Destination,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        Box::pin(async move {
            let refused = {
                let mut switches = self.switches.lock().unwrap();
                switches.publishes += 1;
                if switches.away {
                    return Err(Error::new(ErrorKind::Transport, "the broker is away"));
                }
                switches.refused_keys.clone()
            };
            let is_refused =
                |message: &Message| message.key.as_ref().is_some_and(|key| refused.contains(key));
            let accepted: Vec<Message> =
                messages.iter().filter(|message| !is_refused(message)).cloned().collect();
            self.inner.publish(to, &accepted).await?;
            let mut switches = self.switches.lock().unwrap();
            switches.accepted += accepted.len();
            if switches.lose_answers {
                return Err(Error::new(ErrorKind::Transport, "no answer"));
            }
            let answer = |message: &Message| {
                if is_refused(message) {
                    Err(Error::new(ErrorKind::Transport, "entry refused"))
                } else {
                    Ok(())
                }
            };
            Ok(messages.iter().map(answer).collect())
        })
    }

    fn receive<'a>(
        &'a self,
        queue: &'a str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Vec<Delivered>>> {
        if self.switches.lock().unwrap().held_queues.contains(queue) {
            return Box::pin(async { Ok(Vec::new()) });
        }
        self.inner.receive(queue, max, lease, wait)
    }

    fn acknowledge<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Result<()>>>> {
        self.inner.acknowledge(receipts)
    }

    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>> {
        self.inner.release(receipts)
    }

    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>> {
        self.inner.retry(receipt, delay)
    }

    fn extend_lease(&self) -> Option<&dyn ExtendLease> {
        self.inner.extend_lease()
    }

    fn provision(&self) -> Option<&dyn Provision> {
        self.inner.provision()
    }

    fn queue_depth(&self) -> Option<&dyn QueueDepth> {
        self.inner.queue_depth()
    }
}
